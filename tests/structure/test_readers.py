"""Charts with known numbers, drawn here, and what is read off them; and that no picture is too odd."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from alttext_local.structure.axes import parse, vertical_scale
from alttext_local.structure.bars import BarChart, read_bars
from alttext_local.structure.canvas import cropped, lay
from alttext_local.structure.colours import name_of, sure_name, telling_names
from alttext_local.structure.lines import LineChart, read_lines
from alttext_local.structure.points import read_points
from alttext_local.structure.slices import read_pie
from alttext_local.structure.trends import clear_largest, clear_smallest, trend_of
from alttext_local.types import Reading, Word

BLUE, RED, GREEN, ORANGE = (31, 119, 180), (214, 39, 40), (44, 160, 44), (255, 127, 14)
READERS = (read_bars, read_lines, read_pie, read_points)


def sheet(width: int = 400, height: int = 300) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (width, height), "white")
    return image, ImageDraw.Draw(image)


def bars(heights: list[int], colours: list[tuple[int, int, int]], wide: int = 24, step: int = 40) -> Image.Image:
    image, pen = sheet()
    for i, (height, colour) in enumerate(zip(heights, colours, strict=True)):
        pen.rectangle((40 + i * step, 260 - height, 40 + i * step + wide - 1, 260), colour)
    pen.line((30, 261, 390, 261), "black")
    return image


def read(image: Image.Image) -> BarChart | None:
    canvas = lay(image, Reading())
    assert canvas is not None
    return read_bars(canvas)


def test_single_bars_are_counted_and_measured() -> None:
    chart = read(bars([40, 80, 120, 160, 210], [BLUE] * 5))
    assert chart is not None
    assert (chart.layout, chart.horizontal, len(chart.groups)) == ("single", False, 5)
    assert [round(length / 10) for length in chart.totals] == [4, 8, 12, 16, 21]
    assert (chart.largest, chart.smallest, chart.trend, chart.complete) == (4, 0, "rise", True)


def test_lying_bars_run_from_the_top() -> None:
    chart = read(bars([40, 80, 120, 160, 210], [BLUE] * 5).rotate(-90, expand=True))
    assert chart is not None
    assert (chart.horizontal, chart.largest, chart.smallest) == (True, 4, 0)


def test_bars_below_the_line_are_told_from_those_above() -> None:
    image, pen = sheet()
    for i, height in enumerate([60, -40, 80, -90]):
        pen.rectangle((40 + i * 50, min(150, 150 - height), 70 + i * 50, max(150, 150 - height)), BLUE)
    chart = read(image)
    assert chart is not None
    assert chart.two_way
    assert chart.largest is None


def test_groups_and_stacks() -> None:
    image, pen = sheet()
    for group in range(3):
        for i, colour in enumerate((BLUE, RED)):
            x = 40 + group * 110 + i * 30
            pen.rectangle((x, 260 - 50 * (group + 1) - 20 * i, x + 29, 260), colour)
    grouped = read(image)
    assert grouped is not None
    assert (grouped.layout, len(grouped.groups), len(grouped.groups[0]), grouped.largest) == ("grouped", 3, 2, 2)
    image, pen = sheet()
    for i, (low, high) in enumerate([(40, 30), (60, 100), (80, 20), (30, 90)]):
        pen.rectangle((40 + i * 80, 260 - low, 90 + i * 80, 260), BLUE)
        pen.rectangle((40 + i * 80, 260 - low - high, 90 + i * 80, 259 - low), ORANGE)
    stacked = read(image)
    assert stacked is not None
    assert (stacked.layout, len(stacked.groups), len(stacked.groups[0]), stacked.largest) == ("stacked", 4, 2, 1)


@pytest.mark.parametrize("wide", [[24, 24, 40, 24], [24, 60, 24, 90]])
def test_bars_of_uneven_width_are_not_read(wide: list[int]) -> None:
    image, pen = sheet()
    for i, width in enumerate(wide):
        pen.rectangle((20 + i * 95, 200 - i * 30, 20 + i * 95 + width, 260), BLUE)
    assert read(image) is None


def test_a_bar_too_short_to_be_found_leaves_the_count_open() -> None:
    chart = read(bars([200, 150, 90, 2], [BLUE] * 4))
    assert chart is None or not chart.complete or len(chart.groups) == 4


def pie(shares: list[float], colours: list[tuple[int, int, int]], hole: int = 0) -> Image.Image:
    image, pen = sheet()
    start = -90.0
    for share, colour in zip(shares, colours, strict=True):
        pen.pieslice((80, 30, 320, 270), start, start + 360 * share, colour)
        start += 360 * share
    if hole:
        pen.ellipse((200 - hole, 150 - hole, 200 + hole, 150 + hole), "white")
    return image


@pytest.mark.parametrize("hole", [0, 60])
def test_slices_and_their_shares(hole: int) -> None:
    canvas = lay(pie([0.5, 0.3, 0.15, 0.05], [BLUE, RED, GREEN, ORANGE], hole), Reading())
    assert canvas is not None
    found = read_pie(canvas)
    assert found is not None
    by_name = {name_of(one.colour): one.share for one in found.slices}
    assert by_name == pytest.approx({"blue": 0.5, "red": 0.3, "green": 0.15, "orange": 0.05}, abs=0.012)
    assert (found.largest, found.hole is not None and found.hole > 0) == (
        [name_of(s.colour) for s in found.slices].index("blue"),
        bool(hole),
    )


def test_two_pies_are_not_read_as_one() -> None:
    image, pen = sheet()
    for x in (20, 220):
        pen.pieslice((x, 60, x + 160, 220), 0, 120, BLUE)
        pen.pieslice((x, 60, x + 160, 220), 120, 360, RED)
    canvas = lay(image, Reading())
    assert canvas is not None
    assert read_pie(canvas) is None


def test_lines_are_traced_by_colour() -> None:
    image, pen = sheet()
    pen.line((40, 20, 40, 260, 380, 260), "black")
    pen.line([(40 + 34 * i, 240 - 20 * i) for i in range(11)], BLUE, 3)
    pen.line([(40 + 34 * i, 60 + 15 * i) for i in range(11)], RED, 3)
    canvas = lay(image, Reading())
    assert canvas is not None
    chart = read_lines(canvas)
    assert chart is not None
    trends = {sure_name(line.colour): chart.trend(line) for line in chart.lines}
    assert trends == {"blue": "rise", "red": "fall"}
    top = chart.at_right()
    assert top is not None
    assert sure_name(chart.lines[top].colour) == "blue"


def test_points_that_rise() -> None:
    rng = np.random.default_rng(5)
    image, pen = sheet()
    for x, noise in zip(rng.uniform(50, 350, 60), rng.normal(0, 12, 60), strict=True):
        y = 280 - 0.7 * x + noise
        pen.ellipse((x - 3, y - 3, x + 3, y + 3), BLUE)
    canvas = lay(image, Reading())
    assert canvas is not None
    cloud = read_points(canvas)
    assert cloud is not None
    assert cloud.course == "rise"


def ticks(*texts: str) -> Reading:
    words = tuple(Word(text, 0.9, (10, 250 - 50 * i, 20, 10), i) for i, text in enumerate(texts))
    return Reading(words=words, image_size=(400, 300))


def test_ticks_are_fitted_to_a_scale() -> None:
    canvas = lay(bars([200] * 3, [BLUE] * 3), ticks("0", "$100", "$200", "$300"))
    assert canvas is not None
    scale = vertical_scale(canvas)
    assert scale is not None
    assert (scale.low, scale.high, scale.step, scale.prefix) == (0, 300, 100, "$")
    assert scale.value(180) == pytest.approx(150)


def test_a_misread_tick_is_left_out_and_many_spoil_the_scale() -> None:
    image = bars([200] * 3, [BLUE] * 3)
    one, many = lay(image, ticks("0", "100", "7", "300", "400")), lay(image, ticks("0", "100", "7", "33", "400"))
    assert one is not None
    assert many is not None
    fitted = vertical_scale(one)
    assert fitted is not None
    assert fitted.value(255 - 50 * 2) == pytest.approx(200)
    assert vertical_scale(many) is None


def test_a_logarithmic_axis() -> None:
    canvas = lay(bars([200] * 3, [BLUE] * 3), ticks("1", "10", "100", "1,000"))
    assert canvas is not None
    scale = vertical_scale(canvas)
    assert scale is not None
    assert scale.log
    assert scale.value(255 - 50 * 2) == pytest.approx(100)


@pytest.mark.parametrize(("text", "value"), [("1,250", 1250), ("-3.5%", -3.5), ("$40k", 40), ("−2", -2)])
def test_numbers(text: str, value: float) -> None:
    number = parse(text)
    assert number is not None
    assert number.value == value


@pytest.mark.parametrize("text", ["Jan", "1.2.3", "", "12:30", "1,23"])
def test_no_numbers(text: str) -> None:
    assert parse(text) is None


def test_trends_and_extremes_only_where_they_are_clear() -> None:
    assert trend_of([1, 2, 3, 4, 6]) == "rise"
    assert trend_of([1, 3, 6, 3, 1]) == "rise and then fall"
    assert trend_of([5, 5, 5, 5]) is None
    assert clear_largest([10, 10.2, 3]) is None
    assert clear_largest([10, 12, 3]) == 1
    assert clear_smallest([10, 12, 3]) == 2


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_any_picture_is_borne(width: int, height: int, levels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, levels, (height, width, 3)) * (255 // levels)
    words = (Word("12", 0.9, (0, 0, width, height), 0), Word("", 0.1, (width, height, 9, 9), 1))
    canvas = lay(Image.fromarray(pixels.astype(np.uint8)), Reading(words=words, image_size=(width, height)))
    assert (canvas is None) or (min(width, height) >= 48)
    for reader in READERS if canvas else ():
        reader(canvas)


@pytest.mark.parametrize("size", [(1, 1), (20000, 1), (1, 20000), (3000, 60), (60, 700)])
def test_odd_formats_are_borne(size: tuple[int, int]) -> None:
    canvas = lay(Image.new("RGB", size, "navy"), Reading())
    assert canvas is None or all(reader(canvas) is None for reader in READERS)


@pytest.mark.parametrize(("second", "crossing"), [((60, 240), True), ((60, 20), False), ((239, 180), None)])
def test_lines_cross_where_they_change_places_by_much(second: tuple[int, int], crossing: bool | None) -> None:
    """The first runs from 240 up to 40; the last one touches it where both begin."""
    image, pen = sheet()
    pen.line((40, 20, 40, 260, 380, 260), "black")
    pen.line([(40 + 34 * i, 240 - 20 * i) for i in range(11)], BLUE, 3)
    pen.line([(40, second[0]), (380, second[1])], RED, 3)
    chart = lines_of(image)
    assert chart is not None and chart.crossing is crossing


def test_the_key_of_a_legend_does_not_pull_its_line() -> None:
    image, pen = sheet()
    pen.line((40, 260, 360, 30), RED, 3)
    pen.line((345, 240, 360, 240), RED, 3)
    canvas = lay(image, Reading())
    assert canvas is not None
    chart = read_lines(canvas)
    assert chart is not None
    assert chart.lines[0].ys[-1] == pytest.approx(30, abs=3)


def lines_of(image: Image.Image) -> LineChart | None:
    canvas = lay(image, Reading())
    assert canvas is not None
    return read_lines(canvas)


def test_an_ornament_along_the_upper_rim_is_no_line() -> None:
    image, pen = sheet()
    pen.rectangle((0, 0, 399, 5), RED)
    pen.line([(40 + 34 * i, 240 - 20 * i) for i in range(11)], BLUE, 3)
    chart = lines_of(image)
    assert chart is not None
    assert chart.colour_names == ("blue",)


def test_a_line_in_its_pale_band_is_one_line() -> None:
    image, pen = sheet()
    pen.line((40, 20, 40, 260, 380, 260), "black")
    middle = [(40 + 34 * i, 150 - 60 * (i % 3)) for i in range(10)]
    pen.polygon([(x, y - 5) for x, y in middle] + [(x, y + 5) for x, y in reversed(middle)], (165, 201, 225))
    pen.line(middle, BLUE, 3)
    chart = lines_of(image)
    assert chart is not None
    assert [sure_name(line.colour) for line in chart.lines] == ["blue"]


def test_two_lines_of_one_colour_are_not_read() -> None:
    image, pen = sheet()
    for shift in (0, 60):
        pen.line([(40 + 34 * i, 200 - 8 * i - shift) for i in range(11)], BLUE, 3)
    assert lines_of(image) is None


def test_a_line_that_hardly_moves_has_no_trend() -> None:
    image, pen = sheet()
    pen.line((40, 20, 40, 260, 380, 260), "black")
    pen.line((40, 150, 380, 140), BLUE, 3)
    chart = lines_of(image)
    assert chart is not None
    assert chart.trend(chart.lines[0]) is None


def test_the_colour_of_a_thin_line_is_its_strongest() -> None:
    big = Image.new("RGB", (1600, 1200), "white")
    ImageDraw.Draw(big).line([(160 + 136 * i, 960 - 40 * i) for i in range(11)], BLUE, 5)
    chart = lines_of(big.resize((400, 300), Image.Resampling.BOX))
    assert chart is not None
    assert chart.lines[0].plain
    assert np.abs(np.array(chart.lines[0].colour) - BLUE).max() <= 12


def test_a_colour_on_a_border_is_named_among_others_that_are_not() -> None:
    border, blue, teal = (102, 194, 165), (31, 119, 180), (23, 190, 187)
    assert sure_name(border) is None
    assert telling_names([border, blue]) == [name_of(border), "blue"]
    assert telling_names([border, teal])[0] is None
    assert telling_names([blue, (52, 152, 219)]) == [None, None]


@pytest.mark.parametrize("colour", ["black", (120, 120, 120)])
def test_grey_points_without_a_frame(colour: str | tuple[int, int, int]) -> None:
    image, pen = sheet()
    rng = np.random.default_rng(3)
    for x in rng.uniform(40, 360, 40):
        y = 280 - 0.6 * x + rng.normal(0, 8)
        pen.ellipse((x - 3, y - 3, x + 3, y + 3), colour)
    canvas = lay(image, Reading(words=(Word("Wool", 0.9, (180, 2, 40, 12), 0),), image_size=image.size))
    assert canvas is not None
    cloud = read_points(canvas)
    assert cloud is not None
    assert cloud.course == "rise"
    unread = lay(image, Reading())
    assert unread is not None
    assert read_points(unread) is None  # where nothing was read the grey may be writing


def test_points_of_which_some_are_grey_have_no_course_that_the_others_alone_have() -> None:
    image, pen = sheet()
    rng = np.random.default_rng(3)
    for left, top, colour in ((60, 60, "#dbb45d"), (250, 200, "#945a11"), (60, 200, "#8f8b78"), (250, 60, "#7b8b8b")):
        for x, y in rng.normal(0, 14, (30, 2)):
            pen.rectangle((left + x, top + y, left + x + 6, top + y + 6), colour)
    canvas = lay(image, Reading())
    assert canvas is not None
    cloud = read_points(canvas)
    assert cloud is not None and cloud.course is None


def test_a_cropped_canvas_keeps_the_words_inside() -> None:
    image, pen = sheet()
    pen.rectangle((100, 100, 200, 200), BLUE)
    words = (Word("in", 0.9, (110, 110, 20, 10), 0), Word("out", 0.9, (10, 110, 20, 10), 1))
    canvas = lay(image, Reading(words=words, image_size=image.size))
    assert canvas is not None
    part = cropped(canvas, (90, 210, 90, 210))
    assert (part.width, part.height) == (120, 120)
    assert [word.text for word in part.words] == ["in"]
    assert part.words[0].box == (20, 20, 20, 10)
    assert sum(part.counts) == 120 * 120


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((230, 159, 0), "orange"),  # Okabe and Ito's
        ((140, 86, 75), "brown"),  # Matplotlib's
        ((255, 127, 14), "orange"),
        ((255, 192, 0), "yellow"),  # Excel's
        ((139, 0, 0), "red"),
        ((255, 215, 0), "yellow"),
    ],
)
def test_colours_of_well_known_palettes_have_the_names_that_people_give_them(colour, name):
    assert name_of(colour) == name
