"""What a run remembers."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alttext_local.batch.journal import Journal, Known
from alttext_local.batch.row import Row, kept_of
from alttext_local.errors import BadSettings, RunIsHere
from tests.batch.houses import REQUEST, an_answer

ROOT = Path(__file__).resolve().parents[2]
ANSWER = kept_of(an_answer())


def a_row(path, **more):
    return Row(path, "abc", REQUEST, **more)


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "run") as made:
        made.begin()
        yield made


def test_rows_with_a_result_are_given_in_order(journal):
    for path, number in (("c", 1), ("a", 2), ("b", 3)):
        journal.put_row(a_row(path), number, key=f"key-{path}")
    journal.put_result("key-c", ANSWER)
    journal.put_result("key-a", None, "unreadable_image", "It is damaged.")
    assert [(row.path, row.described, row.code) for row in journal.rows()] == [
        ("c", True, ""),
        ("a", False, "unreadable_image"),
    ]
    assert [row.path for row in journal.rows(by_path=True)] == ["a", "c"]


def test_a_row_has_all_that_was_put_with_it(journal):
    journal.put_row(a_row("x/a.png", columns={"shelf": 1}), 0, key="k")
    journal.put_result("k", ANSWER)
    (row,) = journal.rows()
    assert (row.sha256, row.request, row.columns) == ("abc", REQUEST, {"shelf": 1})
    assert row.answer == an_answer().model_copy(update={"file_name": "a.png"})
    assert journal.row_at("x/a.png", 0) == row
    assert journal.row_at("x/a.png", 1) is None


def test_a_row_with_an_error_of_its_own_has_no_answer(journal):
    journal.put_row(Row("a", code="missing_file", error="It is gone."), 0)
    (row,) = journal.rows()
    assert (row.code, row.error, row.request) == ("missing_file", "It is gone.", None)


def test_what_a_walk_does_not_meet_is_gone_at_its_end_only(journal):
    for path in ("a", "b"):
        journal.put_row(a_row(path), 0, key="k")
    journal.put_result("k", ANSWER)
    assert journal.shared() == 1
    journal.begin()
    journal.put_row(a_row("a"), 0, key="k")
    assert journal.any_before()
    assert [row.path for row in journal.rows()] == ["a", "b"]
    assert journal.end() == (1, ["b"])
    assert [row.path for row in journal.rows()] == ["a"]
    assert not journal.any_before()


def test_a_list_that_was_changed_in_a_stopped_run_gives_no_image_twice(journal):
    journal.put_row(a_row("a"), 1, key="k")
    journal.put_result("k", ANSWER)
    journal.begin()
    journal.put_row(a_row("a"), 2, key="k")
    assert [row.path for row in journal.rows()] == ["a"]
    assert journal.end() == (0, [])


def test_a_failure_is_of_this_walk_or_from_before(journal):
    journal.put_result("bad", None, "unreadable_image", "")
    journal.put_result("good", ANSWER)
    assert (journal.state("bad"), journal.state("good"), journal.state("none")) == ("failed", "described", None)
    journal.begin()
    assert (journal.state("bad"), journal.state("good")) == ("failed before", "described")


def test_only_a_row_with_a_stamp_is_known(journal):
    journal.put_row(a_row("a"), 0, "12-34", "k")
    journal.put_row(a_row("b"), 0, "", "k")
    assert journal.known("a") == Known("12-34", "abc")
    assert journal.known("b") is None


def test_beginning_anew_forgets_once_and_goes_on_when_it_was_stopped(journal):
    journal.put_result("old", ANSWER)
    journal.begin(anew=True)
    assert journal.state("old") is None
    journal.put_result("new", ANSWER)
    journal.begin(anew=True)
    assert journal.state("new") == "described"
    journal.end()
    journal.begin(anew=True)
    assert journal.state("new") is None


def test_columns_tell_their_types(journal):
    journal.put_row(a_row("a", columns={"n": 1, "t": "x", "b": True}), 0)
    journal.put_row(a_row("b", columns={"n": 1.5, "t": None}), 0)
    assert journal.columns() == {"n": {"integer", "real"}, "t": {"text", "null"}, "b": {"true"}}


def test_one_process_at_a_time_has_it(tmp_path):
    with Journal(tmp_path / "run"), pytest.raises(RunIsHere):
        Journal(tmp_path / "run")
    Journal(tmp_path / "run").close()


def test_a_folder_that_cannot_be_used_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadSettings):
        Journal(tmp_path / "file")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "journal.sqlite").write_bytes(b"no database at all, and longer than a header")
    with pytest.raises(BadSettings):
        Journal(tmp_path / "run")


def test_a_journal_of_another_shape_is_refused(tmp_path):
    Journal(tmp_path / "run").close()
    with sqlite3.connect(tmp_path / "run" / "journal.sqlite") as database:
        database.execute("UPDATE notes SET value = '99' WHERE name = 'shape'")
    database.close()
    with pytest.raises(BadSettings, match="another version"):
        Journal(tmp_path / "run")


WRITER = """
import sys
from pathlib import Path
from alttext_local.batch.journal import Journal
from tests.batch.test_batch_journal import ANSWER, a_row
with Journal(Path(sys.argv[1])) as journal:
    journal.begin()
    for number in range(10**9):
        journal.put_row(a_row(f"{number:09d}"), 0, key=f"k{number}")
        journal.put_result(f"k{number}", ANSWER)
        if number % 50 == 0:
            journal.commit()
            print(number, flush=True)
"""


def test_what_was_committed_outlives_kill_9(tmp_path):
    dice = random.Random(3)
    for _ in range(3):
        words = [sys.executable, "-c", WRITER, str(tmp_path / "run")]
        with subprocess.Popen(
            words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        ) as process:
            assert process.stdout.readline() == "0\n"
            time.sleep(dice.uniform(0.05, 0.3))
            process.send_signal(signal.SIGKILL)
            told = [0, *(int(line) for line in process.stdout.read().splitlines())]
        with Journal(tmp_path / "run") as journal:
            rows = [row.path for row in journal.rows()]
        assert len(rows) > told[-1]
        assert rows == [f"{n:09d}" for n in range(len(rows))]
