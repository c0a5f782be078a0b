"""Jobs on PostgreSQL: the ledger, and two workers over one data folder of which one is killed."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine

from alttext_local.assemble_jobs import worker_name
from alttext_local.errors import WorkerIsHere
from alttext_local.jobs.job import ImageResult, Item
from alttext_local.jobs.ledger import Ledger, Order
from alttext_local.settings import load_settings
from alttext_local.store.database import open_server_database
from alttext_local.types import Request
from scripts.chaos.client import BULK, HEADERS, archive
from scripts.chaos.house import House
from scripts.chaos.postgresql import PostgresServer
from scripts.chaos.run import run
from tests.postgresql import postgresql

__all__ = ["postgresql"]
SILENCE = 2.0


@pytest.fixture
def url(postgresql: PostgresServer) -> str:
    return postgresql.new_database()


@pytest.fixture
def server_db(url: str) -> Iterator[Engine]:
    engine = open_server_database(url)
    yield engine
    engine.dispose()


def order(images: int, owner: str = "me") -> Order:
    items = tuple(Item(n, f"{n}.png", f"a/{n}.png", f"a/{n}.png", Request("gpt-4o")) for n in range(images))
    return Order(owner, "a.zip", items, "a@example.org", "http://127.0.0.1:9/x")


def result(number: int, text: str = "A field.") -> ImageResult:
    return ImageResult(number, f"{number}.png", f"a/{number}.png", "well", {"alt_text": text})


def test_a_job_goes_through_the_ledger(server_db: Engine) -> None:
    ledger = Ledger(server_db, shard=2)
    job = ledger.open_job(order(3))
    assert ledger.unspread() == ((job, ((0, 1), (1, 2))),)
    ledger.note_spread(job)
    assert ledger.begin(job, 0) == 1
    ledger.record(job, 0, [result(0), result(1)])
    ledger.record(job, 0, [result(0, "Another.")])
    ledger.shard_done(job, 0)
    assert [item.number for item in ledger.undone(job, 1)] == [2]
    assert ledger.to_finish() == ()
    ledger.record(job, 1, [result(2)])
    ledger.shard_done(job, 1)
    assert ledger.to_finish() == (job,)
    assert ledger.end(job)
    assert not ledger.end(job)
    known = ledger.job(job)
    assert known is not None
    assert (known.state, known.progress.done, dict(known.told)) == (
        "Completed",
        3,
        {"callback": "waiting", "mail": "waiting"},
    )
    assert [dict(each.answer or {}) for each in ledger.each_result(job)] == [{"alt_text": "A field."}] * 3
    assert ledger.forget(job)
    assert ledger.jobs() == ()


def test_a_cancelled_job_takes_no_more_results_once_it_has_ended(server_db: Engine) -> None:
    ledger = Ledger(server_db)
    job = ledger.open_job(order(3))
    ledger.record(job, 0, [result(0)])
    assert ledger.cancel(job)
    ledger.record(job, 0, [result(1)])
    assert ledger.end(job)
    ledger.record(job, 0, [result(2)])
    assert [each.number for each in ledger.results(job)] == [0, 1]


def test_of_writers_at_once_each_image_keeps_one_result(server_db: Engine) -> None:
    ledger = Ledger(server_db)
    job = ledger.open_job(order(20))

    def write(who: str) -> None:
        for number in range(20):
            ledger.record(job, 0, [result(number, who)])

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.results(job)) == 20


def test_one_worker_of_a_name(tmp_path: Path) -> None:
    one, two = (load_settings(data_dir=tmp_path, worker_name=name) for name in ("one", "two"))
    with worker_name(one) as first, worker_name(two) as second:
        assert (first, second) == ("one", "two")
        with pytest.raises(WorkerIsHere), worker_name(one):
            pass


def test_what_a_dead_worker_had_in_hand_is_taken_over(url: str, tmp_path: Path) -> None:
    house = House(tmp_path, 1, {"ALTTEXT_DATABASE_URL": url, "ALTTEXT_WORKER_SILENCE": str(SILENCE)}, ("one", "two"))
    server, one = house.start("server"), house.start("worker", "one", "shard-begun")
    house.ready()
    data, _ = archive(random.Random(3))
    answer = requests.post(house.url + BULK, headers=HEADERS, files={"file": ("a.zip", data)}, timeout=60)
    job = answer.json()["job_id"]
    assert one.wait(90)  # dead with the shard in hand, and never seen again
    two = house.start("worker", "two")
    began = time.monotonic()
    status = {}
    while time.monotonic() - began < 110:
        status = requests.get(f"{house.url}{BULK}status/{job}", headers=HEADERS, timeout=60).json()
        if status["result"]:
            break
        time.sleep(0.2)
    for child in (server, two):
        child.signal(signal.SIGTERM)
        assert child.wait(60)
        child.close()
    house.close()
    assert status["status"] == "Completed", status
    assert status["progress"]["done"] == status["progress"]["total"] > 0
    assert "work taken over" in two.log.read_text()


def test_kills_with_two_workers_lose_nothing(url: str, tmp_path: Path) -> None:
    came = run(tmp_path, kills=8, seconds=300, seed=9, database=url)
    assert came["kills"] >= 8, came
    assert came["acknowledged"] > 0
    assert came["clean"], came
