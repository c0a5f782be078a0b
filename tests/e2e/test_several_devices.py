"""A server on two devices: the same texts as on one, a process that is killed is replaced, and none stays behind."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import requests

from tests.e2e.conftest import TOKEN, Server
from tests.e2e.test_server import ask

SOON = 60
SAMPLES = ("chart.png", "page.png", "screenshot.png", "photo.jpg")


@pytest.fixture
def server_on_two(tmp_path: Path) -> Iterator[Server]:
    more = {"ALTTEXT_TOKENS": TOKEN, "ALTTEXT_DEVICE": "cpu,cpu", "ALTTEXT_WORKER": "none", "ALTTEXT_BATCH": "2"}
    running = Server(tmp_path, {**more, "ALTTEXT_PRELOAD": "gpt-4o"})
    running.start()
    yield running
    assert running.process is not None
    running.process.kill()
    running.process.wait(SOON)


def model_processes(server: Server) -> list[psutil.Process]:
    assert server.process is not None
    children = psutil.Process(server.process.pid).children(recursive=True)
    return [one for one in children if one.is_running() and "alttext_local.engine.serving" in one.cmdline()]


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def health(server: Server) -> tuple[int, str]:
    answer = requests.get(f"{server.url}/health/ready", timeout=10)
    return answer.status_code, answer.json()["message"]


def cpu_seconds(process: psutil.Process) -> float:
    return process.cpu_times().user + process.cpu_times().system


def test_two_devices_say_what_one_says_and_survive_a_kill(
    server: Server, server_on_two: Server, pictures: Path
) -> None:
    two = model_processes(server_on_two)
    assert len(two) == 2
    idle = {one.pid: cpu_seconds(one) for one in two}

    def post(number: int) -> requests.Response:
        return ask(server_on_two, pictures / SAMPLES[number % 4], context=f"Number {number}")

    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(post, range(16)))
        assert {answer.status_code for answer in answers} == {200}
        for name, answer in zip(SAMPLES, answers[:4], strict=True):
            alone = ask(server, pictures / name).json()
            assert [answer.json()[key] for key in ("alt_text", "classification", "keywords")] == [
                alone[key] for key in ("alt_text", "classification", "keywords")
            ]
        assert all(cpu_seconds(one) > idle[one.pid] for one in two)

        futures = [callers.submit(post, 100 + number) for number in range(24)]
        until(lambda: any(future.done() for future in futures))
        two[0].send_signal(signal.SIGKILL)
        assert {future.result(SOON).status_code for future in futures} <= {200, 503}
        assert sum(future.result().status_code == 200 for future in futures) >= 20
    until(lambda: health(server_on_two) == (200, "Ready"))
    newer = model_processes(server_on_two)
    assert len(newer) == 2
    assert two[0].pid not in {one.pid for one in newer}
    assert post(200).status_code == 200

    assert server_on_two.process is not None
    server_on_two.process.send_signal(signal.SIGKILL)
    _, left = psutil.wait_procs(newer, SOON)
    assert all(one.status() == psutil.STATUS_ZOMBIE for one in left)
