"""How tables look: shade, stripes and lines, and silence where neither is plain."""

import pytest
from PIL import Image

from alttext_local.phrases.tables import tell_table
from alttext_local.structure.table_looks import TableLook
from alttext_local.structure.tables import find_table
from tests.structure.sheets import SALES, Sheet, table


def look_of(sheet: Sheet) -> TableLook:
    found = find_table(sheet.image, sheet.reading())
    assert found is not None
    return found.look


def striped() -> Sheet:
    """Every other row under the header on a grey ground."""
    sheet = table(rules="none")
    ground = Image.new("RGB", sheet.image.size, "white")
    for row in (2, 4):
        ground.paste("#e4e4e4", (30, 60 + 34 * row, 420, 60 + 34 * (row + 1)))
    letters = sheet.image.convert("L").point(lambda value: 255 - value)
    ground.paste(sheet.image, mask=letters)
    sheet.image = ground
    return sheet


@pytest.mark.parametrize(("rules", "ruling"), [("all", "cells"), ("across", "rows"), ("none", "none"), ("few", "")])
def test_lines_are_told_where_they_are_all_or_none(rules: str, ruling: str) -> None:
    assert look_of(table(rules=rules)) == TableLook(ruling=ruling)


@pytest.mark.parametrize(("shade", "colour"), [("#1f77b4", "blue"), ("#cccccc", "grey")])
def test_a_shaded_header_has_the_colour_of_its_ground(shade: str, colour: str) -> None:
    look = look_of(table(rules="none", shade=shade))
    assert (look.header_shaded, look.header_colour, look.ruling) == (True, colour, "")


def test_a_colour_between_two_names_is_not_named() -> None:
    look = look_of(table(rules="none", shade="#e8b400"))
    assert look.header_shaded and look.header_colour == ""


def test_stripes_are_no_lines() -> None:
    assert look_of(striped()) == TableLook(striped=True)


def test_what_is_plain_is_told_with_the_rest() -> None:
    sheet = table(rules="all", shade="#1f77b4")
    told = tell_table(sheet.image, sheet.reading())
    looks = ("The header row is shaded.", "The header row is blue.", "It has ruled lines around the cells.")
    assert [detail for detail in told.details if detail in looks] == list(looks)
    plain = table(rules="across")
    assert "It has lines between the rows." in tell_table(plain.image, plain.reading()).details


def test_two_rows_have_no_look() -> None:
    sheet = table(SALES[:2])
    found = find_table(sheet.image, sheet.reading())
    assert found is None or found.look == TableLook()
