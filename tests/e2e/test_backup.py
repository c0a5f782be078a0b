"""A house at work is backed up, its data folder is lost, and the backup goes on where it was."""

from __future__ import annotations

import io
import json
import shutil
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.conftest import Server, command, environment
from tests.e2e.test_bulk import V3, packed, picture, wait_for, workers

V2 = "/cl/alttext/api/v2/"
COUNT = 40
"""Images of the job in hand."""


def run(house: Server, *words: str) -> str:
    done = subprocess.run(command(*words), env=environment(house.data_dir), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "data").mkdir()
    running = Server(tmp_path / "data", {"ALTTEXT_PRELOAD": "gpt-4o", "ALTTEXT_WORKER": "beside"})
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()
    for process in workers(running):
        process.kill()


class Client:
    """Somebody with a token."""

    def __init__(self, house: Server, token: str) -> None:
        self.house = house
        self.headers = {"Authorization": f"Bearer {token}"}

    def send(self, first: int, count: int) -> str:
        files = {"file": ("figures.zip", packed(first, count))}
        answer = requests.post(self.house.url + V3, headers=self.headers, files=files, timeout=60)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["job_id"])

    def status(self, job: str) -> dict[str, Any]:
        answer = requests.get(f"{self.house.url}{V3}status/{job}", headers=self.headers, timeout=60)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def ended(self, job: str) -> dict[str, Any]:
        found: dict[str, Any] = wait_for(lambda: (s := self.status(job))["result"] and s, self.house)
        return found

    def describe(self, number: int) -> requests.Response:
        fields, files = {"selected_model": "gpt-4o"}, {"file": ("a.png", picture(number))}
        return requests.post(self.house.url + V2, headers=self.headers, data=fields, files=files, timeout=60)


def outputs(client: Client, job: str) -> list[str]:
    """Which images the output of a job tells of."""
    answer = requests.get(client.ended(job)["result"]["cdn_url"], timeout=60)
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return [image["file_ref"] for image in json.loads(archive.read("results.json"))["images"]]


def expected(first: int, count: int) -> list[str]:
    return [f"Images/{n:03}.png" for n in range(first, first + count)]


def test_a_lost_data_folder_comes_back_and_work_goes_on(house: Server, tmp_path: Path) -> None:
    client = Client(house, (house.data_dir / "first-token").read_text().strip())
    ward = Client(house, run(house, "token", "create", "Ward 3").strip())
    first = ward.describe(7).json()
    done = client.send(100, 2)
    link = client.ended(done)["result"]["cdn_url"]
    in_hand = client.send(200, COUNT)
    waiting = client.send(300, 2)
    wait_for(lambda: client.status(in_hand)["progress"]["done"] >= 1, house)
    (worker,) = workers(house)
    worker.suspend()  # in the midst of it, however quick it is and slow the command

    told = json.loads(run(house, "backup", str(tmp_path / "one.backup"), "--json"))
    assert told["missing"] == []
    assert 1 <= client.status(in_hand)["progress"]["done"] < COUNT

    house.stop(signal.SIGKILL)
    for process in workers(house):
        process.kill()
        process.wait()
    shutil.rmtree(house.data_dir)
    said = run(house, "restore", str(tmp_path / "one.backup"), "--sha256", told["sha256"])
    assert "erase" in said

    house.start()
    assert outputs(client, in_hand) == expected(200, COUNT)
    assert outputs(client, waiting) == expected(300, 2)
    result = client.ended(in_hand)["result"]
    assert (result["success_count"], result["failure_count"]) == (COUNT, 0)
    assert [image["file_ref"] for image in result["images"]] == expected(200, COUNT)
    assert requests.get(link.replace(link.split("/cl/")[0], house.url), timeout=60).status_code == 200
    again = ward.describe(7).json()
    assert again["provenance"]["cached"] is True
    assert again["alt_text"] == first["alt_text"]
    assert Client(house, "x" * 43).describe(7).status_code == 401
