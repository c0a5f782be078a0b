"""The waiting room: who waits, who is in hand, who is refused at the door.

Bounded, with two lanes, interactive before bulk. One condition variable, no timers: the model thread
takes what is there when it is free. Nothing here knows adapters. No future is settled under the lock,
because a future's callbacks are foreign code.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from threading import Condition
from typing import Literal

from alttext_local.catalogue import Card
from alttext_local.engine.limits import EngineLimits
from alttext_local.errors import AltTextError, DeadlinePassed, Draining, ModelDown, Overloaded
from alttext_local.types import Answer, Shot

Lane = Literal["interactive", "bulk"]
Answers = tuple[Answer, ...]

log = logging.getLogger("alttext.engine")

MEMORY_OF_PACE = 0.8
"""Weight of the old estimate of seconds per shot against a new batch's."""
LONGEST_RETRY = 600


@dataclass(eq=False)
class Ticket:
    """One shot that waits for its answers. `deadline` is on the clock of `time.monotonic`."""

    card: Card
    shot: Shot
    deadline: float | None = None
    future: Future[Answers] = field(default_factory=Future)

    def late(self) -> bool:
        """Whether its answer would come too late."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def gone(self) -> bool:
        """Whether nobody wants it any more."""
        return self.future.done() or self.late()

    def begin(self) -> bool:
        """Take it in hand; False if it was cancelled, or its time is over, and nothing is to be done."""
        if self.future.done() and not self.future.cancelled():
            return False
        try:
            wanted = self.future.set_running_or_notify_cancel()
        except (InvalidStateError, RuntimeError):  # settled by another thread a moment ago
            return False
        if wanted and self.late():
            self.settle(DeadlinePassed())
            return False
        return wanted

    def settle(self, outcome: Answers | AltTextError) -> None:
        """Answer the caller, once: whoever settles second does nothing. Never raises."""
        try:
            if isinstance(outcome, AltTextError):
                self.future.set_exception(outcome)
            else:
                self.future.set_result(outcome)
        except InvalidStateError:
            pass
        except BaseException as error:  # a caller's callback must not bring the model thread down
            log.warning("a callback raised", extra={"error": type(error).__name__})


class WaitingRoom:
    """Shut with `ModelDown` at first; `open` lets callers in."""

    def __init__(self, limits: EngineLimits) -> None:
        self._limits = limits
        self._changed = Condition()
        self._lanes: dict[Lane, deque[Ticket]] = {"interactive": deque(), "bulk": deque()}
        self._in_hand: list[Ticket] = []
        self._begun = 0.0
        self._refusal = "The models are not loaded yet."
        self._draining = False
        self._ended = False
        self.pace = 0.0
        """Seconds per shot, a moving estimate; 0 while nothing was measured."""

    # the door

    def admit(self, lane: Lane = "interactive") -> None:
        """Raise what `put` would raise now: `Draining`, `ModelDown` or `Overloaded`."""
        with self._changed:
            self._check(lane)

    def put(self, ticket: Ticket, lane: Lane = "interactive") -> None:
        """Let a ticket wait, or raise at once."""
        with self._changed:
            self._check(lane)
            self._lanes[lane].append(ticket)
            self._changed.notify_all()

    def _check(self, lane: Lane) -> None:
        if self._draining:
            raise Draining
        if self._refusal:
            raise ModelDown(self._refusal)
        if self._full(lane):
            self._forget_cancelled()
        seconds = self._seconds_ahead(lane)
        if self._full(lane) or seconds > self._limits.queue_seconds:
            refusal = Overloaded()
            if seconds:
                refusal.retry_after = min(LONGEST_RETRY, max(1, math.ceil(seconds)))
            raise refusal

    def _full(self, lane: Lane) -> bool:
        if lane == "bulk" and len(self._lanes["bulk"]) >= max(1, self._limits.queue_max // 2):
            return True
        return self._waiting() >= self._limits.queue_max

    def _seconds_ahead(self, lane: Lane) -> float:
        """How long a newcomer would wait: bulk work is no burden to somebody who goes before it."""
        ahead = len(self._lanes["interactive"]) if lane == "interactive" else self._waiting()
        in_hand = len(self._in_hand) * self.pace - (time.monotonic() - self._begun)
        return ahead * self.pace + max(0.0, in_hand if self._in_hand else 0.0)

    def _forget_cancelled(self) -> None:
        for lane, tickets in self._lanes.items():
            for ticket in tickets:
                if ticket.future.cancelled():
                    ticket.future.set_running_or_notify_cancel()
            self._lanes[lane] = deque(t for t in tickets if not t.future.cancelled())

    # the model thread's side

    def take(self, most: int) -> list[Ticket]:
        """Wait for work: up to `most` shots of one model, and with them all who are gone meanwhile.

        The model is that of the longest waiting interactive shot, or bulk shot where there is none.
        Empty only when the room has ended.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._waiting())
            if self._ended:
                return []
            gone = self._remove(lambda ticket: ticket.gone())
            lead = next((lane[0].card.name for lane in self._lanes.values() if lane), None)
            batch = self._remove(lambda ticket: ticket.card.name == lead, most)
            self._in_hand = gone + batch
            self._begun = time.monotonic()
            return list(self._in_hand)

    def join(self, card: Card, most: int) -> list[Ticket]:
        """Up to `most` shots that wait for this model now, without waiting for any.

        None where somebody who comes first waits for another model: the device is theirs next.
        """
        with self._changed:
            lead = next((lane[0].card.name for lane in self._lanes.values() if lane), None)
            if self._ended or lead != card.name or most < 1:
                return []
            joining = self._remove(lambda ticket: ticket.card.name == card.name, most)
            self._in_hand += joining
            self._begun = time.monotonic()
            return joining

    def done(self, tickets: list[Ticket], seconds_per_shot: float | None = None) -> None:
        """These are settled. `seconds_per_shot` where they give a measure of the pace."""
        with self._changed:
            self._in_hand = [t for t in self._in_hand if t not in tickets]
            if seconds_per_shot is not None:
                old = self.pace or seconds_per_shot
                self.pace = MEMORY_OF_PACE * old + (1 - MEMORY_OF_PACE) * seconds_per_shot
            self._changed.notify_all()

    def _remove(self, wanted: Callable[[Ticket], bool], most: int | None = None) -> list[Ticket]:
        taken: list[Ticket] = []
        for lane, tickets in self._lanes.items():
            stay: deque[Ticket] = deque()
            for ticket in tickets:
                fits = most is None or len(taken) < most
                (taken if fits and wanted(ticket) else stay).append(ticket)
            self._lanes[lane] = stay
        return taken

    # open, shut, ended

    def open(self) -> None:
        """Let callers in."""
        with self._changed:
            self._refusal = ""

    def fail_all(self, detail: str) -> None:
        """The model is down: refuse newcomers, and tell everyone in hand and in the queue at once."""
        with self._changed:
            self._refusal = detail
        for ticket in self._evict():
            ticket.settle(ModelDown(detail))

    def drain(self, seconds: float) -> None:
        """Refuse newcomers for good; those inside have `seconds`, then they get `Draining`."""
        with self._changed:
            self._draining = True
            self._changed.wait_for(lambda: not self._waiting() and not self._in_hand, max(0.0, seconds))
            self._ended = True
            self._changed.notify_all()
        for ticket in self._evict():
            ticket.settle(Draining())

    def _evict(self) -> list[Ticket]:
        with self._changed:
            everyone = self._in_hand + self._remove(lambda _: True)
            self._in_hand = []
            self._changed.notify_all()
            return everyone

    # for health

    def _waiting(self) -> int:
        return sum(map(len, self._lanes.values()))

    def counts(self) -> tuple[int, int]:
        """How many wait, how many are in hand."""
        with self._changed:
            return self._waiting(), len(self._in_hand)

    @property
    def shut(self) -> str:
        """Why newcomers are refused whatever the load; empty when they are not."""
        return "The server is about to stop." if self._draining else self._refusal
