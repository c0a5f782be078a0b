"""The worker: a process that does what the ledger says is to be done, beside the server or on another machine.

It looks at the ledger a few times a second and puts what it finds into the queue, each task under a key of its
own, so that looking twice does no harm. All it knows can be read from the ledger again after `kill -9`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from alttext_local.jobs.desk import Desk
from alttext_local.jobs.errands import Errands
from alttext_local.jobs.ledger import Ledger, Untold
from alttext_local.jobs.mail import MAIL_DELAYS
from alttext_local.jobs.points import reach
from alttext_local.jobs.queue import Queue
from alttext_local.jobs.shards import Shards
from alttext_local.jobs.webhook import DELAYS, next_attempt

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rhythm:
    """How often a worker does what. Seconds."""

    look: float = 0.25
    look_again: float = 20
    """So often everything that is not done is put again, whatever was put before."""
    beat: float = 10
    silence: float = 60
    """A worker that was not heard of for so long is dead."""
    tidy: float = 900
    input_kept: float = 24 * 3600
    results_kept: float = 30 * 24 * 3600


@dataclass
class Due:
    """When something was done last."""

    every: float
    last: float = field(default=float("-inf"))

    def now(self) -> bool:
        """Whether it is time again; from then on it counts as done."""
        if time.monotonic() - self.last < self.every:
            return False
        self.last = time.monotonic()
        return True


class Worker:
    """One process of work."""

    def __init__(
        self,
        name: str,
        ledger: Ledger,
        queue: Queue,
        shards: Shards,
        errands: Errands,
        desk: Desk,
        rhythm: Rhythm | None = None,
        on_beat: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_beat` is called at each heartbeat, and once at the end."""
        self._name = name
        self._ledger = ledger
        self._queue = queue
        self._shards = shards
        self._errands = errands
        self._desk = desk
        self._rhythm = rhythm or Rhythm()
        self._on_beat = on_beat
        self._put: set[str] = set()

    def run(self, stopping: Callable[[], bool]) -> None:
        """Work until `stopping`; then what is in hand is left for the next worker."""
        rhythm = self._rhythm
        again, beat, tidy = Due(rhythm.look_again), Due(rhythm.beat), Due(rhythm.tidy)
        self._queue.start({"shard": self._shards.do, "finish": self._errands.finish, "tell": self._errands.tell})
        log.info("worker started", extra={"worker": self._name})
        while not stopping():
            try:
                if again.now():
                    self._put.clear()
                    self._put_open_shards()
                if beat.now():
                    self._ledger.beat(self._name)
                    self._take_over()
                    self._on_beat()
                self.look()
                if tidy.now():
                    self._tidy()
            except (SQLAlchemyError, OSError) as error:
                log.warning("the ledger cannot be read", extra={"error": type(error).__name__})
            time.sleep(rhythm.look)
        with suppress(OSError):
            self._on_beat()

    def look(self) -> None:
        """Put what is to be done into the queue."""
        for job, shards in self._ledger.unspread():
            for shard, turn in shards:
                self._queue.put("shard", f"{job}:{shard}", (job, shard), turn=turn)
            reach("shards-put")
            self._ledger.note_spread(job)
            reach("shards-noted")
        seen = set()
        for job in self._ledger.to_finish():
            seen.add(self._put_once("finish", job, (job,)))
        for one in self._ledger.untold():
            key, args = f"{one.job}:{one.step}:{one.attempts}", (one.job, one.step, one.attempts)
            seen.add(self._put_once("tell", key, args, _delay(one)))
        self._put &= seen  # what was told and is to be told again is put again at once

    def idle(self) -> bool:
        """Whether there is nothing to do, now or later."""
        try:
            return not self._ledger.jobs(unended=True, limit=1) and not self._ledger.untold()
        except SQLAlchemyError:
            return False

    def _put_once(self, task: str, key: str, args: tuple[str | int, ...], delay: float = 0) -> str:
        name = f"{task}:{key}"
        if name not in self._put:
            self._queue.put(task, key, args, delay=delay)
            self._put.add(name)
        return name

    def _put_open_shards(self) -> None:
        for job, shard, turn in self._ledger.open_shards():
            self._queue.put("shard", f"{job}:{shard}", (job, shard), turn=turn)

    def _take_over(self) -> None:
        for other in self._ledger.silent_workers(self._rhythm.silence):
            if other != self._name and (tasks := self._queue.take_over(other)):
                log.warning("work taken over", extra={"worker": other, "tasks": tasks})

    def _tidy(self) -> None:
        inputs, jobs = self._desk.purge(self._rhythm.input_kept, self._rhythm.results_kept)
        removed = self._desk.sweep()
        if inputs or jobs or removed:
            log.info("tidied", extra={"inputs": inputs, "jobs": jobs, "files": removed})


def _delay(one: Untold) -> float:
    """Seconds until the next attempt is due."""
    delays = MAIL_DELAYS if one.step == "mail" else DELAYS
    due = next_attempt(one.attempts, one.ended, one.last, delays)
    return max(0.0, due.timestamp() - time.time()) if due else 0.0
