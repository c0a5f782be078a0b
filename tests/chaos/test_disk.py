"""A disk that is full or read-only: what cannot be kept is refused, and work goes on when there is room again."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from alttext_local.assemble_jobs import assembled_desk
from alttext_local.settings import load_settings
from scripts.chaos.client import BULK, HEADERS, archive
from scripts.chaos.house import House
from scripts.chaos.nursery import ROOT, Child

SIZE = "24m"
SECONDS = 90


def mount(*words: str | Path) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house whose data folder is a small disk of its own."""
    data = tmp_path / "data"
    data.mkdir()
    try:
        mount("-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", data)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small disk cannot be mounted here: that needs root and a system that allows it")
    made = House(tmp_path, 1, {"ALTTEXT_DISK_FLOOR": "0"})
    yield made
    made.close()
    subprocess.run(["umount", "--lazy", data], check=True)


def send(house: House) -> requests.Response:
    data, _ = archive(random.Random())
    return requests.post(house.url + BULK, headers=HEADERS, files={"file": ("a.zip", data)}, timeout=60)


def describe(house: House) -> requests.Response:
    picture = (ROOT / "docs" / "samples" / "chart.png").read_bytes()
    fields, files = {"selected_model": "gpt-4o"}, {"file": ("chart.png", picture)}
    return requests.post(f"{house.url}/cl/alttext/api/v2/", headers=HEADERS, data=fields, files=files, timeout=60)


def status(house: House, job: str) -> dict[str, object]:
    found: dict[str, object] = requests.get(f"{house.url}{BULK}status/{job}", headers=HEADERS, timeout=60).json()
    return found


def wait_until_ended(house: House, job: str) -> None:
    until = time.monotonic() + SECONDS
    while (found := status(house, job))["result"] is None:
        assert time.monotonic() < until, found
        time.sleep(0.2)
    assert found["status"] == "Completed"
    assert found["result"]["success_count"] == found["result"]["total_images"]  # type: ignore[index]


def stop(*children: Child) -> None:
    for child in children:
        child.signal(signal.SIGTERM)
        assert child.wait(60)
        child.close()


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as ballast:
        for piece in (65_536, 512, 1):
            try:
                while True:
                    ballast.write(bytes(piece))
            except OSError:
                continue


def assert_nothing_half_there(house: House, acknowledged: set[str]) -> None:
    settings = load_settings(data_dir=house.folder / "data")
    with assembled_desk(settings) as desk:
        jobs = desk.ledger.jobs()
        assert {job.id for job in jobs} == acknowledged
        assert all(job.state == "Completed" and job.progress.failed == 0 for job in jobs)
        desk.sweep(timedelta(0))
        assert len(list((house.folder / "data" / "files").iterdir())) == 2 * len(jobs)


def test_a_full_disk_is_waited_for(house: House) -> None:
    server, worker = house.start("server"), house.start("worker")
    house.ready()
    acknowledged = set()
    for _ in range(2):
        first = send(house)
        assert first.status_code == 200, first.text
        acknowledged.add(first.json()["job_id"])
        if len(acknowledged) == 1:
            wait_until_ended(house, first.json()["job_id"])
            worker.signal(signal.SIGSTOP)
    fill(house.folder / "data" / "ballast")
    for _ in range(3):
        refused = send(house)
        assert refused.status_code == 503, refused.text
        assert "Retry-After" in refused.headers
    assert describe(house).status_code == 200  # an image needs no room
    worker.signal(signal.SIGCONT)
    assert not worker.wait(5), worker.log.read_text()[-3000:]
    assert not server.wait(0)
    (house.folder / "data" / "ballast").unlink()
    wait_until_ended(house, first.json()["job_id"])
    again = send(house)
    assert again.status_code == 200, again.text
    acknowledged.add(again.json()["job_id"])
    wait_until_ended(house, again.json()["job_id"])
    stop(worker, server)
    assert_nothing_half_there(house, acknowledged)


def test_a_read_only_disk_is_refused_and_waited_for(house: House) -> None:
    data = house.folder / "data"
    mount("-o", "remount,ro", data)
    server = house.start("server")
    assert server.wait(SECONDS)  # with a sentence, not with a stack trace
    said = server.log.read_text()
    assert "Traceback" not in said, said
    assert "data" in said
    mount("-o", "remount,rw", data)
    files = data / "files"
    files.mkdir(exist_ok=True)
    mount("-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", files)
    try:
        server = house.start("server")
        house.ready()
        first = send(house)
        assert first.status_code == 200, first.text
        mount("-o", "remount,ro", files)
        refused = send(house)
        assert refused.status_code == 503, refused.text
        worker = house.start("worker")
        time.sleep(5)
        assert status(house, first.json()["job_id"])["result"] is None
        mount("-o", "remount,rw", files)
        wait_until_ended(house, first.json()["job_id"])
        stop(worker, server)
        assert_nothing_half_there(house, {first.json()["job_id"]})
    finally:
        subprocess.run(["umount", "--lazy", files], check=True)
