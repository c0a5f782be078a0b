"""Two processes and one lock: people before jobs."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from alttext_local.jobs.precedence import Precedence

ROOT = Path(__file__).resolve().parents[2]
SERVER = """
import sys
from pathlib import Path
from alttext_local.jobs.precedence import Precedence
side = Precedence(Path(sys.argv[1]))
with side.somebody_waits():
    print("held", flush=True)
    sys.stdin.readline()
print("free", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def lock(tmp_path):
    return tmp_path / "data" / "people.lock"


@pytest.fixture
def worker(lock):
    side = Precedence(lock)
    yield side
    side.close()


@contextmanager
def server(lock):
    """A server process in which somebody waits, until it is sent a line."""
    words = [sys.executable, "-c", SERVER, str(lock)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_with_nobody_there_is_nothing_to_wait_for(worker):
    began = time.monotonic()
    assert worker.wait() is True
    assert time.monotonic() - began < 5


def test_a_worker_waits_while_somebody_waits_in_another_process(worker, lock):
    with server(lock) as process:
        assert worker.wait(0.1) is False
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "free\n"
        assert worker.wait(0.1) is True


def test_a_server_that_is_killed_keeps_nobody_waiting(worker, lock):
    with server(lock) as process:
        process.kill()
        process.wait()
        assert worker.wait(30) is True


def test_the_worker_goes_on_as_soon_as_the_last_has_his_answer(worker, lock):
    side, went_on = Precedence(lock), threading.Event()
    with side.somebody_waits():
        with side.somebody_waits():
            threading.Thread(target=lambda: worker.wait(60) and went_on.set()).start()
        assert not went_on.wait(0.2)
    assert went_on.wait(30)
    side.close()


def test_people_are_not_kept_waiting_by_workers_that_look(lock):
    """Many threads look all the time; whoever comes has the lock at once, or goes on without it."""
    stop = threading.Event()
    workers = [Precedence(lock) for _ in range(2)]

    def look(side):
        while not stop.is_set():
            side.wait(0.01)

    threads = [threading.Thread(target=look, args=(side,)) for side in workers]
    for thread in threads:
        thread.start()
    side = Precedence(lock)
    began = time.monotonic()
    for _ in range(200):
        with side.somebody_waits():
            pass
    stop.set()
    for thread in threads:
        thread.join(30)
    assert time.monotonic() - began < 20
    for one in (side, *workers):
        one.close()


def test_the_file_is_its_owners_alone(worker, lock):
    assert lock.stat().st_mode & 0o077 == 0
    assert lock.parent.stat().st_mode & 0o077 == 0
