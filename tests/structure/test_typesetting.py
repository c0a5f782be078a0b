"""Words laid out as a page, a table and a chart have them, and what is measured of each."""

from __future__ import annotations

import math

import pytest

from alttext_local.structure.typesetting import NOTHING_MEASURED, measure_typesetting
from alttext_local.types import Reading, Word

SIZE = (1000, 800)


def word(text, left, top, line, width=60, height=20, confidence=0.9):
    return Word(text, confidence, (left, top, width, height), line)


def measured(*words):
    return measure_typesetting(Reading(words=words, image_size=SIZE))


def page():
    return [word("paragraph", 100 + 70 * n, 50 + 30 * line, line) for line in range(10) for n in range(10)]


def table():
    return [
        word(str(100 + line), 100 + 250 * column, 100 + 60 * line, line) for line in range(6) for column in range(4)
    ]


def chart():
    ticks = [word(str(10 * n), 20, 100 + 100 * n, n, 40) for n in range(6)]
    return [*ticks, *(word(str(2000 + n), 150 + 150 * n, 740, 6) for n in range(5))]


def test_a_picture_without_words_has_every_measure_too():
    assert measured() == {"log words": 0.0, "doubtful words": 0.0, **NOTHING_MEASURED}
    assert measured().keys() == measured(*page()).keys()


def test_a_page_has_wide_lines_of_prose():
    found = measured(*page())
    assert (found["wide lines"], found["prose words"], found["numbers"]) == (1.0, 1.0, 0.0)
    assert found["log words a line"] == pytest.approx(math.log(10))
    assert found["wide gaps"] == 0.0


def test_a_table_has_numbers_in_columns():
    found = measured(*table())
    assert (found["words in columns"], found["lines that begin together"], found["numbers"]) == (1.0, 1.0, 1.0)
    assert found["wide gaps"] == 1.0


def test_a_chart_has_numbers_at_its_edges():
    found = measured(*chart())
    assert (found["numbers on the left"], found["numbers at the bottom"]) == (1.0, 1.0)
    assert found["words in the middle"] == 0.0
    assert found["words on the left"] == pytest.approx(6 / 11)


def test_what_ocr_doubts_is_counted_and_not_measured():
    noise = [word("§", 400, 300, 20, confidence=0.1)] * 3
    found = measured(*page(), *noise)
    assert found["doubtful words"] == pytest.approx(3 / 103)
    assert {**found, "doubtful words": 0.0} == measured(*page())


def test_columns_are_found_at_scattered_edges_too():
    scattered = [word("here", 100 + 37 * (n * n % 23), 40 * n, n) for n in range(16)]
    assert measured(*scattered)["lines that begin together"] < 0.5


def test_symbols_and_capitals_are_shares_of_the_characters():
    found = measured(word("x=y+2", 100, 100, 0), word("AB", 300, 100, 0), word("a", 500, 100, 0))
    assert found["symbols"] == pytest.approx(2 / 8)
    assert found["capitals"] == pytest.approx(2 / 8)
    assert found["single characters"] == pytest.approx(1 / 3)
