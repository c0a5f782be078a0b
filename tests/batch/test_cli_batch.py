"""`alttext-local batch` and `merge` on the shipped model, in this process."""

from __future__ import annotations

import json
import threading
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

import alttext_local
from alttext_local.cli import app
from alttext_local.errors import BadRequest, UnknownModel

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("pictures")
    for number in range(6):
        image = Image.new("RGB", (64, 48), "white")
        ImageDraw.Draw(image).rectangle((4, 4, 20 + 5 * number, 40), fill="navy")
        image.save(made / f"{number}.{('png', 'jpg', 'gif', 'bmp')[number % 4]}")
    (made / "broken.png").write_bytes((made / "0.png").read_bytes()[:60])
    return made


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    own = {"DATA_DIR": tmp_path / "data", "MODELS_DIR": ROOT / "models", "OCR_ENGINE": "pytesseract", "DEVICE": "cpu"}
    for name, value in own.items():
        monkeypatch.setenv(f"ALTTEXT_{name}", str(value))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


def run(*words, code=0, **more):
    result = CliRunner().invoke(app, list(map(str, words)), **more)
    assert result.exit_code == code, result.output
    return result.stdout


def rows(name):
    said = [json.loads(line) for line in Path(name).read_text(encoding="utf-8").splitlines()]
    for row in said:
        if row["provenance"]:
            row["provenance"].pop("seconds")
    return said


def test_every_command_has_help():
    for name in ("batch", "merge"):
        assert "Usage" in run(name, "--help")


def test_a_list_a_zip_and_standard_input_give_the_same_text(folder, tmp_path):
    (folder / "list.csv").write_text("path,shelf,alt_text_length\n0.png,A 1,200\nnone.png,B 2,\n")
    run("batch", folder / "list.csv", "-o", "list.jsonl", "--quiet", code=3)
    one, two = rows("list.jsonl")
    assert (one["columns"], one["request"]["alt_text_length"], one["status"]) == ({"shelf": "A 1"}, 200, "described")
    assert (two["code"], two["columns"]) == ("missing_file", {"shelf": "B 2"})
    with zipfile.ZipFile("some.zip", "w") as archive:
        archive.write(folder / "0.png", "in/0.png")
    assert run("batch", "some.zip", "-o", "zip.jsonl", "--quiet") == ""
    run("batch", "-", "-o", "stdin.jsonl", "-q", input=f"{folder / '0.png'}\n")
    assert {rows(f"{name}.jsonl")[0]["alt_text"] for name in ("zip", "stdin", "list")} == {one["alt_text"]}


def test_shards_merged_are_one_run(folder, monkeypatch):
    run("batch", folder, "-o", "whole.jsonl", "-q", code=3)
    for number in ("1", "2"):
        monkeypatch.setenv("SLURM_ARRAY_TASK_ID", number)
        CliRunner().invoke(app, ["batch", str(folder), "-o", "out.jsonl", "--shard", "slurm/2", "-q"])
    said = json.loads(run("merge", "out.1-of-2.jsonl", "out.2-of-2.jsonl", "-o", "all.jsonl", "--json"))
    assert (said["images"], said["failed"], said["missing"]) == (7, 1, [])
    assert rows("all.jsonl") == rows("whole.jsonl")
    assert "Missing shards: 1 of 2" in run("merge", "out.2-of-2.jsonl", "-o", "half.parquet", code=3)


def test_a_dry_run_says_what_would_come_and_leaves_nothing(folder, tmp_path):
    told = run("batch", folder, "-o", "out.jsonl", "--dry-run", "--progress", "json", code=3)
    said = json.loads(told)
    assert (said["images"], said["unreadable"]) == (7, {"unreadable_image": 1})
    assert said["formats"] == {"PNG": 3, "JPEG": 2, "GIF": 1, "BMP": 1}
    assert said["per_second"] > 0 and said["seconds"] > 0
    quick = run("batch", folder, "-o", "out.jsonl", "--dry-run", "--check", "headers", "--progress", "live")
    assert "only first bytes were looked at" in quick
    assert not list(tmp_path.glob("out*"))


def test_a_summary_is_printed_for_people(folder):
    told = run("batch", folder, "-o", "out.jsonl", "--progress", "live", code=3)
    assert "For a person's eye" in told
    assert "damaged, or over a limit" in told
    assert "6 described now" in told


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["none", "-o", "out.jsonl"], BadRequest),
        ([".", "-o", "out.xlsx"], BadRequest),
        ([".", "-o", "out.jsonl", "--language", "no language"], BadRequest),
        ([".", "-o", "out.jsonl", "--shard", "3/2"], BadRequest),
        ([".", "-o", "out.jsonl", "--devices", "cuda:99"], BadRequest),
        (["one.csv", "-o", "out.jsonl", "--model", "none"], UnknownModel),
    ],
)
def test_wrong_use_is_said(words, error, tmp_path):
    Image.new("RGB", (9, 9)).save("a.png")
    Path("one.csv").write_text("path\na.png\n")
    if error is UnknownModel:
        run("batch", *words, "-q", code=3)  # a list may name other models in other rows
        assert rows("out.jsonl")[0]["code"] == "unknown_model"
    else:
        assert isinstance(CliRunner().invoke(app, ["batch", *words]).exception, error)


def test_the_python_door_gives_rows_in_order_and_lets_go(folder):
    paths = [folder / "3.bmp", folder / "broken.png", folder / "none.png", str(folder / "0.png")]
    before = set(threading.enumerate())
    said = list(alttext_local.describe(paths, language="en", alt_text_length=200))
    assert [row.path.rpartition("/")[2] for row in said] == ["3.bmp", "broken.png", "none.png", "0.png"]
    assert [row.code for row in said] == ["", "unreadable_image", "missing_file", ""]
    assert said[0].answer.alt_text and said[0].request.alt_text_length == 200
    first = alttext_local.describe(path for path in [folder / "0.png"] * 500)
    assert next(first).described
    first.close()
    assert not {one for one in threading.enumerate() if not one.daemon} - before


def test_the_python_door_refuses_what_it_does_not_know():
    with pytest.raises(TypeError, match="colour"):
        alttext_local.describe([], colour="red")
    with pytest.raises(BadRequest):
        next(alttext_local.describe(["a.png"], alt_text_length=3))
    with pytest.raises(AttributeError):
        alttext_local.no_such_name  # noqa: B018
