"""The queue on DBOS with a real SQLite file. DBOS is one in a process: each test has a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAD = """
import os, sys, threading, time
from alttext_local.jobs.on_dbos import DbosQueue

done, gate = [], threading.Event()

def shard(job, number):
    done.append((job, number))

def hold(*args):
    done.append(args)
    gate.wait(60)

def wait_for(condition, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, done
        time.sleep(0.02)

def queue(name="one", **more):
    return DbosQueue("sqlite:///" + sys.argv[1], name, **more)
"""


def run(tmp_path, body, code=0):
    program = HEAD + textwrap.dedent(body)
    words = [sys.executable, "-W", "error", "-c", program, str(tmp_path / "queue.sqlite")]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert "Warning" not in ran.stderr
    return ran.stdout


def test_a_task_that_waits_is_not_put_twice_and_one_that_is_over_is_put_anew(tmp_path):
    run(
        tmp_path,
        """
        q = queue()
        q.start({"shard": shard, "finish": hold})
        q.put("finish", "a", ("a",))
        wait_for(lambda: done == [("a",)])
        for _ in range(3):
            q.put("finish", "a", ("a",))
        time.sleep(0.5)
        assert done == [("a",)]
        gate.set()
        for number in range(3):
            before = len(done)
            while len(done) == before:
                q.put("finish", "a", ("a",))
                time.sleep(0.3)
        q.close(5)
        """,
    )


def test_lowest_turn_first_and_among_equals_the_oldest(tmp_path):
    run(
        tmp_path,
        """
        q = queue(shards=1)
        order = []
        def first(job, number):
            order.append((job, number))
            if job == "hold":
                gate.wait(60)
        q.start({"shard": first})
        q.put("shard", "hold:0", ("hold", 0))
        wait_for(lambda: order)
        for job, number, turn in (("a", 3, 3), ("a", 1, 1), ("b", 1, 1), ("a", 2, 2), ("c", 9, 10**12), ("d", 0, -5)):
            q.put("shard", f"{job}:{number}", (job, number), turn=turn)
        time.sleep(0.3)
        gate.set()
        wait_for(lambda: len(order) == 7)
        assert order[1:] == [("a", 1), ("b", 1), ("d", 0), ("a", 2), ("a", 3), ("c", 9)], order
        q.close(5)
        """,
    )


def test_errands_do_not_wait_behind_images_and_a_delay_is_kept(tmp_path):
    run(
        tmp_path,
        """
        q = queue(shards=1)
        q.start({"shard": hold, "tell": lambda *args: done.append((time.monotonic(), *args))})
        for number in range(3):
            q.put("shard", f"a:{number}", ("a", number))
        wait_for(lambda: done)
        put = time.monotonic()
        q.put("tell", "later", ("later",), delay=2)
        q.put("tell", "later", ("later",), delay=2)
        q.put("tell", "now", ("now",))
        wait_for(lambda: len(done) == 3)
        assert [told[1] for told in done[1:]] == ["now", "later"], done
        assert done[2][0] - put >= 1.9
        gate.set()
        q.close(5)
        """,
    )


def test_a_task_that_raises_ends_no_other_and_can_be_put_anew(tmp_path):
    run(
        tmp_path,
        """
        def fails(job, number):
            done.append(job)
            if len(done) == 1:
                raise RuntimeError("no")
        q = queue()
        q.start({"shard": fails})
        until = time.monotonic() + 60
        while len(done) < 2 and time.monotonic() < until:
            q.put("shard", "a:0", ("a", 0))
            time.sleep(0.2)
        assert done[:2] == ["a", "a"]
        q.close(5)
        """,
    )


KILLED = """
q = queue(shards=1)
q.start({"shard": hold})
q.put("shard", "a:0", ("a", 0))
q.put("shard", "a:1", ("a", 1))
wait_for(lambda: done)
os._exit(9)
"""


def test_what_was_in_hand_at_a_kill_is_done_by_the_next_life(tmp_path):
    run(tmp_path, KILLED, 9)
    run(
        tmp_path,
        """
        q = queue()
        q.start({"shard": shard})
        wait_for(lambda: len(done) == 2)
        assert sorted(done) == [("a", 0), ("a", 1)]
        q.close(5)
        """,
    )


def test_another_worker_takes_over_what_a_dead_one_had_in_hand(tmp_path):
    run(tmp_path, KILLED, 9)
    run(
        tmp_path,
        """
        q = queue("two")
        q.start({"shard": shard})
        wait_for(lambda: done == [("a", 1)])
        time.sleep(0.5)
        assert done == [("a", 1)]
        assert q.take_over("nobody") == 0
        assert q.take_over("one") == 1
        wait_for(lambda: len(done) == 2)
        assert done == [("a", 1), ("a", 0)]
        assert q.take_over("one") == 0
        q.close(5)
        """,
    )
