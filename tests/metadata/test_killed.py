"""A process that writes is killed with SIGKILL, again and again: the image is whole each time."""

import contextlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.metadata import packets

KILLS = int(os.environ.get("ALTTEXT_TEST_KILLS", "6"))
ROOT = Path(__file__).resolve().parents[2]


def killed_after(seconds: float, path: Path, *variant: str) -> None:
    """Start a writer, let it write for a while, kill it and its exiftool."""
    script = Path(__file__).with_name("writes_for_ever.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(path), *variant],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    time.sleep(seconds)
    children = psutil.Process(process.pid).children()
    for victim in (process, *children):
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
    process.wait()
    process.stdout.close()


def is_whole(path: Path, pixels: np.ndarray) -> bool:
    try:
        with Image.open(path) as image:
            return np.array_equal(np.asarray(image), pixels) and "en" in packets.alternatives(
                path, "AltTextAccessibility"
            )
    except (OSError, SyntaxError, ValueError):
        return False


@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.webp"])
def test_a_kill_at_any_moment_leaves_the_image_whole(draw, writer, said, name):
    image, dice, unfinished = draw(name, size=(1000, 700)), random.Random(5), 0
    for _ in range(KILLS):
        killed_after(dice.uniform(0, 0.06), image.path)
        assert is_whole(image.path, image.pixels)
        unfinished += len(list(image.path.parent.glob(".alttext-*")))
    assert unfinished > 0, "no kill fell into the writing"
    writer.write(image.path, said)
    assert [file.name for file in image.path.parent.iterdir()] == [name]


def test_the_same_kills_catch_a_writer_that_copies_over_the_original(draw, tmp_path):
    image, dice = draw("a.tif", size=(6000, 4000)), random.Random(5)
    original = image.path.read_bytes()
    for _ in range(60):
        killed_after(dice.uniform(0, 0.4), image.path, "in-place")
        if not is_whole(image.path, image.pixels):
            return
        image.path.write_bytes(original)
    raise AssertionError("the kills find nothing")


def test_exiftool_does_not_outlive_a_killed_process(draw):
    image = draw("a.png")
    script = Path(__file__).with_name("writes_for_ever.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(image.path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    (exiftool,) = psutil.Process(process.pid).children()
    folder = Path(exiftool.cwd())
    assert folder.is_dir()
    process.kill()
    process.wait()
    process.stdout.close()
    exiftool.wait(20)
    assert not exiftool.is_running()
    assert not folder.exists()
