"""Texts of a run in its files: whoever is killed, whenever."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from PIL import Image

from alttext_local.batch.outputs import read_output
from alttext_local.batch.row import Writing
from alttext_local.batch.run import Plan, carry_out
from alttext_local.batch.scribe import PERSONS, Way, hash_of
from alttext_local.batch.sources import Folder
from alttext_local.batch.tally import Tally
from alttext_local.metadata.text import Text
from alttext_local.metadata.writer import READ_ONLY, Writer
from alttext_local.types import Request
from tests.batch.houses import REQUEST, Echo, an_answer

ROOT = Path(__file__).resolve().parents[2]
IMAGES = 24


class Painter(Echo):
    """Says which content it saw."""

    def answer(self, data, request):
        return an_answer(f"Bytes {self.key('', request)[:6]} {hash(data)}")


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(4):
        Image.new("RGB", (40, 30), (10 * number, 90, 200)).save(folder / f"{number}.{('png', 'jpg')[number % 2]}")
    return folder


@pytest.fixture
def start(tmp_path, pictures):
    def begin(house=None, way=None, request=REQUEST, **plan):
        begin.tally = Tally()
        made = Plan(Folder(pictures, request), [tmp_path / "out.jsonl"], way=way or Way("image"), **plan)
        begin.outcome = carry_out(made, house or Painter(), begin.tally, lambda: False)
        return {row.path: row for row in read_output(tmp_path / "out.jsonl")}

    return begin


def texts(folder):
    with Writer() as writer:
        return {
            path.name: {one.where.suffix: one.entries.alt.get("x-default") for one in writer.read(path) if one.entries}
            for path in folder.iterdir()
            if path.suffix in (".png", ".jpg")
        }


def test_texts_go_into_the_images_and_the_next_start_describes_nothing_and_says_the_same(start, pictures):
    rows = start()
    assert {name: list(said.values()) for name, said in texts(pictures).items()} == {
        path: [row.answer.alt_text] for path, row in rows.items()
    }
    assert {row.metadata for row in rows.values()} == {Writing("written")}
    assert start.outcome.summary.written == start.tally.written == 4
    house, before = Painter(), {path: path.stat().st_mtime_ns for path in pictures.iterdir()}
    assert start(house) == rows
    assert not house.asked and start.tally.written == 4
    assert {path: path.stat().st_mtime_ns for path in pictures.iterdir()} == before


def test_a_moved_file_with_our_text_is_known(start, pictures):
    rows = start()
    (pictures / "1.jpg").rename(pictures / "moved.jpg")
    house = Painter()
    assert start(house)["moved.jpg"].answer.alt_text == rows["1.jpg"].answer.alt_text
    assert not house.asked


def test_other_settings_write_another_text_over_ours(start, pictures):
    start()
    rows = start(request=Request("gpt-4o", alt_text_length=200))
    assert texts(pictures)["2.png"] == {".png": rows["2.png"].answer.alt_text}


def test_an_image_that_was_brought_back_gets_its_text_again_and_is_not_described_again(start, pictures):
    before = (pictures / "1.jpg").read_bytes()
    rows = start()
    (pictures / "1.jpg").write_bytes(before)
    house = Painter()
    assert start(house) == rows
    assert not house.asked
    assert texts(pictures)["1.jpg"] == {".jpg": rows["1.jpg"].answer.alt_text}


def test_a_persons_text_stays_and_is_told_unless_it_may_go(start, pictures):
    said = Text("A person's words.", "", "en", "", "", "", "", "", review="reviewed")
    with Writer() as writer:
        writer.write(pictures / "1.jpg", said)
    rows = start()
    assert rows["1.jpg"].metadata == Writing("kept", PERSONS)
    assert texts(pictures)["1.jpg"] == {".jpg": "A person's words."}
    assert start.outcome.summary.unwritten[PERSONS].examples == ["1.jpg"]
    rows = start(way=Way("image", overwrite=True))
    assert rows["1.jpg"].metadata == Writing("written")
    assert texts(pictures)["1.jpg"] == {".jpg": rows["1.jpg"].answer.alt_text}


def test_sidecars_leave_the_images_alone_and_are_no_images_of_the_next_start(start, pictures):
    before = {path: path.read_bytes() for path in pictures.iterdir()}
    rows = start(way=Way("sidecar"))
    assert {row.metadata.outcome for row in rows.values()} == {"sidecar"}
    assert all(path.read_bytes() == data for path, data in before.items())
    assert texts(pictures)["3.jpg"] == {".xmp": rows["3.jpg"].answer.alt_text}
    house = Painter()
    assert start(house, way=Way("sidecar")) == rows
    assert not house.asked


def test_a_read_only_image_gets_a_sidecar_and_its_row_says_why(start, pictures):
    (pictures / "0.png").chmod(0o444)
    assert start()["0.png"].metadata == Writing("sidecar", READ_ONLY)


def test_what_cannot_be_written_is_a_row_that_says_why_and_is_tried_again(start, pictures):
    (pictures / "0.png.xmp").mkdir()
    row = start(way=Way("sidecar"))["0.png"]
    assert row.described and row.metadata.outcome == "failed" and row.metadata.why
    (pictures / "0.png.xmp").rmdir()
    assert start(way=Way("sidecar"))["0.png"].metadata.outcome == "sidecar"


def test_copies_and_links_have_the_text_too(start, pictures):
    (pictures / "copy.png").write_bytes((pictures / "0.png").read_bytes())
    (pictures / "link.png").symlink_to("2.png")
    house = Painter()
    rows = start(house)
    assert {row.metadata for row in rows.values()} == {Writing("written")}
    assert (pictures / "link.png").is_symlink()
    assert len({row.answer.alt_text for row in rows.values()}) == 4
    again = Painter()
    assert start(again) == rows
    assert not again.asked


RUN = """
import hashlib, sys, threading
from pathlib import Path
from alttext_local.batch.run import Plan, carry_out
from alttext_local.batch.runner import Rhythm
from alttext_local.batch.scribe import Way
from alttext_local.batch.sources import Folder
from alttext_local.batch.tally import Tally
from tests.batch.houses import REQUEST, Echo, an_answer

class Numbered(Echo):
    def answer(self, data, request):
        sys.stdin.readline() == "go\\n" or threading.Event().wait()
        with open(sys.argv[3], "a") as told:
            told.write(hashlib.sha256(data).hexdigest() + "\\n")
        print("described\\n", end="", flush=True)
        return an_answer("The very same text.")
plan = Plan(Folder(Path(sys.argv[1]), REQUEST), [Path(sys.argv[2])], way=Way("image"), rhythm=Rhythm(window=2))
carry_out(plan, Numbered(), Tally(), lambda: False)
print("ended", flush=True)
"""


def started(folder, out, told, allowed):
    """A run that describes as many images as it is allowed to, and then waits for ever."""
    words = [sys.executable, "-c", RUN, str(folder), str(out), str(told)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write("go\n" * allowed)
    process.stdin.flush()
    return process


def test_killed_again_and_again_every_file_has_its_text_once_and_none_is_described_for_its_own_text(tmp_path):
    folder, out, told = tmp_path / "many", tmp_path / "out.jsonl", tmp_path / "told"
    folder.mkdir()
    told.touch()
    for number in range(IMAGES):
        Image.new("RGB", (40, 30), (10 * number, 90, 200)).save(folder / f"{number:02d}.{('png', 'jpg')[number % 2]}")
    originals = {hash_of(path) for path in folder.iterdir()}
    for allowed in (1, 2, 3, 4, 5, 6):  # fewer than there are: no run comes to its end
        process = started(folder, out, told, allowed)
        for _ in range(allowed):
            assert process.stdout.readline() == "described\n"
        for victim in (*psutil.Process(process.pid).children(), process):
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    last = started(folder, out, told, IMAGES)
    assert "ended" in last.communicate(timeout=300)[0]
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) == IMAGES
    assert {row["metadata"]["outcome"] for row in rows} == {"written"}
    assert {tuple(said.values()) for said in texts(folder).values()} == {("The very same text.",)}
    assert not list(folder.glob(".alttext-*"))
    described = told.read_text().splitlines()
    assert set(described) == originals
    assert "ended" in started(folder, out, told, 0).communicate(timeout=300)[0]
    assert told.read_text().splitlines() == described
