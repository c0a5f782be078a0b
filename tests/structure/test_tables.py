"""Tables drawn with known cells: rows, columns, header, title, and silence where something does not agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from alttext_local.ocr.pool import choose_engine
from alttext_local.structure.tables import find_table
from alttext_local.types import Reading, Word
from tests.structure.sheets import SALES, Sheet, table


@pytest.mark.parametrize("rules", ["all", "across", "few", "none"])
def test_cells_are_found_however_a_table_is_ruled(rules: str) -> None:
    sheet = table(rules=rules)
    found = find_table(sheet.image, sheet.reading())
    assert found is not None
    assert (found.cells, found.counted, found.title) == (SALES, True, "")


@pytest.mark.parametrize("rules", ["all", "few", "none"])
def test_a_line_over_the_grid_is_its_title(rules: str) -> None:
    sheet = table(rules=rules, title="Sales by region and year")
    found = find_table(sheet.image, sheet.reading())
    assert found is not None
    assert (found.title, found.rows, found.columns) == ("Sales by region and year", 5, 3)


def test_a_title_of_which_a_word_was_not_read_is_not_said() -> None:
    sheet = table(title="Sales by region and year")
    found = find_table(sheet.image, sheet.reading(without=["region"]))
    assert found is not None
    assert (found.title, found.cells) == ("", SALES)


def test_a_cell_that_was_not_read_is_marked_and_an_empty_one_is_empty() -> None:
    rows = [list(row) for row in SALES]
    rows[2][1] = ""
    sheet = table(rows)
    found = find_table(sheet.image, sheet.reading(without=["298"]))
    assert found is not None
    assert found.cells[2] == ("South", "", None)


def test_a_cell_with_an_unsure_word_counts_as_not_read() -> None:
    sheet = table()
    words = tuple(Word(w.text, 0.6 if w.text == "340" else w.confidence, w.box, w.line) for w in sheet.words)
    found = find_table(sheet.image, Reading(words=words, image_size=sheet.image.size))
    assert found is not None
    assert found.cells[2] == ("South", None, "298")


def test_a_word_that_runs_over_two_cells_is_in_neither() -> None:
    sheet = table()
    north, twelve = (next(w for w in sheet.words if w.text == text) for text in ("North", "12"))
    both = Word("North12", 0.95, (north.box[0], north.box[1], twelve.box[0] + 20 - north.box[0], 14), north.line)
    words = (*(w for w in sheet.words if w not in (north, twelve)), both)
    found = find_table(sheet.image, Reading(words=words, image_size=sheet.image.size))
    assert found is not None
    assert found.cells[1] == (None, None, "15")


@pytest.mark.parametrize(("rules", "shade"), [("all", "#bbccee"), ("few", ""), ("none", "#dddddd")])
def test_a_row_set_apart_heads_the_columns(rules: str, shade: str) -> None:
    words = [("Name", "Post"), ("Ada", "Chair"), ("Ben", "Clerk"), ("Cleo", "Guard")]
    plain, apart = table(words, rules="all"), table(words, rules=rules, shade=shade)
    without, found = find_table(plain.image, plain.reading()), find_table(apart.image, apart.reading())
    assert without is not None and not without.header
    assert found is not None and found.header and found.cells == tuple(words)


def test_words_over_numbers_head_the_columns() -> None:
    sheet = table([("Town", "People"), ("Ems", "7000"), ("Aurich", "42000"), ("Leer", "35000")])
    found = find_table(sheet.image, sheet.reading())
    assert found is not None and found.header


def test_a_spreadsheets_letters_and_numbers_are_no_cells() -> None:
    rows = [("", "A", "B"), ("1", "Town", "People"), ("2", "Ems", "7000"), ("3", "Leer", "35000")]
    sheet = table(rows)
    found = find_table(sheet.image, sheet.reading())
    assert found is not None
    assert found.cells == tuple(row[1:] for row in rows[1:])


def test_rows_that_no_rule_parts_make_the_count_unsure() -> None:
    sheet = table(rules="all")
    sheet.draw.rectangle((31, 60 + 34 * 2 - 2, 159, 60 + 34 * 2 + 2), fill="white")
    for column in range(3):
        left = 31 + 130 * column
        sheet.draw.rectangle((left, 60 + 34 * 2 - 2, left + 128, 60 + 34 * 2 + 2), fill="white")
    found = find_table(sheet.image, sheet.reading())
    assert found is not None and not found.counted


def test_two_tables_are_not_told_as_one() -> None:
    upper, lower = table(), table(SALES[:4])
    image = Image.new("RGB", (upper.image.width, 2 * upper.image.height), "white")
    image.paste(upper.image)
    image.paste(lower.image, (0, upper.image.height))
    moved = tuple(
        Word(w.text, w.confidence, (w.box[0], w.box[1] + upper.image.height, *w.box[2:]), w.line + 50)
        for w in lower.words
    )
    found = find_table(image, Reading(words=(*upper.words, *moved), image_size=image.size))
    assert found is None or not found.counted


def test_running_text_is_no_table() -> None:
    sheet = Sheet((700, 300))
    for i in range(8):
        sheet.write((20, 20 + 30 * i), "Words that follow each other in a line " + "and on " * (i % 3))
    assert find_table(sheet.image, sheet.reading()) is None


def test_a_table_is_read_with_tesseract() -> None:
    sheet = table([(row[0] + " side", *(cell + "0" for cell in row[1:])) for row in SALES], title="Sales by region")
    engine = choose_engine()
    found = find_table(sheet.image, engine.read(sheet.image, "en", 60))
    engine.close()
    assert found is not None
    assert (found.rows, found.columns, found.title) == (5, 3, "Sales by region")
    assert [row[0] for row in found.cells[1:]] == ["North side", "South side", "East side", "West side"]


numbers = st.integers(-50, 400)
words = st.builds(
    Word, st.text(max_size=8), st.floats(0, 1), st.tuples(numbers, numbers, numbers, numbers), st.integers(0, 9)
)


@given(st.lists(words, max_size=40), st.integers(0, 2**32 - 1), st.integers(1, 300), st.integers(1, 300))
@settings(max_examples=60, deadline=None)
def test_no_picture_and_no_reading_raises(words: list[Word], seed: int, width: int, height: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    ruled = pixels.copy()
    ruled[::10], ruled[:, ::17] = 0, 0
    for image in (Image.fromarray(pixels), Image.fromarray(ruled), Image.new("RGB", (width, height), "white")):
        found = find_table(image, Reading(words=tuple(words), image_size=image.size))
        assert found is None or len({len(row) for row in found.cells}) == 1
