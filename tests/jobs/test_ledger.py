"""The ledger on a real database: what is written down, what is computed, and whose turn it is."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from alttext_local.jobs.job import Item, Progress
from alttext_local.jobs.ledger import CAUTIOUS, Ledger, Order
from alttext_local.store.database import open_database
from alttext_local.store.tables import IMAGE_RESULTS, ITEMS, JOBS, SHARDS, TELLINGS
from tests.jobs.bulk import OTHER, OWNER, Clock, answered, items, order, refused

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    made = open_database(tmp_path_factory.mktemp("ledger") / "alttext.sqlite")
    yield made
    made.dispose()


@pytest.fixture
def db(database):
    with database.begin() as connection:
        connection.execute(delete(JOBS))
    return database


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ledger(db, clock):
    return Ledger(db, clock, shard=2)


def count(db, table):
    with db.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def done(ledger, job):
    """Do all of a job."""
    for item in ledger.items(job):
        ledger.record(job, item.number // 2, [answered(item)])
    for name, shard, _ in ledger.open_shards():
        if name == job:
            ledger.shard_done(job, shard)


def test_a_job_is_written_down_whole(ledger):
    made = order(5, user_email="a@example.org", callback_url="https://example.org/x")
    assert ledger.open_job(made) == made.id
    job = ledger.job(made.id)
    assert (job.owner, job.file_name, job.state, job.over) == (OWNER, "figures.zip", "Queued", False)
    assert (job.user_email, job.callback_url) == ("a@example.org", "https://example.org/x")
    assert job.progress == Progress(5, 0, 0)
    assert ledger.items(made.id) == made.items
    assert [len(ledger.items(made.id, shard)) for shard in range(4)] == [2, 2, 1, 0]
    assert [(job, shard) for job, shard, _ in ledger.open_shards()] == [(made.id, n) for n in range(3)]


def test_an_item_that_has_failed_before_it_began_is_kept_as_it_is(ledger):
    missing = Item(0, "a.png", "x/a.png", failure="It is not in the ZIP.")
    job = ledger.open_job(Order(OWNER, "a.zip", (missing,)))
    assert ledger.undone(job, 0) == (missing,)


def test_what_cannot_be_written_whole_is_not_written_at_all(ledger, db):
    twice = items(1) + items(1)
    with pytest.raises(IntegrityError):
        ledger.open_job(Order(OWNER, "a.zip", twice))
    assert [count(db, table) for table in (JOBS, ITEMS, SHARDS)] == [0, 0, 0]


PROGRAM = """
import os, signal, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from alttext_local.jobs.ledger import Ledger
from alttext_local.store.database import open_database
from tests.jobs.bulk import answered, items, order
ledger = Ledger(open_database(Path({path!r})), shard=2)
{body}
"""


def in_a_process(path, body):
    program = PROGRAM.format(root=str(ROOT), path=str(path), body=body)
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)


def test_an_acknowledged_job_outlives_the_process_that_was_killed(tmp_path):
    path = tmp_path / "alttext.sqlite"
    body = "print(ledger.open_job(order(5)), flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    with in_a_process(path, body) as process:
        job = process.stdout.read().strip()
    assert process.returncode == -signal.SIGKILL
    db = open_database(path)
    assert Ledger(db).job(job).progress == Progress(5, 0, 0)
    db.dispose()


def test_two_processes_at_once_lose_nothing_and_keep_one_result_an_image(tmp_path):
    path = tmp_path / "alttext.sqlite"
    db = open_database(path)
    ledger = Ledger(db, shard=2)
    shared = ledger.open_job(order(6))
    body = f"""
for n in range(6):
    job = ledger.open_job(order(3, "me"))
    ledger.begin({shared!r}, n // 2)
    ledger.record({shared!r}, n // 2, [answered(items(6)[n], f"by {{os.getpid()}}")])
    ledger.beat(str(os.getpid()))
"""
    for process in [in_a_process(path, body), in_a_process(path, body)]:
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert len(ledger.jobs()) == 13
    assert all(len(ledger.items(job.id)) == 3 for job in ledger.jobs() if job.id != shared)
    assert [result.number for result in ledger.results(shared)] == list(range(6))
    db.dispose()


def test_the_state_is_computed_from_what_stands_there(ledger):
    job = ledger.open_job(order(3))
    assert ledger.job(job).state == "Queued"
    ledger.begin(job, 0)
    assert ledger.job(job).state == "Processing"
    done(ledger, job)
    assert (ledger.job(job).state, ledger.to_finish()) == ("Processing", (job,))
    assert ledger.end(job) is True
    assert (ledger.job(job).state, ledger.job(job).over) == ("Completed", True)
    assert ledger.to_finish() == ()
    assert ledger.cancel(job) is False
    assert ledger.job(job).state == "Completed"


def test_a_job_that_fails_as_a_whole_says_why(ledger):
    job = ledger.open_job(order(1))
    ledger.end(job, "The model is broken.")
    assert (ledger.job(job).state, ledger.job(job).failure) == ("Failed", "The model is broken.")


def test_who_comes_late_to_a_job_that_has_ended_changes_nothing_that_is_said_of_it(ledger):
    job = ledger.open_job(order(3))
    ledger.cancel(job)
    ledger.end(job)
    told = ledger.job(job)
    ledger.begin(job, 0)
    assert ledger.job(job) == told


def test_a_cancelled_job_is_to_be_finished_at_once_and_ends_once(ledger):
    job = ledger.open_job(order(5))
    ledger.record(job, 0, [answered(items(5)[0])])
    assert ledger.cancelled(job) is False
    assert [ledger.cancel(job), ledger.cancel(job)] == [True, False]
    assert ledger.cancelled(job) is True
    assert (ledger.job(job).state, ledger.job(job).over) == ("Cancelled", False)
    assert (ledger.to_finish(), ledger.open_shards(), ledger.unspread()) == ((job,), (), ())
    assert [ledger.end(job), ledger.end(job)] == [True, False]
    assert (ledger.job(job).state, ledger.job(job).over) == ("Cancelled", True)


def test_progress_counts_results_and_failures(ledger):
    job = ledger.open_job(order(4))
    three = items(4)[:3]
    ledger.record(job, 0, [answered(three[0]), refused(three[1])])
    ledger.record(job, 1, [answered(three[2])])
    assert ledger.job(job).progress == Progress(4, 3, 1)
    assert [item.number for item in ledger.items(job, failed=True)] == [1]
    assert [len(ledger.undone(job, shard)) for shard in (0, 1)] == [0, 1]


def test_an_image_keeps_the_result_that_it_got_first(ledger):
    job = ledger.open_job(order(2))
    first, second = items(2)
    ledger.record(job, 0, [answered(first, "The first.")])
    ledger.record(job, 0, [answered(first, "Another."), refused(first), answered(second)])
    assert [result.answer["alt_text"] for result in ledger.results(job)] == ["The first.", "A text."]
    assert ledger.job(job).progress == Progress(2, 2, 0)


def test_results_come_in_the_order_of_the_job(ledger):
    job = ledger.open_job(order(4))
    for n in (3, 1, 0, 2):
        ledger.record(job, n // 2, [answered(items(4)[n])])
    assert [result.number for result in ledger.each_result(job)] == [0, 1, 2, 3]


def test_a_result_after_the_end_is_dropped(ledger):
    job = ledger.open_job(order(2))
    ledger.record(job, 0, [answered(items(2)[0])])
    ledger.cancel(job)
    ledger.end(job)
    ended = ledger.job(job)
    ledger.record(job, 0, [answered(items(2)[1])])
    assert ledger.job(job) == ended


def test_a_job_ends_only_with_the_results_that_its_output_was_written_from(ledger):
    job = ledger.open_job(order(2))
    ledger.record(job, 0, [answered(items(2)[0])])
    assert ledger.end(job, done=0) is False
    assert ledger.job(job).over is False
    assert ledger.end(job, done=1) is True


def test_nobody_sees_the_job_of_another(ledger):
    job = ledger.open_job(order(1))
    assert ledger.job(job, OTHER) is None
    assert ledger.job("12345") is None
    assert ledger.job(job, OWNER).id == job
    assert [ledger.waiting(OWNER), ledger.waiting(OTHER)] == [1, 0]
    ledger.end(job)
    assert ledger.waiting(OWNER) == 0


def test_jobs_are_listed_newest_first(ledger):
    made = [ledger.open_job(order(1)) for _ in range(3)]
    ledger.end(made[1])
    assert [job.id for job in ledger.jobs()] == made[::-1]
    assert [job.id for job in ledger.jobs(unended=True)] == [made[2], made[0]]
    assert [job.id for job in ledger.jobs(limit=1)] == [made[2]]


def test_the_shards_of_a_job_are_spread_once(ledger):
    job = ledger.open_job(order(3))
    ((name, shards),) = ledger.unspread()
    assert (name, [shard for shard, _ in shards]) == (job, [0, 1])
    ledger.note_spread(job)
    assert ledger.unspread() == ()
    assert len(ledger.open_shards()) == 2


# turns


def queue_of(ledger):
    """Owners of what waits, in the order in which it is given out: by turn, then by age."""
    jobs = {job.id: job for job in ledger.jobs()}
    waiting = sorted(ledger.open_shards(), key=lambda row: (row[2], jobs[row[0]].created))
    return [(jobs[job].owner, job, shard) for job, shard, _ in waiting]


def test_the_small_job_of_a_newcomer_comes_before_the_rest_of_a_large_one(db, clock):
    ledger = Ledger(db, clock)
    large = ledger.open_job(order(500))
    for shard in range(3):
        ledger.shard_done(large, shard)
    small = ledger.open_job(order(4, OTHER))
    assert [job for _, job, _ in queue_of(ledger)[:3]] == [large, small, large]


def test_an_owners_own_jobs_come_one_after_another(ledger):
    first, second = (ledger.open_job(order(6)) for _ in range(2))
    assert [job for _, job, _ in queue_of(ledger)] == [first] * 3 + [second] * 3


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 7), st.integers(0, 4)), min_size=1, max_size=5))
def test_no_owner_waits_behind_more_of_another_than_of_his_own_and_two(database, steps):
    with database.begin() as connection:
        connection.execute(delete(JOBS))
    ledger = Ledger(database, Clock(), shard=1)
    for owner, images, served in steps:
        ledger.open_job(order(images, owner))
        row = queue_of(ledger)
        for place, (mine, _, _) in enumerate(row):
            before = [name for name, _, _ in row[:place]]
            for other in set(before) - {mine}:
                assert before.count(other) <= before.count(mine) + 2
        for _, job, shard in row[:served]:
            ledger.shard_done(job, shard)


# tries


def test_beginnings_without_a_result_are_counted(ledger):
    job = ledger.open_job(order(4))
    assert [ledger.begin(job, 0), ledger.begin(job, 0), ledger.begin(job, 1)] == [1, 2, 1]
    ledger.record(job, 0, [answered(items(4)[0])])
    assert ledger.begin(job, 0) == 2
    ledger.put_down(job, 0)
    assert ledger.begin(job, 0) == 2


def test_a_shard_that_was_done_with_care_stays_so(ledger):
    job = ledger.open_job(order(2))
    for _ in range(CAUTIOUS + 3):
        ledger.begin(job, 0)
    ledger.record(job, 0, [answered(items(2)[0])])
    assert ledger.begin(job, 0) == CAUTIOUS + 2


# telling


def test_what_is_to_be_told_is_written_down_with_the_end(ledger):
    job = ledger.open_job(order(1, user_email="a@example.org", callback_url="https://example.org/"))
    assert (ledger.untold(), ledger.telling(job, "mail")) == ((), None)
    ledger.end(job)
    assert {(one.step, one.attempts, one.last) for one in ledger.untold()} == {("mail", 0, None), ("callback", 0, None)}
    assert ledger.job(job).told == {"callback": "waiting", "mail": "waiting"}
    assert {one.ended for one in ledger.untold()} == {ledger.job(job).updated}


def test_nothing_is_told_where_nobody_asked(ledger):
    job = ledger.open_job(order(1))
    ledger.end(job)
    assert (ledger.untold(), ledger.job(job).told) == ((), {})
    assert ledger.tell_again(job) is False


def test_attempts_are_noted_and_begin_anew_when_they_are_asked_for(ledger, clock):
    job = ledger.open_job(order(1, callback_url="https://example.org/"))
    ledger.end(job)
    ledger.note_telling(job, "callback", 1, "waiting: too slow", over=False)
    (one,) = ledger.untold()
    assert (one.attempts, one.last.timestamp()) == (1, clock.now)
    ledger.note_telling(job, "callback", 2, "dead: gone", over=True)
    assert ledger.untold() == ()
    assert ledger.job(job).told == {"callback": "dead: gone"}
    assert ledger.tell_again(job) is True
    assert [one.attempts for one in ledger.untold()] == [0]


# keeping


def test_old_inputs_and_old_jobs_are_named(ledger, clock):
    first, second, third = (ledger.open_job(order(1)) for _ in range(3))
    ledger.end(first)
    moment = clock()
    ledger.end(second)
    assert ledger.unerased_before(moment) == ledger.ended_before(moment) == (first,)
    ledger.note_erased(first)
    assert (ledger.unerased_before(moment), ledger.ended_before(moment)) == ((), (first,))
    assert third not in ledger.ended_before(clock() + 1000)


def test_a_forgotten_job_leaves_no_row_behind(ledger, db):
    job = ledger.open_job(order(3, user_email="a@example.org"))
    ledger.record(job, 0, [answered(items(3)[0])])
    assert ledger.forget(job) is False
    ledger.end(job)
    assert [count(db, table) for table in (JOBS, ITEMS, SHARDS, IMAGE_RESULTS, TELLINGS)] == [1, 3, 2, 1, 1]
    assert ledger.forget(job) is True
    assert [count(db, table) for table in (JOBS, ITEMS, SHARDS, IMAGE_RESULTS, TELLINGS)] == [0] * 5
    assert ledger.cancelled(job) is True


# who works


def test_a_worker_that_is_silent_is_known(ledger, clock):
    assert ledger.worker_seen() is None or ledger.worker_seen() > 0
    ledger.beat("one")
    clock.now += 100
    ledger.beat("two")
    assert ledger.silent_workers(50) == ("one",)
    assert ledger.worker_seen() == clock.now - 1
    ledger.beat("one")
    assert ledger.silent_workers(50) == ()
