"""Cells that a spreadsheet must not run, cut short or misread."""

import csv
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alttext_local.jobs.spreadsheet import COLUMNS, LONGEST, Spreadsheet, cell

FORMULA = tuple("=+-@＝＋－＠")


def opened(*entries):
    stream = io.BytesIO()
    sheet = Spreadsheet(stream)
    for entry in entries:
        sheet.add(entry)
    sheet.finish()
    return stream.getvalue()


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def entry(text):
    told = dict.fromkeys(("status", "message", "name", "file_ref", "alt_text", "classification"), text)
    return {**told, "keywords": [text], "long_alt_text": text, "ocr_text": text}


def formulas(field):
    """The pieces of a field that some spreadsheet would run."""
    pieces = [piece.lstrip('" \u00a0\u3000\ufeff\u200b\x0b\x0c') for piece in re.split(r"[;\t\r\n]", field)]
    return [piece for piece in pieces if piece.startswith(FORMULA)]


@pytest.mark.parametrize(
    "nasty",
    [
        "=1+1",
        "=cmd|' /C calc'!A0",
        '=HYPERLINK("http://127.0.0.1/?x="&A1,"more")',
        "+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\tplain",
        "\r=1",
        "\nplain",
        "   =1",
        "\u00a0=1",
        "\u3000=1",
        "\ufeff=1",
        "\u200b=1",
        "\x00=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(1)",
        "\u2212 5",
        '"=1',
    ],
)
def test_nothing_that_begins_like_a_formula_stays_one(nasty):
    assert cell(nasty).startswith("'")
    for field in rows(opened(entry(nasty)))[0].values():
        assert field == "" or field.startswith("'")


@pytest.mark.parametrize("nasty", ["a;=1", "a\n=1", "a\r\n-x", "a\n\n=1", "a\t+1", 'a;"=1', "a; =1", "a\n ＝1"])
def test_no_piece_of_a_cell_is_a_formula_where_semicolons_part(nasty):
    assert formulas(nasty)
    assert not formulas(cell(nasty))


@pytest.mark.parametrize(
    "kind", ["A map - of 1 = 2.", "", "a-b", "3 + 4", "x@example.org", "Łódź, 東京", 'He said "=1"']
)
def test_common_texts_are_left_alone(kind):
    assert cell(kind) == kind


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("=+-@＝－;\t\r\n \ufeff\"',"), max_size=30))
@settings(max_examples=300, deadline=None)
def test_whatever_the_text_no_cell_begins_like_a_formula(text):
    row = rows(opened(entry(text)))[0]
    assert set(row) == set(COLUMNS)
    for field in row.values():
        assert not field.startswith((*FORMULA, "\t", "\r", "\n"))
        assert not formulas(field)


def test_the_file_has_its_mark_quotes_and_line_ends():
    data = opened(entry('one\r\ntwo, "three"'))
    assert data.startswith(b'\xef\xbb\xbf"file_ref","name"')
    assert data.endswith(b'"\r\n')
    assert rows(data)[0]["alt_text"] == 'one\ntwo, "three"'
    assert len(data.split(b"\r\n")) == 3


@pytest.mark.parametrize("letter", ["a", "é", "😀", "=", "\n="])
def test_no_cell_is_longer_than_excel_reads(letter):
    short = cell(letter * 40_000)
    assert len(short.encode("utf-16-le")) <= 2 * LONGEST
    assert short.endswith("results.json has all of it]")


def test_a_cell_of_the_full_length_is_not_cut():
    assert cell("a" * LONGEST) == "a" * LONGEST


def test_what_failed_tells_its_error():
    failed = {**entry("x"), "keywords": [], "error": {"code": "unreadable_image", "message": "Truncated."}}
    row = rows(opened(failed))[0]
    assert (row["error_code"], row["error_message"], row["model"]) == ("unreadable_image", "Truncated.", "")
