"""Heat maps drawn here, and what only looks like one."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from alttext_local.phrases.heat_maps import tell_other_chart
from alttext_local.structure.canvas import lay
from alttext_local.structure.heat_maps import HeatMap, read_heat_map
from alttext_local.types import Reading

RED, BLUE = np.array((200, 30, 30)), np.array((30, 60, 200))


def heat_map(rows: int, columns: int, size: int = 20, gap: int = 0, bar: bool = False, seed: int = 3) -> Image.Image:
    """Cells of random shares of red and blue on white, with a bar of the scale beside them."""
    shares = np.random.default_rng(seed).random((rows, columns))
    shares[0, 0], shares[-1, -1] = 0, 1
    image = Image.new("RGB", (columns * size + 120, rows * size + 80), "white")
    pen = ImageDraw.Draw(image)
    for (row, column), share in np.ndenumerate(shares):
        left, top = 40 + column * size, 40 + row * size
        pen.rectangle((left, top, left + size - 1 - gap, top + size - 1 - gap), _mixed(share))
    for y in range(rows * size if bar else 0):
        left = 60 + columns * size
        pen.line((left, 40 + y, left + 14, 40 + y), _mixed(y / (rows * size)))
    return image


def _mixed(share: float) -> tuple[int, int, int]:
    red, green, blue = (round(float(part)) for part in RED * share + BLUE * (1 - share))
    return red, green, blue


def read(image: Image.Image) -> HeatMap | None:
    canvas = lay(image, Reading())
    assert canvas is not None
    return read_heat_map(canvas)


@pytest.mark.parametrize(("rows", "columns"), [(3, 4), (6, 12), (12, 6), (20, 24)])
def test_cells_are_counted(rows: int, columns: int) -> None:
    found = read(heat_map(rows, columns))
    assert found is not None
    assert (found.rows, found.columns, found.gaps, found.bar) == (rows, columns, False, False)


def test_a_heat_map_is_told_with_its_colours_and_its_bar() -> None:
    told = tell_other_chart(heat_map(8, 10, bar=True), Reading())
    assert (told.form, told.findings, told.certain) == ("Heat map", ("It has 8 rows and 10 columns of cells.",), True)
    assert told.details in (
        ("The cells go from red to blue.", "A colour bar is on the right."),
        ("The cells go from blue to red.", "A colour bar is on the right."),
    )


def test_cells_with_gaps_are_not_counted_aloud() -> None:
    told = tell_other_chart(heat_map(7, 30, size=14, gap=2), Reading())
    assert (told.form, told.findings) == ("Heat map", ())


def test_a_scale_through_a_third_colour_has_no_two_ends() -> None:
    pixels = np.full((240, 320, 3), 255, np.uint8)
    shades = [(20, 40, 160), (90, 130, 220), (240, 240, 120), (240, 150, 60), (180, 30, 30), (120, 200, 120)]
    for row in range(8):
        for column in range(12):
            place = slice(20 + 25 * row, 45 + 25 * row), slice(10 + 25 * column, 35 + 25 * column)
            pixels[place] = shades[(row * 5 + column * 7 + row * column) % 6]
    found = read(Image.fromarray(pixels))
    assert found is not None and found.ends is None


def test_a_checkerboard_and_noise_are_none() -> None:
    board = np.kron(np.indices((8, 8)).sum(0) % 2, np.ones((30, 30))).astype(np.uint8)
    image = Image.new("RGB", (320, 320), "white")
    image.paste(Image.fromarray(board * 220), (40, 40))
    assert read(image) is None
    noise = np.random.default_rng(1).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    assert tell_other_chart(Image.fromarray(noise), Reading()).form == ""


def test_bars_are_no_cells() -> None:
    image = Image.new("RGB", (400, 300), "white")
    pen = ImageDraw.Draw(image)
    for at, colour in enumerate(("red", "blue", "green", "orange", "purple", "teal")):
        pen.rectangle((40 + 50 * at, 250 - 30 * at, 80 + 50 * at, 260), colour)
    assert read(image) is None
