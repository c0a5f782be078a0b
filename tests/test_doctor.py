"""What `doctor` says about bulk jobs, from real files."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from alttext_local.doctor import examine
from alttext_local.jobs.ledger import Ledger
from alttext_local.settings import Settings
from alttext_local.store.database import open_database

MODELS = Path(__file__).resolve().parents[1] / "models"


@pytest.fixture
def look(tmp_path):
    def found(name, **settings):
        report = examine(Settings(data_dir=tmp_path / "data", models_dir=MODELS, **settings))
        (check,) = [check for check in report.checks if check.name == name]
        return check

    return found


@pytest.fixture
def beat(tmp_path):
    def write(*ages):
        db = open_database(tmp_path / "data" / "alttext.sqlite")
        for number, age in enumerate(ages):
            Ledger(db, lambda age=age: time.time() - age).beat(f"worker-{number}")
        db.dispose()

    return write


def test_before_the_first_start_it_makes_no_database(look, tmp_path):
    check = look("Bulk jobs")
    assert (check.state, check.found) == ("note", "SQLite, no database yet")
    assert "serve" in check.advice
    assert "alttext-local worker" in look("Bulk jobs", worker="none").advice
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("ages", "state", "words"),
    [
        ((), "note", "no worker was seen yet"),
        ((600,), "note", "no worker was seen for 10 minutes"),
        ((600, 3), "ok", "a worker was seen"),
    ],
)
def test_it_tells_whether_a_worker_was_seen_lately(look, beat, ages, state, words):
    beat(*ages)
    check = look("Bulk jobs")
    assert check.state == state
    assert words in check.found


def test_a_database_that_cannot_be_read_is_told(look, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "alttext.sqlite").write_bytes(b"nothing of the kind" * 100)
    assert look("Bulk jobs").state == "missing"
    away = look("Bulk jobs", database_url="postgresql+psycopg://me:hush@127.0.0.1:1/x")
    assert (away.state, away.found) == ("missing", "PostgreSQL, cannot be read")


def test_the_password_of_the_database_is_not_printed(tmp_path):
    for url in ("postgresql+psycopg://me:hush@127.0.0.1:1/x", "hush hush"):
        settings = Settings(data_dir=tmp_path, models_dir=MODELS, database_url=url)
        report = examine(settings)
        assert "hush" not in str(report)


def test_it_tells_what_was_chosen_for_the_processor_and_why(look, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert "physical cores" in look("Processor").found
    assert "for the model (as many as" in look("Threads").found
    assert "OCR 5 pictures at once" in look("Threads", ocr_workers=5).found
    many = look("Threads", model_threads=4096)
    assert (many.state, many.found[:43]) == ("note", "4096 for the model (set by model_threads); ")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert "1 for the model (set by OMP_NUM_THREADS)" in look("Threads").found
    assert "float32 for small ones; set: int8" in look("Number format", dtype="int8").found


def test_it_tells_whom_callbacks_may_reach(look):
    assert look("Callbacks").state == "note"
    assert "ALTTEXT_CALLBACK_HOSTS" in look("Callbacks").advice
    check = look("Callbacks", callback_hosts=("a.example", "*.b.example"))
    assert (check.state, check.found) == ("ok", "allowed to a.example, *.b.example")


def test_it_tells_where_mail_goes(look, tmp_path):
    spool = tmp_path / "data" / "spool"
    spool.mkdir(parents=True)
    (spool / "one.eml").touch()
    assert look("Mail").found == f"no relay; 1 messages in {spool}"
    assert look("Mail", smtp_host="mail.example").found == "relay mail.example:25"


def test_it_tells_when_uploads_would_be_refused(look):
    assert look("Room for uploads").state == "ok"
    assert look("Room for uploads", disk_floor=2**60).state == "missing"


def test_it_tells_the_version_of_exiftool_or_how_to_get_it(look, monkeypatch, tmp_path):
    check = look("exiftool")
    assert check.state == "ok"
    assert float(check.found) > 12
    monkeypatch.setenv("PATH", str(tmp_path))
    check = look("exiftool")
    assert check.state == "note"
    assert "libimage-exiftool-perl" in check.advice
