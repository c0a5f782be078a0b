"""A process that writes is killed with SIGKILL at each of its steps: the image is whole each time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from alttext_local.metadata.exiftool import CONFIG, find_exiftool

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def kills(path: Path, *variant: str) -> dict:
    """What came of a writer that was killed at one step after the other."""
    script = Path(__file__).with_name("killed_write.py")
    words = [sys.executable, str(script), str(path), *variant]
    said = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.webp"])
def test_a_kill_at_any_step_leaves_the_image_whole(draw, writer, said, name):
    image = draw(name, size=(500, 350))
    seen = kills(image.path)
    assert seen["broken"] == []
    assert seen["killed"] >= seen["unfinished"] >= 8
    assert seen["half"] in seen["halves"]
    writer.write(image.path, said)
    assert image.is_as_before()
    assert [file.name for file in image.path.parent.iterdir()] == [name]


def test_the_same_kills_catch_a_writer_that_copies_over_the_original(draw):
    assert kills(draw("a.tif", size=(500, 350)).path, "in-place")["broken"]


def test_exiftool_does_not_outlive_a_killed_process(draw):
    image = draw("a.png")
    script = Path(__file__).with_name("writes_for_ever.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(image.path)],
        env=ENVIRONMENT,
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


def test_exiftool_ends_where_its_parent_died_before_it_could_look(tmp_path):
    """Whose death is its own is told to it: asked later, the system would name whoever adopted it."""
    program, gone = find_exiftool(), {**os.environ, "ALTTEXT_PARENT": str(2**30)}
    words = [str(program), "-config", str(CONFIG), "-stay_open", "True", "-@", "-"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, env=gone, cwd=tmp_path) as process:
        assert process.wait(120) == 0
