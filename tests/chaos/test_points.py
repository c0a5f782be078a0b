"""Death at each named point of a job's way: who comes next finds a job that is whole, or none."""

from __future__ import annotations

import json
import os
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from alttext_local.assemble_jobs import assembled_desk
from alttext_local.jobs.files import key_of
from alttext_local.jobs.points import NAMES, SERVER, TIDYING, VARIABLE
from alttext_local.settings import load_settings
from scripts.chaos.client import Receiver
from scripts.chaos.nursery import Nursery
from tests.chaos.walk import IMAGES

SECONDS = 60


def walk(nursery: Nursery, folder: Path, told: Receiver, die_at: str = "", *words: str) -> str:
    """What a walker said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALTTEXT_")}
    own = {"ALTTEXT_DATA_DIR": str(folder), "ALTTEXT_CALLBACK_HOSTS": "127.0.0.1", VARIABLE: die_at}
    log = folder / f"log-{die_at or 'none'}"
    child = nursery.start("tests.chaos.walk", [told.url, *words], kept | own, log)
    assert child.wait(SECONDS)
    child.close()
    return log.read_text()


def finish_off(nursery: Nursery, folder: Path, told: Receiver) -> str:
    """A walker that nobody kills. A callback that was answered with 500 is due again in five seconds: two at most."""
    return walk(nursery, folder, told)


@pytest.mark.parametrize("point", [name for name in NAMES if name not in TIDYING])
def test_after_death_at(point: str, nursery: Nursery, told: Receiver, tmp_path: Path) -> None:
    said = walk(nursery, tmp_path, told, point)
    assert f"died at {point}" in said
    assert "walked" not in said
    assert ("acknowledged" in said) is (point not in SERVER)
    assert "walked" in finish_off(nursery, tmp_path, told)
    with assembled_desk(load_settings(data_dir=tmp_path)) as desk:
        (job,) = desk.ledger.jobs()
        assert (job.state, job.over, job.progress.done, job.progress.failed) == ("Completed", True, IMAGES, 0)
        assert job.told == {"callback": "delivered"}
        desk.sweep(timedelta(0))
        left = {path.name for path in (tmp_path / "files").iterdir()}
        assert left == {key_of(job.id, "input"), key_of(job.id, "output")}
        with zipfile.ZipFile(tmp_path / "files" / key_of(job.id, "output")) as output:
            refs = [image["file_ref"] for image in json.loads(output.read("results.json"))["images"]]
    assert refs == [f"{number}.png" for number in range(IMAGES)]
    assert told.ids == {job.id: {f"msg_{job.id}"}}
    assert len(set(told.bodies[job.id])) == 1


@pytest.mark.parametrize("point", TIDYING)
def test_what_was_half_erased_is_erased(point: str, nursery: Nursery, told: Receiver, tmp_path: Path) -> None:
    said = walk(nursery, tmp_path, told, point, "purge")
    assert f"died at {point}" in said
    with assembled_desk(load_settings(data_dir=tmp_path)) as desk:
        assert len(desk.ledger.jobs()) == 1
        desk.purge(0, 0)
        assert desk.ledger.jobs() == ()
    assert list((tmp_path / "files").iterdir()) == []


def test_a_point_is_died_at_the_time_that_was_named(nursery: Nursery, told: Receiver, tmp_path: Path) -> None:
    said = walk(nursery, tmp_path, told, "result-kept:2")
    assert "walked" in said  # five images are kept at once
    assert "died at" not in said
