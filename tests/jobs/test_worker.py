"""The worker with a real ledger and a queue in memory."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from alttext_local.assemble_jobs import job_parts
from alttext_local.jobs.ledger import Ledger, Untold
from alttext_local.jobs.worker import Rhythm, Worker, _delay
from alttext_local.settings import Settings
from tests.jobs.bulk import Honest, House, MemoryQueue, order


class Crew:
    """A worker, its queue and its house."""

    def __init__(self, folder, rhythm=None):
        self.house = House(folder)
        self.ledger = self.house.ledger
        parts = job_parts(Settings(data_dir=folder), self.house.database, ("gpt-4o",))
        self.queue = MemoryQueue()
        self.describer = Honest()
        shards = self.house.shards(self.describer)
        more = (parts.errands, parts.desk, rhythm)
        self.worker = Worker("me", self.ledger, self.queue, shards, *more)

    def begin(self):
        self.queue.start({"shard": self.worker._shards.do, "finish": self.worker._errands.finish, "tell": self.tell})

    def tell(self, job, step, attempts):
        self.worker._errands.tell(job, step, attempts)

    def run_until(self, condition):
        stop = threading.Event()
        thread = threading.Thread(target=self.worker.run, args=(stop.is_set,))
        thread.start()
        until = time.monotonic() + 60
        while not condition() and time.monotonic() < until:
            time.sleep(0.02)
        stop.set()
        thread.join(60)
        assert condition()


@pytest.fixture
def crew(tmp_path):
    made = Crew(tmp_path, Rhythm(look=0.01, look_again=0.2, beat=0.01, silence=60))
    made.begin()
    yield made
    made.house.close()


def test_the_whole_way_of_a_job(crew):
    job = crew.house.store(order(70, user_email="a@example.org"))
    crew.worker.look()
    assert crew.queue.work() == [f"shard:{job}:{n}" for n in range(3)]
    crew.worker.look()
    assert crew.queue.work() == [f"finish:{job}"]
    assert crew.ledger.job(job).state == "Completed"
    crew.worker.look()
    assert crew.queue.work() == [f"tell:{job}:mail:0"]
    assert crew.worker.idle()
    crew.worker.look()
    assert crew.queue.work() == []
    assert len(crew.describer.seen) == 70


def test_nothing_is_put_twice(crew):
    job = crew.house.store(order(40))
    for _ in range(3):
        crew.worker.look()
    assert crew.queue.puts == [f"shard:{job}:0", f"shard:{job}:1"]
    crew.queue.work()
    for _ in range(3):
        crew.worker.look()
    assert crew.queue.puts[2:] == [f"finish:{job}"]


def test_a_cancelled_job_is_finished_and_not_spread(crew):
    job = crew.house.store(order(3))
    crew.ledger.cancel(job)
    crew.worker.look()
    assert list(crew.queue.waiting) == [f"finish:{job}"]
    crew.queue.work()
    assert (crew.ledger.job(job).state, crew.ledger.job(job).over) == ("Cancelled", True)
    assert crew.describer.seen == []


def test_the_small_job_of_a_newcomer_is_done_among_the_first(crew):
    large = crew.house.store(order(100))
    crew.worker.look()
    small = crew.house.store(order(1, "owner-b"))
    crew.worker.look()
    turns = {name: waits[0] for name, waits in crew.queue.waiting.items()}
    assert turns[f"shard:{small}:0"] == turns[f"shard:{large}:0"] < turns[f"shard:{large}:1"]


def test_what_the_queue_has_lost_is_put_again(crew):
    job = crew.house.store(order(3))
    crew.worker.look()
    crew.queue.waiting.clear()
    crew.run_until(lambda: crew.queue.puts.count(f"shard:{job}:0") > 1)


def test_a_callback_that_is_to_be_made_again_is_put_at_once(crew):
    job = crew.house.store(order(1, user_email="a@example.org"))
    for _ in range(3):
        crew.worker.look()
        crew.queue.work()
    assert crew.ledger.untold() == ()
    crew.worker.look()
    crew.ledger.tell_again(job, "mail")
    crew.worker.look()
    assert crew.queue.work() == [f"tell:{job}:mail:0"]


def test_attempts_are_as_far_apart_as_their_schedule_says():
    now = datetime.now(UTC)

    def delay(step, attempts, ended, last):
        return _delay(
            Untold(
                "job",
                step,
                attempts,
                None if last is None else now + timedelta(seconds=last),
                now + timedelta(seconds=ended),
            )
        )

    assert delay("callback", 0, -5, None) == 0
    assert delay("callback", 1, 0, 0) == pytest.approx(5, abs=2)
    assert delay("mail", 1, 0, 0) == pytest.approx(60, abs=2)
    assert delay("callback", 1, -90_000, 0) == pytest.approx(5, abs=2)  # told again a day later: not all at once
    assert delay("callback", 3, -90_000, -10) == pytest.approx(1490, abs=2)


def test_it_is_idle_only_when_nobody_waits_for_anything(crew):
    assert crew.worker.idle()
    job = crew.house.store(order(1, user_email="a@example.org"))
    assert not crew.worker.idle()
    crew.ledger.end(job)
    assert not crew.worker.idle()
    crew.worker._errands.tell(job, "mail", 0)
    assert crew.worker.idle()


def test_the_work_of_a_silent_worker_is_taken_over_and_its_own_is_not(crew):
    long_ago = Ledger(crew.house.database, lambda: time.time() - 120)
    for name in ("dead", "me"):
        long_ago.beat(name)
    crew.ledger.beat("alive")
    crew.run_until(lambda: "dead" in crew.queue.taken)
    assert set(crew.queue.taken) == {"dead"}
    assert "me" not in crew.ledger.silent_workers(60)


def test_old_jobs_are_erased_while_it_runs(tmp_path):
    crew = Crew(tmp_path, Rhythm(look=0.01, tidy=0.01, input_kept=0, results_kept=0))
    job = crew.house.store(order(1))
    crew.ledger.end(job)
    crew.run_until(lambda: crew.ledger.job(job) is None)
    assert [stored.key for stored in crew.house.files.stored()] == []
    crew.house.close()


def test_a_database_that_cannot_be_read_for_a_moment_ends_nothing(crew, tmp_path):
    path = tmp_path / "alttext.sqlite"
    with crew.house.database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE shards RENAME TO aside")
    looked = []
    crew.worker._rhythm = Rhythm(look=0.01)
    stop = threading.Event()
    thread = threading.Thread(target=crew.worker.run, args=(lambda: looked.append(1) or stop.is_set(),))
    thread.start()
    while len(looked) < 4:
        time.sleep(0.01)
    with crew.house.database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE aside RENAME TO shards")
    job = crew.house.store(order(1))
    until = time.monotonic() + 60
    while f"shard:{job}:0" not in crew.queue.puts and time.monotonic() < until:
        time.sleep(0.01)
    stop.set()
    thread.join(60)
    assert f"shard:{job}:0" in crew.queue.puts
    assert path.is_file()
