import pytest

from alttext_local.ocr.layout import coverage, large_words, largest_line, mean_confidence
from alttext_local.types import Reading, Word


def line(number: int, top: int, height: int, *texts: str, confidence: float = 0.9) -> tuple[Word, ...]:
    return tuple(Word(t, confidence, (10 + 60 * i, top, 50, height), number) for i, t in enumerate(texts))


def reading(*lines: tuple[Word, ...]) -> Reading:
    return Reading(words=sum(lines, ()), image_size=(400, 300))


def test_coverage_is_the_share_of_the_area() -> None:
    assert coverage(reading(line(0, 10, 24, "Sales", "rose"))) == pytest.approx(2 * 50 * 24 / (400 * 300))
    assert coverage(Reading()) == 0
    assert coverage(Reading(words=line(0, 0, 900, *"abcdefgh"), image_size=(40, 30))) == 1


def test_confidence_is_weighed_by_length() -> None:
    assert mean_confidence(reading(line(0, 0, 9, "abc", confidence=0.9), line(1, 0, 9, "d", confidence=0.5))) == 0.8
    assert mean_confidence(Reading()) == 0


def test_the_tallest_line_near_the_top_is_the_title() -> None:
    words = (line(0, 5, 10, "Figure", "3"), line(1, 30, 24, "Sales", "2024"), line(2, 80, 12, "North"))
    assert largest_line(reading(*words)) == "Sales 2024"


def test_of_lines_as_tall_the_topmost_is_the_title() -> None:
    assert largest_line(reading(line(0, 60, 20, "North"), line(1, 10, 19, "Sales"))) == "Sales"


def test_no_title_from_below_from_doubt_or_from_numbers() -> None:
    assert largest_line(reading(line(0, 250, 40, "Region"))) is None
    assert largest_line(reading(line(0, 10, 40, "Sales", confidence=0.5))) is None
    assert largest_line(reading(line(0, 10, 40, "80", "ab"))) is None
    assert largest_line(Reading()) is None


def test_large_words_are_tall_sure_and_have_letters() -> None:
    words = (line(0, 5, 30, "SALE", "50%"), line(1, 60, 10, "small"), line(2, 90, 40, "blurred", confidence=0.5))
    assert large_words(reading(*words)) == ("SALE",)
    assert large_words(Reading()) == ()
