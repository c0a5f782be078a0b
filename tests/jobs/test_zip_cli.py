"""`zip check`, called as a shell calls it but in this process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from alttext_local.cli import app, main
from alttext_local.errors import NoJson, NotAZipName
from tests.jobs import zips
from tests.jobs.zips import File, pack

MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALTTEXT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ALTTEXT_MODELS_DIR", str(MODELS))
    monkeypatch.setenv("COLUMNS", "200")

    def call(data: bytes, *words: str, name: str = "job.zip") -> Result:
        path = tmp_path / name
        path.write_bytes(data)
        return CliRunner().invoke(app, ["zip", "check", str(path), *words])

    return call


def test_what_is_in_it_is_printed(check) -> None:
    value = {"images": [{"name": "b.png", "alt_text_length": 300, "generate_ocr": True, "context": "Figure 2"}]}
    result = check(zips.with_json(value, "[red]a.png", "b.png"))
    assert result.exit_code == 0, result.output
    assert "2 images, settings from config.json; 0 cannot be found." in result.output
    for said in ("[red]a.png", "b.png", "gpt-4o", "300", "125", "ocr", "Figure 2"):
        assert said in result.output


def test_json_has_every_item(check) -> None:
    result = check(zips.with_json([{"name": "a.png", "language": "de"}], "a.png", "x/b.png"), "--json")
    said = json.loads(result.stdout)
    assert (result.exit_code, said["ok"], said["total"], said["failed"]) == (0, True, 2, 0)
    assert [image["entry"] for image in said["images"]] == ["a.png", "x/b.png"]
    assert said["images"][0]["request"]["language"] == "de"


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_missing_image_is_said_and_exits_with_3(check, words: tuple[str, ...]) -> None:
    result = check(zips.with_json([{"name": "lost.png"}]), *words)
    assert result.exit_code == 3
    assert "lost.png" in result.output
    assert "The ZIP has no image file of this name." in result.output


def test_a_refusal_as_json_has_advice_and_exit_code(check) -> None:
    result = check(pack(File("../a.png")), "--json")
    said = json.loads(result.stdout)
    assert (result.exit_code, said["ok"], said["code"]) == (65, False, "bad_archive")
    assert "leads out" in said["message"]
    assert said["advice"]


def test_a_refusal_is_the_error_that_a_server_answers(check) -> None:
    assert isinstance(check(pack(File())).exception, NoJson)
    assert isinstance(check(pack(File()), name="job.rar").exception, NotAZipName)


def test_a_refusal_for_people(check, tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "empty.zip").write_bytes(pack())
    check(pack())  # sets nothing but the folder
    monkeypatch.setattr("sys.argv", ["alttext-local", "zip", "check", str(tmp_path / "empty.zip")])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 65
    assert "No Json File in the ZIP" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_wrong_use(check, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["zip", "check", str(tmp_path / "none.zip")])
    assert result.exit_code == 2
