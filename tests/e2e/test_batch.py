"""Batch runs as a user starts them: real processes, the shipped model, files, `kill -9` and Ctrl-C."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw

from tests.e2e.conftest import command, environment

IMAGES, KILLS = 36, 3
BROKEN = ("cut.jpg", "text.png", "empty.gif")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small drawn pictures in all four formats, some of them broken."""
    made, dice = tmp_path_factory.mktemp("pictures"), random.Random(5)
    for number in range(IMAGES - len(BROKEN)):
        image = Image.new("RGB", (64, 48), "white")
        draw = ImageDraw.Draw(image)
        for bar in range(dice.randint(1, 5)):
            draw.rectangle((4 + 11 * bar, dice.randint(2, 40), 12 + 11 * bar, 44), fill=dice.choice(("red", "navy")))
        image.putpixel((number, 0), (number, 9, 9))
        image.save(made / f"{number:03d}.{('png', 'jpg', 'gif', 'bmp')[number % 4]}")
    (made / BROKEN[0]).write_bytes((made / "001.jpg").read_bytes()[:400])
    (made / BROKEN[1]).write_bytes(b"no picture")
    (made / BROKEN[2]).touch()
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return environment(tmp_path_factory.mktemp("home"), ALTTEXT_OCR_ENGINE="pytesseract")


def batch(home: dict[str, str], cwd: Path, *words: str, code: int = 0, **more: Any) -> str:
    """Run to the end; what it printed."""
    done = subprocess.run(
        command("batch", *words), env=home, cwd=cwd, capture_output=True, text=True, timeout=300, **more
    )
    assert done.returncode == code, done.stderr + done.stdout
    return done.stdout


def started(home: dict[str, str], cwd: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("batch", *words), env=home, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def rows(path: Path) -> list[dict[str, Any]]:
    """Without what depends on the time."""
    said = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in said:
        if row["provenance"]:
            row["provenance"].pop("seconds")
    return said


def wait_until_described(process: subprocess.Popen[str], least: int) -> int:
    """Until so many are described, or the run has ended; how many there are then."""
    assert process.stdout is not None
    count = 0
    for line in process.stdout:
        count = json.loads(line).get("described", count)
        if count >= least:
            break
    return count


@pytest.fixture(scope="module")
def unbroken(home: dict[str, str], folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    """A run that nobody disturbed."""
    cwd = tmp_path_factory.mktemp("unbroken")
    told = batch(home, cwd, str(folder), "-o", "out.jsonl", "--also", "out.csv", "--also", "out.parquet", code=3)
    return cwd, [json.loads(line) for line in told.splitlines()]


def test_every_image_has_a_row_and_three_are_failures(unbroken: tuple[Path, list[Any]], folder: Path) -> None:
    cwd, told = unbroken
    said = {row["path"]: row for row in rows(cwd / "out.jsonl")}
    assert sorted(said) == sorted(one.name for one in folder.iterdir())
    assert sorted(path for path, row in said.items() if row["status"] == "failed") == sorted(BROKEN)
    assert all(row["alt_text"] for row in said.values() if row["status"] == "described")
    table = list(csv.DictReader(io.StringIO((cwd / "out.csv").read_text("utf-8-sig"))))
    assert [row["path"] for row in table] == list(said)
    assert pq.read_table(cwd / "out.parquet").column("alt_text").to_pylist() == [r["alt_text"] for r in said.values()]
    assert told[-1]["event"] == "summary"
    assert (told[-1]["described"], told[-1]["failed"], told[-1]["complete"]) == (IMAGES - 3, 3, True)
    assert told[-2]["event"] == "progress" and told[-2]["done"] == IMAGES


def test_killed_again_and_again_it_gives_what_an_undisturbed_run_gives(
    unbroken: tuple[Path, list[Any]], home: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    dice, words = random.Random(11), (str(folder), "-o", "out.jsonl", "--progress", "json", "--every", "0.1")
    kept = 0
    for _ in range(KILLS):
        process = started({**home, "ALTTEXT_BATCH": "4"}, tmp_path, *words)
        kept += wait_until_described(process, dice.randint(5, 12))
        time.sleep(dice.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert kept > KILLS
    assert not (tmp_path / "out.jsonl").exists() or len(rows(tmp_path / "out.jsonl")) == IMAGES
    told = batch(home, tmp_path, *words, code=3)
    assert json.loads(told.splitlines()[-1])["described_now"] < IMAGES - 3  # what was done is not done again
    assert rows(tmp_path / "out.jsonl") == rows(unbroken[0] / "out.jsonl")


def test_ctrl_c_finishes_what_is_in_hand_and_the_rest_follows(
    unbroken: tuple[Path, list[Any]], home: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    words = (str(folder), "-o", "out.jsonl", "--every", "0.1")
    small = {**home, "ALTTEXT_BATCH": "2"}
    process = subprocess.Popen(
        command("batch", *words), env=small, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    wait_until_described(process, 5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process
    _, warned = process.communicate(timeout=120)
    assert process.returncode in (130, 3), warned
    part = rows(tmp_path / "out.jsonl")
    whole = {row["path"]: row for row in rows(unbroken[0] / "out.jsonl")}
    assert part and all(row == whole[row["path"]] for row in part)  # no decoder or OCR was hit
    assert "Stopping" in warned
    batch(small, tmp_path, *words, "--quiet", code=3)
    assert rows(tmp_path / "out.jsonl") == list(whole.values())
