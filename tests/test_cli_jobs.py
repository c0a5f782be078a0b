"""`alttext-local jobs` on a real data folder, with no server and no worker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alttext_local.assemble_jobs import job_parts
from alttext_local.cli import app
from alttext_local.errors import BadRequest, JobNotFound
from alttext_local.jobs.desk import Wishes
from alttext_local.settings import load_settings
from alttext_local.store.database import open_database
from tests.jobs import zips
from tests.jobs.bulk import answered, refused

MODELS = Path(__file__).resolve().parents[1] / "models"


@pytest.fixture
def parts(tmp_path, monkeypatch):
    for name, value in {"DATA_DIR": tmp_path, "MODELS_DIR": MODELS, "CALLBACK_HOSTS": "hooks.example"}.items():
        monkeypatch.setenv(f"ALTTEXT_{name}", str(value))
    monkeypatch.setenv("COLUMNS", "250")
    database = open_database(tmp_path / "alttext.sqlite")
    yield job_parts(load_settings(), database, ("gpt-4o",))
    database.dispose()


@pytest.fixture
def take(parts):
    def job(end=False, **wishes):
        part = parts.desk.new_part()
        part.write_bytes(zips.with_json({}, "a.png", "b.png"))
        made = parts.desk.take(part, Wishes("figures.zip", "owner-a", **wishes))
        if end:
            good, bad = parts.ledger.items(made.id)
            parts.ledger.record(made.id, 0, [answered(good), refused(bad)])
            parts.ledger.shard_done(made.id, 0)
            parts.errands.finish(made.id)
        return made.id

    return job


def run(*words, code=0):
    result = CliRunner().invoke(app, ["jobs", *words])
    assert result.exit_code == code, result.output
    return result.stdout


def refusal(*words):
    return CliRunner().invoke(app, ["jobs", *words]).exception


@pytest.mark.parametrize(
    "words",
    [["jobs"], ["worker"], *(["jobs", n] for n in ("list", "show", "watch", "cancel", "retry", "redeliver", "purge"))],
)
def test_every_command_has_help(words):
    assert "Usage" in CliRunner().invoke(app, [*words, "--help"]).output


def test_jobs_are_listed(take):
    waiting, over = take(), take(end=True)
    rows = json.loads(run("list", "--json"))
    assert [(row["job_id"], row["status"], row["done"], row["failed"]) for row in rows] == [
        (over, "Completed", 2, 1),
        (waiting, "Queued", 0, 0),
    ]
    assert [row["job_id"] for row in json.loads(run("list", "--json", "--open"))] == [waiting]
    assert over in run("list")


def test_a_job_is_shown_with_what_failed(take):
    job = take(end=True)
    told = run("show", job)
    assert "status: Completed" in told
    assert "b.png" in told
    assert "truncated" in told
    assert json.loads(run("show", "--json", job))["result"]["failure_count"] == 1
    assert isinstance(refusal("show", "12345"), JobNotFound)


def test_watching_a_job_that_has_ended_tells_by_its_exit_code(take, parts):
    assert "Completed" in run("watch", take(end=True), code=3)
    good = take()
    parts.ledger.record(good, 0, [answered(item) for item in parts.ledger.items(good)])
    parts.errands.finish(good)
    run("watch", good)


def test_a_job_is_cancelled(take, parts):
    job = take()
    assert run("cancel", job).strip() == "Cancelled"
    assert parts.ledger.job(job).state == "Cancelled"


def test_what_failed_is_tried_again_as_a_new_job(take, parts):
    job = take(end=True)
    again = run("retry", job).strip()
    assert parts.ledger.job(again).progress.total == 1
    assert isinstance(refusal("retry", again), BadRequest)


def test_a_callback_is_made_anew(take, parts):
    job = take(end=True, callback_url="https://hooks.example/x", user_email="a@example.org")
    for step in ("callback", "mail"):
        parts.ledger.note_telling(job, step, 10, "dead: too slow", over=True)
    run("redeliver", job)
    assert [(one.step, one.attempts) for one in parts.ledger.untold()] == [("callback", 0)]
    run("redeliver", "--mail", job)
    assert len(parts.ledger.untold()) == 2
    assert "callback_url" in str(refusal("redeliver", take(end=True)))
    assert "has not ended" in str(refusal("redeliver", take()))


def test_a_purge_erases_what_has_ended(take, parts, tmp_path):
    waiting, over = take(), take(end=True)
    assert "0 inputs, 0 jobs, 0 other" in run("purge")
    assert "1 inputs, 1 jobs" in run("purge", "--days", "0")
    assert [parts.ledger.job(job) is None for job in (waiting, over)] == [False, True]
    assert len(list((tmp_path / "files").iterdir())) == 1
