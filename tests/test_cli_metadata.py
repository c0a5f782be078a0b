"""`alttext-local metadata` as its users start it."""

import json
import os
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from alttext_local.cli import app
from alttext_local.metadata.text import Text
from alttext_local.metadata.writer import Writer

SAID = Text("A [red] kite.", "Long\nwords.", "de", "mini", "abc", "0.1.0", "p7", "2026-11-23T09:00:00Z")
cli = CliRunner()


@pytest.fixture
def image(tmp_path) -> Path:
    path = tmp_path / "-odd\n.png"
    Image.new("RGB", (8, 8), "red").save(path)
    with Writer() as writer:
        writer.write(path, SAID)
    return path


def test_the_table_tells_texts_languages_and_who(image):
    told = cli.invoke(app, ["metadata", "show", str(image)])
    assert told.exit_code == 0
    for word in ("A [red] kite.", "de", "any", "a machine, not reviewed: mini abc"):
        assert word in told.output


def test_json_is_a_line_a_file(image, tmp_path):
    bare = tmp_path / os.fsdecode(b"caf\xe9.bmp")
    Image.new("RGB", (8, 8)).save(bare, "BMP")
    told = cli.invoke(app, ["metadata", "show", "--json", str(image), str(bare), str(tmp_path / "none.png")])
    assert told.exit_code == 3
    first, second, third = (json.loads(line) for line in told.output.splitlines())
    assert first["found"][0]["whose"] == "machine"
    assert first["found"][0]["alt_text"] == {"x-default": "A [red] kite.", "de": "A [red] kite."}
    assert first["found"][0]["mark"]["model"] == "mini"
    assert second["found"] == []
    assert third["error"] == "metadata_failed"
