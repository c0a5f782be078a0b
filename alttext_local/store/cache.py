"""Results that were given before, kept for their owner until they are too old or too many."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from alttext_local.store.database import empty_log, reading
from alttext_local.store.tables import RESULTS

DAY = 86_400


class ResultCache:
    """Documents by key, each seen by its owner alone.

    `days` is how long an entry is given out, `entries` how many are kept; the oldest go first. Both are
    enforced at each `put`, so that nothing has to run in the background.
    """

    def __init__(self, db: Engine, days: float, entries: int, now: Callable[[], float] = time.time) -> None:
        self._db = db
        self._seconds = days * DAY
        self._entries = entries
        self._now = now

    def get(self, key: str, owner: str) -> dict[str, Any] | None:
        """The document that this owner has under this key, unless it is too old."""
        mine = (RESULTS.c.key == key, RESULTS.c.owner == owner, RESULTS.c.created > self._oldest())
        with reading(self._db) as connection:
            text = connection.scalar(select(RESULTS.c.document).where(*mine))
        document: dict[str, Any] | None = None if text is None else json.loads(text)
        return document

    def put(self, key: str, owner: str, document: dict[str, Any]) -> None:
        """Keep a document, in the place of the one that was there; on the disk when this returns."""
        row = {"key": key, "owner": owner, "created": self._now(), "document": json.dumps(document)}
        insert = postgresql.insert if self._db.dialect.name == "postgresql" else sqlite.insert
        with self._db.begin() as connection:
            connection.execute(delete(RESULTS).where(RESULTS.c.key == key, RESULTS.c.owner == owner))
            connection.execute(insert(RESULTS).values(row).on_conflict_do_nothing())  # another process was quicker
            self._trim(connection)

    def purge(self) -> int:
        """Erase what is too old or too much, from the write-ahead log too; how many entries went."""
        with self._db.begin() as connection:
            gone = self._trim(connection)
        empty_log(self._db)
        return gone

    def erase(self, *, owner: str | None = None, before: float | None = None) -> int:
        """Erase the entries of an owner, or those made before a moment, or those that are both; how many went."""
        wanted = delete(RESULTS)
        if owner is not None:
            wanted = wanted.where(RESULTS.c.owner == owner)
        if before is not None:
            wanted = wanted.where(RESULTS.c.created < before)
        with self._db.begin() as connection:
            return connection.execute(wanted).rowcount

    def count(self, *, owner: str | None = None, before: float | None = None) -> int:
        """How many `erase` would erase."""
        wanted = select(func.count()).select_from(RESULTS)
        if owner is not None:
            wanted = wanted.where(RESULTS.c.owner == owner)
        if before is not None:
            wanted = wanted.where(RESULTS.c.created < before)
        with reading(self._db) as connection:
            return int(connection.scalar(wanted) or 0)

    def _oldest(self) -> float:
        return self._now() - self._seconds

    def _trim(self, connection: Connection) -> int:
        old = connection.execute(delete(RESULTS).where(RESULTS.c.created <= self._oldest())).rowcount
        newest_first = select(RESULTS.c.number).order_by(RESULTS.c.number.desc())
        too_many = newest_first.limit(1).offset(self._entries).scalar_subquery()
        return old + connection.execute(delete(RESULTS).where(RESULTS.c.number <= too_many)).rowcount
