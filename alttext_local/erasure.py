"""Erasing what the house knows, on demand: of one token, of one job, or from before a moment.

Jobs go with their inputs, results and mails in the spool folder, and stored results with them. The audit log stays: it
has hashes and counts and no contents, and says that something was erased. Batch runs leave nothing here: their files
are the user's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine as Database

from alttext_local.errors import BadRequest
from alttext_local.jobs.desk import Desk
from alttext_local.store.cache import ResultCache
from alttext_local.store.database import empty_log

LOG_SECONDS = 30.0
"""For readers of the database to end, so that its log can be emptied."""


@dataclass(frozen=True)
class Scope:
    """What is to go. With both an owner and a moment: what is that owner's and from before it."""

    owners: tuple[str, ...] = ()
    """Ids of tokens; empty: everybody's, where there is a moment."""
    job: str = ""
    before: datetime | None = None


@dataclass(frozen=True)
class Found:
    """What a scope holds."""

    jobs: tuple[str, ...]
    results: int
    """Stored results. Those of a job's owner all go with the job, since nothing tells which are the job's."""
    unended: int
    """Of the jobs. A worker may have images of theirs in hand, whose results it stores when they are through."""


class Eraser:
    """Erases. Other processes of the house may go on meanwhile."""

    def __init__(self, desk: Desk, cache: ResultCache, database: Database, note: Callable[..., None]) -> None:
        """`note` writes into the audit log."""
        self._desk = desk
        self._cache = cache
        self._database = database
        self._note = note

    def find(self, scope: Scope) -> Found:
        """What would go. `JobNotFound` for a job that is not there, `BadRequest` for a scope without bounds."""
        moment = scope.before.timestamp() if scope.before else None
        if scope.job:
            owner = self._desk.job(scope.job).owner
            return Found((scope.job,), self._cache.count(owner=owner), self._unended((scope.job,)))
        if not scope.owners and moment is None:
            raise BadRequest("Say what is to be erased: --token, --job or --before.")
        jobs: list[str] = []
        results = 0
        for whose in scope.owners or (None,):
            jobs += self._desk.ledger.ids(owner=whose, before=moment)
            results += self._cache.count(owner=whose, before=moment)
        return Found(tuple(jobs), results, self._unended(jobs))

    def erase(self, scope: Scope) -> tuple[Found, bool]:
        """What went, and whether the database's log could be emptied; where not, the same again will do it."""
        found = self.find(scope)
        moment = scope.before.timestamp() if scope.before else None
        owners = (self._desk.job(scope.job).owner,) if scope.job else scope.owners
        for job in found.jobs:
            self._desk.erase(job)
        results = sum(
            self._cache.erase(owner=owner, before=None if scope.job else moment) for owner in owners or (None,)
        )
        gone = replace(found, results=results)
        for owner in owners or ("",):
            self._note("erased", owner, jobs=len(gone.jobs), results=gone.results)
        return gone, empty_log(self._database, LOG_SECONDS)

    def _unended(self, jobs: Iterable[str]) -> int:
        return sum(not self._desk.job(job).over for job in jobs)
