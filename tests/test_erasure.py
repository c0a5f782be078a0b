"""Scopes: whose, which, from before when."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alttext_local.assemble_jobs import assembled_eraser
from alttext_local.erasure import Scope
from alttext_local.errors import BadRequest, JobNotFound
from alttext_local.jobs.ledger import Ledger
from alttext_local.settings import Settings
from alttext_local.store.cache import ResultCache
from alttext_local.store.database import open_database
from tests.jobs.bulk import OTHER, OWNER, order


@pytest.fixture
def house(tmp_path):
    """An eraser over two jobs and three stored results, one of each an hour old."""
    settings = Settings(data_dir=tmp_path, models_dir=Path(__file__).resolve().parents[1] / "models")
    database = open_database(settings.database_file)
    hour_ago = datetime.now(UTC).timestamp() - 3600
    jobs = []
    for owner, now in ((OWNER, lambda: hour_ago), (OTHER, None)):
        ledger = Ledger(database, now) if now else Ledger(database)
        made = order(2, owner)
        ledger.open_job(made)
        jobs.append(made.id)
        ResultCache(database, 30, 100, *([now] if now else [])).put("key", owner, {"alt_text": "old or new"})
    ResultCache(database, 30, 100).put("another key", OWNER, {"alt_text": "new"})
    database.dispose()
    with assembled_eraser(settings) as (eraser, _):
        yield eraser, jobs


HALF_AN_HOUR = timedelta(minutes=30)


@pytest.mark.parametrize(
    ("scope", "whose", "results"),
    [
        (Scope(owners=(OWNER,)), [0], 2),
        (Scope(owners=(OWNER, OTHER)), [0, 1], 3),
        (Scope(before=datetime.now(UTC) - HALF_AN_HOUR), [0], 1),
        (Scope(before=datetime.now(UTC) + HALF_AN_HOUR), [0, 1], 3),
        (Scope(owners=(OTHER,), before=datetime.now(UTC) - HALF_AN_HOUR), [], 0),
        (Scope(owners=("nobody",)), [], 0),
    ],
)
def test_what_a_scope_holds_goes_and_no_more(house, scope, whose, results):
    eraser, jobs = house
    found = eraser.find(scope)
    gone, emptied = eraser.erase(scope)
    assert emptied
    assert gone == found
    assert (sorted(gone.jobs), gone.results) == (sorted(jobs[n] for n in whose), results)
    everything = eraser.find(Scope(before=datetime.now(UTC) + HALF_AN_HOUR))
    assert (len(everything.jobs), everything.results) == (2 - len(whose), 3 - results)


def test_with_a_job_go_the_stored_results_of_its_owner(house):
    eraser, (first, second) = house
    gone, _ = eraser.erase(Scope(job=first))
    assert (gone.jobs, gone.results, gone.unended) == ((first,), 2, 1)
    assert eraser.find(Scope(job=second)).results == 1
    with pytest.raises(JobNotFound):
        eraser.find(Scope(job=first))


def test_a_scope_without_bounds_is_refused(house):
    with pytest.raises(BadRequest, match="--before"):
        house[0].erase(Scope())
