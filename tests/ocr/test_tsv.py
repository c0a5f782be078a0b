import pytest

from alttext_local.ocr.tsv import to_reading
from alttext_local.types import Reading


def row(text: str, confidence: float, line: int, left: int = 0, top: int | None = None, height: int = 20) -> str:
    top = line * 30 if top is None else top
    return "\t".join(map(str, (5, 1, line, 1, 1, 1, left, top, 60, height, confidence, text)))


def read(*rows: str, scale: float = 1.0) -> Reading:
    return to_reading("\n".join(rows), scale, (400, 300), "tesserocr", "eng")


def test_words_have_confidence_box_and_line() -> None:
    reading = read(row("Sales", 96, 1, 10), row("2024", 91, 1, 80), row("North", 88, 2, 10))
    assert [(w.text, w.confidence, w.box, w.line) for w in reading.words] == [
        ("Sales", 0.96, (10, 30, 60, 20), 0),
        ("2024", 0.91, (80, 30, 60, 20), 0),
        ("North", 0.88, (10, 60, 60, 20), 1),
    ]
    assert reading.text == "Sales 2024\nNorth"
    assert (reading.engine, reading.language, reading.image_size) == ("tesserocr", "eng", (400, 300))


def test_boxes_are_in_pixels_of_the_picture_itself() -> None:
    assert read(row("Sales", 96, 1, 30), scale=3.0).words[0].box == (10, 10, 20, 7)


def test_a_wide_gap_begins_a_paragraph() -> None:
    reading = read(row("one", 96, 1), row("two", 96, 2), row("three", 96, 3, top=120))
    assert reading.text == "one\ntwo\n\nthree"


@pytest.mark.parametrize("noise", ["|", "—", "=", "...", "&", "", " "])
def test_what_has_no_letter_or_digit_is_noise(noise: str) -> None:
    assert [word.text for word in read(row("Sales", 96, 1), row(noise, 96, 2)).words] == ["Sales"]


def test_unsure_words_are_dropped_and_short_ones_sooner() -> None:
    rows = [row(w, 96, n) for n, w in enumerate(("Sales", "by", "region"))]
    reading = read(*rows, row("ghost", 25, 4), row("faint", 40, 5), row("aS", 60, 6), row("42", 75, 7))
    assert [word.text for word in reading.words] == ["Sales", "by", "region", "faint", "42"]


def test_amid_noise_only_sure_words_stay() -> None:
    noise = [row(w, 40, n) for n, w in enumerate(("wae", "aes", "hy", "Ge", "tre"))]
    reading = read(*noise, row("W", 95, 6), row("bak", 70, 7), row("EXIT", 93, 8))
    assert reading.text == "EXIT"


def test_rows_of_other_levels_and_headings_are_no_words() -> None:
    heading = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
    line = "4\t1\t1\t1\t1\t0\t0\t0\t400\t20\t-1\t"
    assert read(heading, line, "", "stray", row("Sales", 96, 1)).text == "Sales"


def test_nothing_seen_is_an_empty_reading() -> None:
    assert (read().text, read().words) == ("", ())
