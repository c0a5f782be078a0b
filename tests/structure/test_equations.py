"""Numbers in brackets beside equations."""

from alttext_local.structure.equations import find_numbers
from tests.structure.sheets import Sheet


def _sheet(*numbers: str, at: int = 400) -> Sheet:
    sheet = Sheet((500, 200))
    for i, number in enumerate(numbers):
        sheet.write((40, 20 + 50 * i), "a = b + c")
        sheet.write((at, 20 + 50 * i), number)
    return sheet


def test_numbers_that_follow_each_other_are_found() -> None:
    sheet = _sheet("(3)", "(4)", "(5)")
    assert find_numbers(sheet.image, sheet.reading()) == (3, 4, 5)


def test_a_gap_in_the_numbers_gives_none() -> None:
    sheet = _sheet("(3)", "(5)")
    assert find_numbers(sheet.image, sheet.reading()) == ()


def test_a_bracket_within_the_equation_is_no_number() -> None:
    sheet = _sheet("(2)", at=120)
    assert find_numbers(sheet.image, sheet.reading()) == ()
