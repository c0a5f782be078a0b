"""The ledger of bulk work: jobs, their images and results, in the database.

A job is acknowledged by one commit here and by nothing else; whatever stands in the queue is made from
these rows and can be made again. What a job's state is, is computed from them and stored nowhere.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, case, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from alttext_local.jobs.job import ImageResult, Item, Job
from alttext_local.jobs.points import reach
from alttext_local.jobs.rows import item_of, item_row, job_of, result_row, state_column, with_counts
from alttext_local.store.database import reading
from alttext_local.store.tables import IMAGE_RESULTS, ITEMS, JOBS, SHARDS, TELLINGS, WORKERS

SHARD = 32
"""Images of one shard: large enough to fill the model's batches, small enough to lose little to a crash."""
CAUTIOUS = 4
"""A shard begun more often than this without a result is done image by image, and stays so."""


@dataclass(frozen=True)
class Order:
    """What is known of a job when it is acknowledged."""

    owner: str
    file_name: str
    items: tuple[Item, ...]
    user_email: str = ""
    callback_url: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    """The input is stored under it before the job is written down."""


@dataclass(frozen=True)
class Telling:
    """How far a job's callback or mail is."""

    step: str
    attempts: int
    outcome: str
    over: bool


@dataclass(frozen=True)
class Untold:
    """A callback or a mail that is still to be made."""

    job: str
    step: str
    attempts: int
    """Made so far."""
    last: datetime | None
    """When the latest was made; None before the first."""
    ended: datetime


class Ledger:
    """Every reading and writing about jobs. Each method is one transaction."""

    def __init__(self, db: Engine, now: Callable[[], float] = time.time, shard: int = SHARD) -> None:
        self._db = db
        self._now = now
        self._shard = shard

    # intake

    def open_job(self, order: Order) -> str:
        """Write a job down. When this returns it is on the disk and will be done; the id comes back."""
        job = order.id
        now = self._now()
        row = {"id": job, "owner": order.owner, "file_name": order.file_name, "user_email": order.user_email}
        row |= {"callback_url": order.callback_url, "failure": ""}
        rows = [item_row(job, item, item.number // self._shard) for item in order.items]
        shards = range((len(rows) + self._shard - 1) // self._shard)
        with self._db.begin() as connection:
            connection.execute(insert(JOBS).values(**row, created=now))
            first = self._next_turn(connection, order.owner)
            connection.execute(insert(ITEMS), rows)
            turns = [{"job": job, "number": n, "owner": order.owner, "turn": first + n, "tries": 0} for n in shards]
            connection.execute(insert(SHARDS), turns)
            reach("job-written")
        return job

    def _next_turn(self, connection: Connection, owner: str) -> int:
        """Start-time fair queueing (Goyal and others, 1996): an owner's shards take turns one after another, and
        who comes new begins where the house is now, not behind all that somebody else has waiting."""
        waiting = SHARDS.c.done.is_(None)
        now = connection.scalar(select(func.min(SHARDS.c.turn)).where(waiting)) or 1
        mine = connection.scalar(select(func.max(SHARDS.c.turn)).where(waiting, SHARDS.c.owner == owner)) or 0
        return int(max(now, mine + 1))

    # reading

    def job(self, job: str, owner: str | None = None) -> Job | None:
        """A job as it stands; None where there is none of that id, or it is somebody else's."""
        wanted = with_counts().where(JOBS.c.id == job)
        with reading(self._db) as connection:
            row = connection.execute(wanted if owner is None else wanted.where(JOBS.c.owner == owner)).first()
            return None if row is None else job_of(row, self._told(connection, job))

    def jobs(self, *, unended: bool = False, limit: int = 1000) -> tuple[Job, ...]:
        """Jobs, newest first."""
        wanted = with_counts().order_by(JOBS.c.created.desc()).limit(limit)
        with reading(self._db) as connection:
            rows = connection.execute(wanted.where(JOBS.c.ended.is_(None)) if unended else wanted).all()
            return tuple(job_of(row, self._told(connection, row.id)) for row in rows)

    def waiting(self, owner: str) -> int:
        """How many jobs of an owner have not ended."""
        mine = (JOBS.c.owner == owner, JOBS.c.ended.is_(None))
        with reading(self._db) as connection:
            return int(connection.scalar(select(func.count()).select_from(JOBS).where(*mine)) or 0)

    def states(self) -> dict[str, int]:
        """How many jobs there are in each state."""
        state = state_column().label("state")
        with reading(self._db) as connection:
            rows = connection.execute(select(state, func.count()).select_from(JOBS).group_by(state))
            return {str(name): int(count) for name, count in rows}

    def ids(self, *, owner: str | None = None, before: float | None = None) -> tuple[str, ...]:
        """The jobs of an owner, or those made before a moment."""
        wanted = select(JOBS.c.id).order_by(JOBS.c.created)
        if owner is not None:
            wanted = wanted.where(JOBS.c.owner == owner)
        if before is not None:
            wanted = wanted.where(JOBS.c.created < before)
        with reading(self._db) as connection:
            return tuple(connection.scalars(wanted))

    def items(self, job: str, shard: int | None = None, *, failed: bool = False) -> tuple[Item, ...]:
        """The images of a job or of one shard, in order; `failed`: only those whose result is a failure."""
        wanted = select(ITEMS).where(ITEMS.c.job == job).order_by(ITEMS.c.number)
        if shard is not None:
            wanted = wanted.where(ITEMS.c.shard == shard)
        if failed:
            same = (IMAGE_RESULTS.c.job == ITEMS.c.job) & (IMAGE_RESULTS.c.number == ITEMS.c.number)
            wanted = wanted.join(IMAGE_RESULTS, same).where(IMAGE_RESULTS.c.answer.is_(None))
        with reading(self._db) as connection:
            return tuple(item_of(row) for row in connection.execute(wanted))

    def undone(self, job: str, shard: int) -> tuple[Item, ...]:
        """The images of a shard that have no result yet."""
        have = select(IMAGE_RESULTS.c.number).where(IMAGE_RESULTS.c.job == job)
        mine = (ITEMS.c.job == job, ITEMS.c.shard == shard, ITEMS.c.number.not_in(have))
        with reading(self._db) as connection:
            rows = connection.execute(select(ITEMS).where(*mine).order_by(ITEMS.c.number)).all()
        return tuple(item_of(row) for row in rows)

    def results(self, job: str) -> tuple[ImageResult, ...]:
        """What became of the images so far, in the order of the job."""
        return tuple(self.each_result(job))

    def each_result(self, job: str) -> Iterator[ImageResult]:
        """The same, one after another, some hundred in memory at a time."""
        same = (IMAGE_RESULTS.c.job == ITEMS.c.job) & (IMAGE_RESULTS.c.number == ITEMS.c.number)
        columns = (ITEMS.c.name, ITEMS.c.file_ref, *IMAGE_RESULTS.c)
        wanted = select(*columns).join(ITEMS, same).where(ITEMS.c.job == job).order_by(ITEMS.c.number)
        with reading(self._db) as connection:
            for row in connection.execution_options(yield_per=200).execute(wanted):
                answer = None if row.answer is None else json.loads(row.answer)
                yield ImageResult(row.number, row.name, row.file_ref, row.message, answer, row.code)

    # the work

    def unspread(self) -> tuple[tuple[str, tuple[tuple[int, int], ...]], ...]:
        """Jobs whose shards are not in the queue yet: (job, ((shard, turn), ...)), oldest first."""
        wanted = select(SHARDS.c.job, SHARDS.c.number, SHARDS.c.turn).join(JOBS, JOBS.c.id == SHARDS.c.job)
        wanted = wanted.where(JOBS.c.spread.is_(None), JOBS.c.ended.is_(None), JOBS.c.cancelled.is_(None))
        found: dict[str, list[tuple[int, int]]] = {}
        with reading(self._db) as connection:
            for job, shard, turn in connection.execute(wanted.order_by(JOBS.c.created, SHARDS.c.number)):
                found.setdefault(job, []).append((shard, turn))
        return tuple((job, tuple(shards)) for job, shards in found.items())

    def open_shards(self) -> tuple[tuple[str, int, int], ...]:
        """Shards that are not done, of jobs that go on: (job, shard, turn)."""
        wanted = select(SHARDS.c.job, SHARDS.c.number, SHARDS.c.turn).join(JOBS, JOBS.c.id == SHARDS.c.job)
        wanted = wanted.where(SHARDS.c.done.is_(None), JOBS.c.cancelled.is_(None), JOBS.c.ended.is_(None))
        with reading(self._db) as connection:
            return tuple((row.job, row.number, row.turn) for row in connection.execute(wanted))

    def note_spread(self, job: str) -> None:
        """The shards of a job are in the queue."""
        self._mark(job, JOBS.c.spread)

    def begin(self, job: str, shard: int) -> int:
        """A shard is in hand; how often it was begun since it last had a result, this time included.

        Whoever comes late to a job that has ended changes nothing of what is said about it.
        """
        self._mark(job, JOBS.c.begun, JOBS.c.ended.is_(None))
        return self._count(job, shard, SHARDS.c.tries + 1)

    def put_down(self, job: str, shard: int) -> None:
        """A shard is left as it is by somebody who was told to stop: that beginning counts for nothing."""
        self._count(job, shard, case((SHARDS.c.tries > 0, SHARDS.c.tries - 1), else_=0))

    def _count(self, job: str, shard: int, tries: ColumnElement[int]) -> int:
        mine = (SHARDS.c.job == job, SHARDS.c.number == shard)
        with self._db.begin() as connection:
            connection.execute(update(SHARDS).where(*mine).values(tries=tries))
            return int(connection.scalar(select(SHARDS.c.tries).where(*mine)) or 0)

    def record(self, job: str, shard: int, results: Iterable[ImageResult]) -> None:
        """Keep results of a shard, at once or not at all. An image that has a result already keeps that one.

        What comes after the end of a job is dropped: its output is written, and the status says the same.
        """
        rows = [result_row(job, result, self._now()) for result in results]
        if not rows:
            return
        going_on = select(JOBS.c.id).where(JOBS.c.id == job, JOBS.c.ended.is_(None)).with_for_update(read=True)
        with self._db.begin() as connection:
            if connection.scalar(going_on) is None:
                return
            connection.execute(self._insert_new(IMAGE_RESULTS), rows)
            mine = (SHARDS.c.job == job, SHARDS.c.number == shard)
            tries = case((SHARDS.c.tries > CAUTIOUS, CAUTIOUS + 1), else_=1)
            connection.execute(update(SHARDS).where(*mine).values(tries=tries))

    def shard_done(self, job: str, shard: int) -> None:
        """A shard needs no more work."""
        mine = (SHARDS.c.job == job, SHARDS.c.number == shard, SHARDS.c.done.is_(None))
        with self._db.begin() as connection:
            connection.execute(update(SHARDS).where(*mine).values(done=self._now()))

    def to_finish(self) -> tuple[str, ...]:
        """Jobs of which every shard is done, or that were cancelled, and that have not ended."""
        open_shard = select(SHARDS.c.job).where(SHARDS.c.done.is_(None))
        over = JOBS.c.id.not_in(open_shard) | JOBS.c.cancelled.is_not(None)
        with reading(self._db) as connection:
            return tuple(connection.scalars(select(JOBS.c.id).where(JOBS.c.ended.is_(None), over)))

    def cancelled(self, job: str) -> bool:
        """Whether nobody wants the rest of a job: cancelled, ended, or erased."""
        with reading(self._db) as connection:
            row = connection.execute(select(JOBS.c.cancelled, JOBS.c.ended).where(JOBS.c.id == job)).first()
        return row is None or row.cancelled is not None or row.ended is not None

    def cancel(self, job: str) -> bool:
        """Describe no more of a job; whether there was something left to cancel."""
        left = select(SHARDS.c.job).where(SHARDS.c.done.is_(None))
        return self._mark(job, JOBS.c.cancelled, JOBS.c.ended.is_(None), JOBS.c.id.in_(left))

    def end(self, job: str, failure: str = "", done: int | None = None) -> bool:
        """A job is over; whether it was not before. All that waits to be told is written down with it.

        With `done`, only where the job has so many results: those that the output was written from.
        """
        now = self._now()
        results = select(func.count()).select_from(IMAGE_RESULTS).where(IMAGE_RESULTS.c.job == job)
        with self._db.begin() as connection:
            connection.execute(select(JOBS.c.id).where(JOBS.c.id == job).with_for_update())
            if done is not None and connection.scalar(results) != done:
                return False
            ends = update(JOBS).where(JOBS.c.id == job, JOBS.c.ended.is_(None)).values(ended=now, failure=failure)
            if not connection.execute(ends).rowcount:
                return False
            connection.execute(update(SHARDS).where(SHARDS.c.job == job, SHARDS.c.done.is_(None)).values(done=now))
            row = connection.execute(select(JOBS.c.callback_url, JOBS.c.user_email).where(JOBS.c.id == job)).one()
            steps = [s for s, wanted in (("callback", row.callback_url), ("mail", row.user_email)) if wanted]
            for step in steps:
                told = {"job": job, "step": step, "attempts": 0, "updated": now, "outcome": "waiting", "over": 0}
                connection.execute(self._insert_new(TELLINGS).values(**told))
            reach("end-written")
            return True

    # telling

    def telling(self, job: str, step: str) -> Telling | None:
        """How far a callback or a mail is; None where none is wanted."""
        with reading(self._db) as connection:
            row = connection.execute(select(TELLINGS).where(TELLINGS.c.job == job, TELLINGS.c.step == step)).first()
        return None if row is None else Telling(row.step, row.attempts, row.outcome, bool(row.over))

    def untold(self) -> tuple[Untold, ...]:
        """What is still to be told."""
        wanted = select(TELLINGS, JOBS.c.ended).join(JOBS, JOBS.c.id == TELLINGS.c.job).where(TELLINGS.c.over == 0)
        with reading(self._db) as connection:
            return tuple(_untold(row) for row in connection.execute(wanted))

    def note_telling(self, job: str, step: str, attempts: int, outcome: str, *, over: bool) -> None:
        """What came of an attempt to tell."""
        values = {"attempts": attempts, "outcome": outcome, "over": int(over), "updated": self._now()}
        mine = (TELLINGS.c.job == job, TELLINGS.c.step == step)
        with self._db.begin() as connection:
            connection.execute(update(TELLINGS).where(*mine).values(**values))

    def tell_again(self, job: str, step: str = "callback") -> bool:
        """Begin the attempts anew; whether the job has such a step."""
        mine = (TELLINGS.c.job == job, TELLINGS.c.step == step)
        again = {"attempts": 0, "outcome": "waiting", "over": 0, "updated": self._now()}
        with self._db.begin() as connection:
            return connection.execute(update(TELLINGS).where(*mine).values(**again)).rowcount > 0

    # keeping and forgetting

    def unerased_before(self, moment: float) -> tuple[str, ...]:
        """Jobs that ended before `moment` and whose input is still kept."""
        old = (JOBS.c.ended < moment, JOBS.c.erased.is_(None))
        with reading(self._db) as connection:
            return tuple(connection.scalars(select(JOBS.c.id).where(*old)))

    def note_erased(self, job: str) -> None:
        """A job's input is gone."""
        self._mark(job, JOBS.c.erased)

    def ended_before(self, moment: float) -> tuple[str, ...]:
        """Jobs whose results are too old to keep."""
        with reading(self._db) as connection:
            return tuple(connection.scalars(select(JOBS.c.id).where(JOBS.c.ended < moment)))

    def forget(self, job: str) -> bool:
        """Erase an ended job and all that was said about its images."""
        with self._db.begin() as connection:
            gone = connection.execute(delete(JOBS).where(JOBS.c.id == job, JOBS.c.ended.is_not(None)))
            return gone.rowcount > 0

    def erase(self, job: str) -> bool:
        """Erase a job and all that was said about its images, ended or not; whether there was one.

        What a worker has in hand of it finds no job any more, and is dropped.
        """
        with self._db.begin() as connection:
            return connection.execute(delete(JOBS).where(JOBS.c.id == job)).rowcount > 0

    # who works

    def beat(self, worker: str) -> None:
        """A worker lives."""
        with self._db.begin() as connection:
            if not connection.execute(update(WORKERS).where(WORKERS.c.id == worker).values(seen=self._now())).rowcount:
                connection.execute(self._insert_new(WORKERS).values(id=worker, seen=self._now()))

    def silent_workers(self, seconds: float) -> tuple[str, ...]:
        """Workers that have not been heard of for so long."""
        with reading(self._db) as connection:
            old = select(WORKERS.c.id).where(WORKERS.c.seen < self._now() - seconds)
            return tuple(connection.scalars(old))

    def worker_seen(self) -> float | None:
        """When any worker was heard of last."""
        with reading(self._db) as connection:
            seen: float | None = connection.scalar(select(func.max(WORKERS.c.seen)))
            return seen

    # inside

    def _mark(self, job: str, column: ColumnElement[Any], *more: ColumnElement[bool]) -> bool:
        """Set a moment that was not set before."""
        named = str(column.key)
        with self._db.begin() as connection:
            marked = update(JOBS).where(JOBS.c.id == job, column.is_(None), *more).values({named: self._now()})
            return connection.execute(marked).rowcount > 0

    def _insert_new(self, table: Any) -> Any:
        """An insert that leaves a row that is there as it is."""
        dialect = postgresql if self._db.dialect.name == "postgresql" else sqlite
        return dialect.insert(table).on_conflict_do_nothing()

    def _told(self, connection: Connection, job: str) -> dict[str, str]:
        mine = select(TELLINGS.c.step, TELLINGS.c.outcome).where(TELLINGS.c.job == job)
        rows = connection.execute(mine.order_by(TELLINGS.c.step))
        return {row.step: row.outcome for row in rows}


def _untold(row: Row[Any]) -> Untold:
    last = datetime.fromtimestamp(row.updated, UTC) if row.attempts else None
    return Untold(row.job, row.step, row.attempts, last, datetime.fromtimestamp(row.ended, UTC))
