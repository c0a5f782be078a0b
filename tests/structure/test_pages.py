"""Pages in one and two columns: the order of reading, the heading, and no word of what was not read."""

import pytest

from alttext_local.structure.pages import read_page
from alttext_local.types import Reading, Word
from tests.structure.sheets import COLUMNS, Sheet, page


@pytest.mark.parametrize("columns", [1, 2])
def test_columns_are_read_one_after_the_other(columns: int) -> None:
    sheet = page(columns)
    found = read_page(sheet.image, sheet.reading())
    assert (found.columns, found.heading) == (columns, "A History of the Harbour")
    starts = [found.text.index(text[:60]) for text in COLUMNS[:columns]]
    assert starts == sorted(starts)
    assert "COASTAL" not in found.text and "117" not in found.text
    assert found.opening.startswith("The harbour was built in three years.")


def test_a_heading_of_which_a_word_was_not_read_is_not_said() -> None:
    sheet = page()
    assert read_page(sheet.image, sheet.reading(without=["History"])).heading == ""


def test_a_page_that_was_read_in_part_has_no_opening() -> None:
    sheet = page()
    assert read_page(sheet.image, sheet.reading(without=["harbour", "north", "Ships"])).opening == ""


def test_hyphens_at_line_ends_are_mended() -> None:
    sheet = Sheet((400, 100))
    sheet.write((10, 10), "The mar-")
    sheet.write((10, 40), "ket is open")
    assert read_page(sheet.image, sheet.reading()).text == "The market is open"


def test_boxes_without_size_do_not_raise() -> None:
    sheet = Sheet((5, 5))
    words = tuple(Word("a", 0.9, (i * 9 - 40, -3, 1, 1), i) for i in range(50))
    assert read_page(sheet.image, Reading(words=words)).heading == ""
