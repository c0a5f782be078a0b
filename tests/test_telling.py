"""From a sure verdict to what was read off the picture, in sentences."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from alttext_local.phrases.told import Told
from alttext_local.telling import tell
from alttext_local.types import FAMILY_OF, Kind, Reading, Verdict, Word
from tests.structure.formulas import formula_sheet, set_formula
from tests.structure.sheets import flow, page, table


def _verdict(kind: Kind, sure: bool = True, confidence: float = 0.9) -> Verdict:
    return Verdict(kind, FAMILY_OF[kind], confidence, confidence, sure, sure)


def test_a_table_is_told_with_headings_size_and_rows() -> None:
    sheet = table(title="Sales by region", shade="#bbccee")
    _, told = tell(_verdict("table"), sheet.image, sheet.reading(without=["298"]))
    assert told.title == "Sales by region"
    assert told.findings == ("Columns: Region, 2019, 2020.", "It has 5 rows and 3 columns.")
    assert told.rows[:2] == ("North: 2019 12; 2020 15.", "South: 2019 340; 2020 not readable.")


def test_a_page_is_told_by_its_heading_and_its_beginning() -> None:
    sheet = page()
    _, told = tell(_verdict("text"), sheet.image, sheet.reading())
    assert told.title == "A History of the Harbour"
    assert told.findings == ("It begins “The harbour was built in three years.”",)
    assert told.details == ("The text stands in 2 columns.", "It has a heading.")


def test_a_diagram_is_told_by_its_boxes() -> None:
    sheet = flow()
    _, told = tell(_verdict("diagram"), sheet.image, sheet.reading())
    assert told.findings == ("It has 3 boxes.", "The boxes read: Start; Check input; Done.")


def test_of_a_kind_that_is_not_sure_only_the_plain_ground_is_told() -> None:
    for unlikely in (_verdict("table", sure=False, confidence=0.3), _verdict("diagram", sure=False)):
        only_ground = Told(details=("The background is white.",))
        assert tell(unlikely, table().image, table().reading()) == (unlikely, only_ground)


def test_nothing_is_told_of_what_may_be_a_photograph() -> None:
    for kind in ("photograph", "illustration"):
        unlikely = _verdict(kind, sure=False)
        assert tell(unlikely, table().image, table().reading()) == (unlikely, Told())


def test_a_likely_kind_is_sure_where_its_reader_has_counted() -> None:
    sheet = table()
    verdict, told = tell(_verdict("table", sure=False, confidence=0.6), sheet.image, sheet.reading())
    assert verdict.say_kind and verdict.say_family
    assert "It has 5 rows and 3 columns." in told.findings


def test_a_likely_kind_whose_reader_finds_nothing_stays_unsaid() -> None:
    likely = _verdict("bar chart", sure=False, confidence=0.9)
    assert tell(likely, Image.new("RGB", (300, 200), "white"), Reading(image_size=(300, 200))) == (likely, Told())


def test_formulas_with_a_fraction_make_a_likely_equation_sure_and_are_told() -> None:
    likely = _verdict("equation", sure=False, confidence=0.5)
    formulas = [set_formula(r"a = \frac{b + 1}{2 c} + \int_0^1 d"), set_formula("e = f + g")]
    image = formula_sheet(*formulas)
    verdict, told = tell(likely, image, Reading(image_size=image.size))
    assert verdict.say_kind
    assert told.findings == ("It contains a fraction and an integral.",)
    assert told.details == ("It has 2 lines.",)
    assert not tell(likely, formula_sheet(formulas[1]), Reading(image_size=image.size))[0].say_kind


def test_many_words_make_a_likely_text_sure_and_few_do_not() -> None:
    likely = _verdict("text", sure=False, confidence=0.5)
    few = flow()
    assert tell(likely, page().image, page().reading())[0].say_kind
    assert not tell(likely, few.image, few.reading())[0].say_kind


def test_one_colour_makes_a_likely_blank_sure_and_a_mark_does_not() -> None:
    likely = _verdict("blank", sure=False, confidence=0.5)
    image = Image.new("RGB", (300, 200), (250, 250, 250))
    assert tell(likely, image, Reading(image_size=image.size))[0].say_kind
    image.paste((0, 0, 0), (10, 10, 20, 20))
    assert not tell(likely, image, Reading(image_size=image.size))[0].say_kind


edges = st.integers(-50, 400)
words = st.builds(
    Word,
    st.text(max_size=8) | st.sampled_from(["(1)", "Total", "12", "Table"]),
    st.floats(0, 1),
    st.tuples(edges, edges, edges, edges),
    st.integers(0, 9),
)
KINDS: tuple[Kind, ...] = ("table", "text", "equation", "diagram")


@given(st.lists(words, max_size=60), st.integers(0, 2**32 - 1), st.integers(1, 300), st.integers(1, 300))
@settings(max_examples=50, deadline=None)
def test_no_picture_and_no_reading_raises(words: list[Word], seed: int, width: int, height: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    for image in (Image.fromarray(pixels), Image.new("RGB", (width, height), "white")):
        for kind in KINDS:
            _, told = tell(_verdict(kind), image, Reading(words=tuple(words), image_size=image.size))
            assert all(told.findings) and all(told.rows)
