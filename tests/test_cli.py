"""The command line, called as a shell calls it but in this process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from alttext_local.cli import app

MODELS = Path(__file__).resolve().parents[1] / "models"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALTTEXT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ALTTEXT_MODELS_DIR", str(MODELS))
    monkeypatch.delenv("ALTTEXT_TOKENS", raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(words), input=stdin)

    return call


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["serve"],
        ["describe"],
        ["lint"],
        ["models"],
        ["models", "check"],
        ["token"],
        ["token", "create"],
        ["zip"],
        ["zip", "check"],
        ["doctor"],
    ],
)
def test_every_command_has_help(run, words: list[str]) -> None:
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_lint_names_the_broken_rules_and_exits_with_1(run) -> None:
    result = run("lint", "Image of a dog")
    assert result.exit_code == 1
    assert "A04" in result.output


def test_lint_passes_a_good_text(run) -> None:
    result = run("lint", "A brown dog runs along a beach at low tide.")
    assert result.exit_code == 0, result.output
    assert "No rule is broken" in result.output


def test_lint_reads_files_and_standard_input(run, tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("A brown dog runs along a beach.\nuntitled\n", encoding="utf-8")
    from_file = run("lint", "--json", str(texts))
    from_stdin = run("lint", "--json", "-", stdin="untitled\n")
    assert {json.loads(line)["rule"] for line in from_file.stdout.splitlines()} >= {"A02"}
    assert "A02" in from_stdin.stdout


def test_a_token_is_made_listed_and_revoked(run) -> None:
    token = run("token", "create", "press office").stdout.strip()
    listed = run("token", "list").stdout
    assert len(token) >= 43
    assert token not in listed
    assert "press office" in listed
    assert f"…{token[-4:]}" in listed
    token_id = next(cell for cell in listed.replace("│", "|").split("|") if cell.strip().isalnum()).strip()
    assert run("token", "revoke", token_id).exit_code == 0


def test_revoking_an_unknown_token_is_an_error_that_says_so(run) -> None:
    result = run("token", "revoke", "nobody")
    assert result.exit_code != 0
    assert "no token" in str(result.exception)


def test_doctor_prints_what_is_here_and_every_limit(run) -> None:
    report = json.loads(run("doctor", "--json").stdout)
    found = {check["name"]: check for check in report["checks"]}
    assert found["Tesseract"]["state"] == "ok"
    assert found["Model gpt-4o"]["found"] == "alttext-mini-llava"
    assert report["settings"]["max_upload"] == str(20 * 1024 * 1024)
    assert report["ok"] is True


def test_doctor_says_what_is_missing(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ALTTEXT_MODELS_DIR", str(tmp_path))
    result = run("doctor")
    assert result.exit_code == 69
    assert "ALTTEXT_MODELS_DIR" in result.output


def test_secrets_are_not_printed(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALTTEXT_TOKENS", "hush-hush,quiet")
    output = run("doctor").output
    assert "hush-hush" not in output
    assert "2 set" in output
