"""The files that a run leaves."""

from __future__ import annotations

import csv
import json

import pyarrow.parquet as pq
import pytest

from alttext_local.batch.outputs import OWN, check_outputs, handed_names, read_output, write_outputs
from alttext_local.batch.row import Row, failed
from alttext_local.errors import BadRequest, UnreadableImage
from alttext_local.types import Request
from tests.batch.houses import REQUEST, an_answer

ASKED = Request("gpt-4o", language="de")
ROWS = [
    Row(
        "a.png",
        "abc",
        ASKED,
        an_answer("=1+1; ein „rotes“ Quadrat.", rules=("A08",)).model_copy(update={"file_name": "a.png"}),
        columns={"id": 7, "path": "p", "tags": ["x"], "price": 1.5, "mine": True},
    ),
    failed("b.png", UnreadableImage(), sha256="def", request=REQUEST, columns={"id": 8, "price": 2}),
]
TYPES = {"id": {"integer"}, "path": {"text"}, "tags": {"array"}, "price": {"real", "integer"}, "mine": {"true"}}


def written(tmp_path, name, rows=ROWS, types=TYPES):
    path = tmp_path / name
    assert list(write_outputs([path], rows, types)) == list(rows)
    return path


def test_json_lines_have_everything(tmp_path):
    path = written(tmp_path, "out.jsonl")
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [line["path"] for line in lines] == ["a.png", "b.png"]
    assert lines[0]["alt_text"] == "=1+1; ein „rotes“ Quadrat."
    assert (lines[1]["status"], lines[1]["code"], lines[1]["alt_text"]) == ("failed", "unreadable_image", None)
    assert list(read_output(path)) == ROWS


def test_half_a_surrogate_pair_does_not_stop_a_run(tmp_path):
    path = written(tmp_path, "out.jsonl", [Row("a", code="x", error="\ud800")], {})
    assert json.loads(path.read_bytes())["error"] == "\ud800"
    written(tmp_path, "out.csv", [Row("a", code="x", error="\ud800")], {})


def test_a_spreadsheet_runs_no_cell_and_knows_its_encoding(tmp_path):
    path = written(tmp_path, "out.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    head, one, two = csv.reader(path.read_text("utf-8-sig").splitlines())
    assert head == [*OWN, "id", "mine", "given_path", "price", "tags"]
    said = dict(zip(head, one, strict=True))
    assert said["alt_text"].startswith("'=1+1;")
    assert (said["id"], said["tags"], said["mine"], said["findings"]) == ("7", '["x"]', "true", "A08")
    assert dict(zip(head, two, strict=True))["code"] == "unreadable_image"


def test_parquet_has_types_and_is_read_again(tmp_path):
    path = written(tmp_path, "out.parquet")
    table = pq.read_table(path)
    kinds = {name: str(table.schema.field(name).type) for name in ("id", "price", "mine", "tags", "given_path")}
    assert kinds == {"id": "int64", "price": "double", "mine": "bool", "tags": "string", "given_path": "string"}
    assert table.column("alt_text").to_pylist() == [ROWS[0].answer.alt_text, None]
    assert table.column("findings").to_pylist()[0] == [{"rule": "A08", "message": "It is so.", "mended": False}]
    one, two = read_output(path)
    assert one.columns == {**ROWS[0].columns, "tags": '["x"]'}
    assert (one.answer, one.request) == (ROWS[0].answer, ASKED)
    assert two == ROWS[1]


def test_many_rows_are_written_in_groups(tmp_path):
    rows = [Row(f"{n}", code="x", error="y") for n in range(2500)]
    path = written(tmp_path, "out.parquet", rows, {})
    assert pq.ParquetFile(path).num_row_groups == 3
    assert list(read_output(path)) == rows


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_where_writing_breaks_off_the_old_file_stays(tmp_path, name):
    path = written(tmp_path, name)
    before = path.read_bytes()

    def broken():
        yield ROWS[0]
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        list(write_outputs([path], broken(), TYPES))
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_an_output_is_a_file_like_any_other_of_its_user(tmp_path):
    (tmp_path / "plain").touch()
    assert written(tmp_path, "out.jsonl").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_outputs_are_checked_before_anything_begins(tmp_path):
    check_outputs([tmp_path / "a.jsonl", tmp_path / "a.CSV", tmp_path / "a.parquet"])
    for path in (tmp_path / "a.xlsx", tmp_path / "none" / "a.csv"):
        with pytest.raises(BadRequest):
            check_outputs([path])


def test_handed_columns_give_way_to_ours_and_to_each_other():
    assert handed_names(["path", "given_path", "x"], ["path"]) == ["given_given_path", "given_path", "x"]


@pytest.mark.parametrize("content", [b'{"path": "a"}\n', b"[]\n", b"no json\n", b'{"path": "cut'])
def test_what_is_no_output_is_not_read(tmp_path, content):
    (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(BadRequest):
        list(read_output(tmp_path / "a.jsonl"))
    with pytest.raises(BadRequest, match="does not have everything"):
        list(read_output(tmp_path / "a.csv"))
