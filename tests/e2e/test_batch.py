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
import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw

from tests.e2e.conftest import command, environment

IMAGES, KILLS = 60, 3
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


def journal_has(run: Path, least: int) -> bool:
    """Whether so much was written down; the file grows with it."""
    return sum(one.stat().st_size for one in run.glob("journal.sqlite*")) > least


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
    dice, words = random.Random(11), (str(folder), "-o", "out.jsonl")
    sizes = 0
    for _ in range(KILLS):
        process = started(home, tmp_path, *words)
        while process.poll() is None and not journal_has(tmp_path / "out.jsonl.run", sizes + 5_000):
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        sizes = sum(one.stat().st_size for one in (tmp_path / "out.jsonl.run").glob("journal.sqlite*"))
    assert not (tmp_path / "out.jsonl").exists() or len(rows(tmp_path / "out.jsonl")) == IMAGES
    told = batch(home, tmp_path, *words, "--progress", "json", code=3)
    assert json.loads(told.splitlines()[-1])["described_now"] < IMAGES - 3
    assert rows(tmp_path / "out.jsonl") == rows(unbroken[0] / "out.jsonl")


def test_ctrl_c_finishes_what_is_in_hand_and_the_rest_follows(
    unbroken: tuple[Path, list[Any]], home: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    words = (str(folder), "-o", "out.jsonl")
    small = {**home, "ALTTEXT_BATCH": "2"}
    process = subprocess.Popen(
        command("batch", *words), env=small, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    while process.poll() is None and not journal_has(tmp_path / "out.jsonl.run", 30_000):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process
    told, warned = process.communicate(timeout=120)
    assert process.returncode in (130, 3), warned
    part = rows(tmp_path / "out.jsonl")
    whole = {row["path"]: row for row in rows(unbroken[0] / "out.jsonl")}
    assert part and all(row == whole[row["path"]] for row in part)  # no decoder or OCR was hit
    assert "Stopping" in warned
    batch(small, tmp_path, *words, "--quiet", code=3)
    assert rows(tmp_path / "out.jsonl") == list(whole.values())


def test_a_list_a_zip_and_paths_on_standard_input(
    unbroken: tuple[Path, list[Any]], home: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    (folder / "list.csv").write_text("path,shelf,alt_text_length\n000.png,A 1,200\nnone.png,B 2,\n", encoding="utf-8")
    batch(home, tmp_path, str(folder / "list.csv"), "-o", "list.jsonl", "--quiet", code=3)
    (folder / "list.csv").unlink()
    one, two = rows(tmp_path / "list.jsonl")
    assert (one["columns"], one["request"]["alt_text_length"], one["status"]) == ({"shelf": "A 1"}, 200, "described")
    assert (two["code"], two["columns"]) == ("missing_file", {"shelf": "B 2"})
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.write(folder / "000.png", "in/000.png")
    assert batch(home, tmp_path, "some.zip", "-o", "zip.jsonl", "--quiet") == ""
    batch(home, tmp_path, "-", "-o", "stdin.jsonl", "-q", input=f"{folder / '000.png'}\n")
    texts = {rows(tmp_path / name)[0]["alt_text"] for name in ("zip.jsonl", "stdin.jsonl")}
    assert texts == {rows(unbroken[0] / "out.jsonl")[0]["alt_text"]}


def test_shards_merged_are_one_run(
    unbroken: tuple[Path, list[Any]], home: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    for number in ("1", "2"):
        array = {**home, "SLURM_ARRAY_TASK_ID": number}
        batch(array, tmp_path, str(folder), "-o", "out.jsonl", "--shard", "slurm/2", "--quiet", code=3)
    parts = ["out.1-of-2.jsonl", "out.2-of-2.jsonl"]
    for words, code in ((parts, 0), (parts[:1], 3)):
        done = subprocess.run(
            command("merge", *words, "-o", "all.jsonl", "--json"), env=home, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == code, done.stderr
        if code == 0:
            assert rows(tmp_path / "all.jsonl") == rows(unbroken[0] / "out.jsonl")
    assert json.loads(done.stdout)["missing"] == ["2 of 2"]


def test_a_dry_run_says_what_would_come(home: dict[str, str], folder: Path, tmp_path: Path) -> None:
    told = batch(home, tmp_path, str(folder), "-o", "out.jsonl", "--dry-run", "--progress", "json", code=3)
    said = json.loads(told)
    assert (said["images"], said["unreadable"]) == (
        IMAGES,
        {"unreadable_image": 1, "unsupported_format": 1, "bad_request": 1},
    )
    assert said["formats"]["PNG"] > 10
    assert said["per_second"] > 0 and said["seconds"] > 0
    assert list(tmp_path.iterdir()) == []
