"""Lists of images with what is asked of each."""

from __future__ import annotations

import datetime
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from alttext_local.batch.manifest import Manifest
from alttext_local.errors import BadRequest, UnknownModel
from alttext_local.fields import FieldLimits
from alttext_local.types import Request

DEFAULTS = Request("gpt-4o", context="The exhibition", language="fr")


def knows(name):
    if name not in ("gpt-4o", "small"):
        raise UnknownModel("selected_model must be one of: gpt-4o, small.")


def entries(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(Manifest(path, DEFAULTS, FieldLimits(50, 50), knows).entries())


def test_a_csv_row_asks_and_hands_through(tmp_path):
    one, two = entries(
        tmp_path / "list.csv",
        "path,language,alt_text_length,generate_description,shelf,note\n"
        'a.png,de,200,true,"A, 1","two\nlines"\n'
        "sub/b.png,,,,,\n",
    )
    assert (one.path, one.place, one.number) == ("a.png", tmp_path / "a.png", 3)
    assert one.request == Request("gpt-4o", 200, context="The exhibition", generate_description=True, language="de")
    assert one.columns == {"shelf": "A, 1", "note": "two\nlines"}
    assert two.place == tmp_path / "sub/b.png"
    assert two.request == DEFAULTS


@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_a_spreadsheets_csv_is_read_with_its_mark_and_separator(tmp_path, separator):
    text = "\ufeff" + "path|Größe\r\na.png|3\r\n".replace("|", separator)
    (one,) = entries(tmp_path / "list.CSV", text)
    assert one.columns == {"Größe": "3"}


def test_json_lines_keep_their_types(tmp_path):
    row = {"path": "a.png", "alt_text_length": 130, "generate_ocr": True, "id": 7, "tags": ["x", None], "r": 0.5}
    (one,) = entries(tmp_path / "list.jsonl", json.dumps(row) + "\n\n")
    assert one.request == Request("gpt-4o", 130, context="The exhibition", generate_ocr=True, language="fr")
    assert one.columns == {"id": 7, "tags": ["x", None], "r": 0.5}


def test_parquet_with_gaps_asks_as_its_other_rows(tmp_path):
    table = pa.table(
        {
            "path": ["a.png", "b.png"],
            "alt_text_length": pa.array([200.0, None]),  # as data frames hold whole numbers with gaps
            "language": pa.array([None, "de"]),
            "day": [datetime.date(2024, 5, 1), None],
            "big": pa.array([2**63, 1], pa.uint64()),
        }
    )
    pq.write_table(table, tmp_path / "list.parquet")
    one, two = entries(tmp_path / "list.parquet", (tmp_path / "list.parquet").read_bytes())
    assert (one.request.alt_text_length, one.request.language) == (200, "fr")
    assert (two.request.alt_text_length, two.request.language) == (125, "de")
    assert one.columns == {"day": "2024-05-01", "big": str(2**63)}
    assert [one.number, two.number] == [1, 2]


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ('{"path": "a.png", "language": "no language"}', "bad_request", "language"),
        ('{"path": "a.png", "alt_text_length": 9}', "bad_request", "125 to 500"),
        ('{"path": "a.png", "context": "%s"}' % ("x" * 51), "bad_request", "50 characters"),
        ('{"path": "a.png", "selected_model": "huge"}', "unknown_model", '"huge" is not known'),
        ('{"path": " "}', "bad_request", "line 1: path is missing"),
        ('{"path": "a\\u0000.png"}', "bad_request", "path is missing"),
        ('{"file": "a.png"}', "bad_request", "path is missing"),
        ("[1]", "bad_request", "line 1: it is no JSON object"),
        ("{", "bad_request", "line 1: it is no JSON"),
        ("[" * 100_000, "bad_request", "line 1: it is no JSON"),
    ],
)
def test_a_row_that_cannot_be_used_is_an_entry_with_its_reason(tmp_path, line, code, says):
    bad, good = entries(tmp_path / "list.jsonl", f'{line}\n{{"path": "b.png"}}\n')
    assert (bad.failure.code, bad.request) == (code, None)
    assert says in str(bad.failure)
    assert good.failure is None


def test_a_csv_row_with_too_many_cells_is_an_entry_with_its_reason(tmp_path):
    bad, good = entries(tmp_path / "list.csv", "path,x\na.png,1,2\nb.png,1\n")
    assert "line 2: there are more cells" in str(bad.failure)
    assert bad.path == "list.csv:2"
    assert good.columns == {"x": "1"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("list.csv", "file,x\n", "no column path"),
        ("list.csv", "", "no column path"),
        ("list.csv", "path,x,x\n", "two columns"),
        ("list.csv", b"path,x\n\xff\xfe,1\n", "not UTF-8"),
        ("list.parquet", b"PAR1 no", "no Parquet"),
        ("list.xlsx", b"", "ends in one of"),
    ],
)
def test_a_list_that_is_none_is_refused_before_anything_begins(tmp_path, name, content, says):
    with pytest.raises(BadRequest, match=says):
        entries(tmp_path / name, content)


def test_a_list_can_be_gone_through_again(tmp_path):
    (tmp_path / "list.csv").write_text("path\na.png\n")
    source = Manifest(tmp_path / "list.csv", DEFAULTS, FieldLimits(50, 50), knows)
    assert list(source.entries()) == list(source.entries())
