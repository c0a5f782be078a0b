"""The waiting room: who waits, who is in hand, who is refused at the door.

Bounded, with two lanes, interactive before bulk. One condition variable, no timers: each model thread has a seat,
and takes what is there when it is free. Nothing here knows adapters. No future is settled under the lock,
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
LOOK_SECONDS = 1.0
"""So often a seat without work asks whether what it works with still lives."""
NOT_LOADED = "The models are not loaded yet."


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
    """Shut with `ModelDown` until one of its seats opens, and again when none is open any more."""

    def __init__(self, limits: EngineLimits) -> None:
        self._limits = limits
        self.lock = Condition()
        self._lanes: dict[Lane, deque[Ticket]] = {"interactive": deque(), "bulk": deque()}
        self._seats: list[Seat] = []
        self._draining = False
        self._ended = False
        self.pace = 0.0
        """Seconds per shot on one device, a moving estimate; 0 while nothing was measured."""

    def seat(self) -> Seat:
        """A place for one more model thread and those who come after it."""
        with self.lock:
            self._seats.append(Seat(self))
            return self._seats[-1]

    # the door

    def admit(self, lane: Lane = "interactive") -> None:
        """Raise what `put` would raise now: `Draining`, `ModelDown` or `Overloaded`."""
        with self.lock:
            self._check(lane)

    def put(self, ticket: Ticket, lane: Lane = "interactive") -> None:
        """Let a ticket wait, or raise at once."""
        with self.lock:
            self._check(lane)
            self._lanes[lane].append(ticket)
            self.lock.notify_all()

    def _check(self, lane: Lane) -> None:
        if self._draining:
            raise Draining
        if refusal := self._refusal():
            raise ModelDown(refusal)
        if self._full(lane):
            self._forget_cancelled()
        seconds = self._seconds_ahead(lane)
        if self._full(lane) or seconds > self._limits.queue_seconds:
            overloaded = Overloaded()
            if seconds:
                overloaded.retry_after = min(LONGEST_RETRY, max(1, math.ceil(seconds)))
            raise overloaded

    def _full(self, lane: Lane) -> bool:
        if lane == "bulk" and len(self._lanes["bulk"]) >= max(1, self._limits.queue_max // 2):
            return True
        return self._waiting() >= self._limits.queue_max

    def _seconds_ahead(self, lane: Lane) -> float:
        """How long a newcomer would wait: bulk work is no burden to somebody who goes before it."""
        ahead = len(self._lanes["interactive"]) if lane == "interactive" else self._waiting()
        serving = [seat for seat in self._seats if not seat.refusal]
        in_hand = sum(max(0.0, seat.seconds_left(self.pace)) for seat in serving)
        return (ahead * self.pace + in_hand) / max(1, len(serving))

    def _forget_cancelled(self) -> None:
        for lane, tickets in self._lanes.items():
            for ticket in tickets:
                if ticket.future.cancelled():
                    ticket.future.set_running_or_notify_cancel()
            self._lanes[lane] = deque(t for t in tickets if not t.future.cancelled())

    # what waits

    def _lead(self) -> str | None:
        """The name of the model that the first one waits for."""
        return next((lane[0].card.name for lane in self._lanes.values() if lane), None)

    def _remove(self, wanted: Callable[[Ticket], bool], most: int | None = None) -> list[Ticket]:
        taken: list[Ticket] = []
        for lane, tickets in self._lanes.items():
            stay: deque[Ticket] = deque()
            for ticket in tickets:
                fits = most is None or len(taken) < most
                (taken if fits and wanted(ticket) else stay).append(ticket)
            self._lanes[lane] = stay
        return taken

    # shut, ended

    def _refusal(self) -> str:
        """Why newcomers cannot be served; empty where one seat at least is open."""
        refusals = [seat.refusal for seat in self._seats]
        return (refusals or [NOT_LOADED])[0] if all(refusals) else ""

    def drain(self, seconds: float) -> None:
        """Refuse newcomers for good; those inside have `seconds`, then they get `Draining`."""
        with self.lock:
            self._draining = True
            self.lock.wait_for(lambda: not self._waiting() and not self._in_hand(), max(0.0, seconds))
            self._ended = True
            everyone = [ticket for seat in self._seats for ticket in seat.let_go()] + self._remove(lambda _: True)
            self.lock.notify_all()
        for ticket in everyone:
            ticket.settle(Draining())

    # for health

    def _waiting(self) -> int:
        return sum(map(len, self._lanes.values()))

    def counts(self) -> tuple[int, int]:
        """How many wait, how many are in hand."""
        with self.lock:
            return self._waiting(), self._in_hand()

    def _in_hand(self) -> int:
        return sum(len(seat.in_hand) for seat in self._seats)

    @property
    def shut(self) -> str:
        """Why newcomers are refused whatever the load; empty when they are not."""
        return "The server is about to stop." if self._draining else self._refusal()


class Seat:
    """The side of the room that one device's model thread sees: what it takes, holds and has done.

    Seats share the room's lock and its queue, so that work goes to whoever is free.
    """

    def __init__(self, room: WaitingRoom) -> None:
        self._room = room
        self._changed = room.lock
        self._begun = 0.0
        self.idle = False
        """Whether its thread waits for work."""
        self.in_hand: list[Ticket] = []
        self.refusal = NOT_LOADED
        """Why nothing is taken here; empty when open."""
        self.served = 0
        """Shots that were settled here after they were taken."""

    def open(self) -> None:
        """Let callers in."""
        with self._changed:
            self.refusal = ""

    def take(self, most: int, alive: Callable[[], bool] | None = None) -> list[Ticket]:
        """Wait for work: up to `most` shots of one model, and with them all who are gone meanwhile.

        The model is that of the longest waiting interactive shot, or bulk shot where there is none. What
        waits is shared with the seats that are idle too. Empty only when the room has ended, or when `alive`,
        asked before anything is taken and every second, says no.
        """
        room = self._room
        with self._changed:
            self.idle = True
            while (well := alive is None or alive()) and not (room._ended or room._waiting()):
                self._changed.wait(LOOK_SECONDS if alive else None)
            share = math.ceil(room._waiting() / max(1, sum(seat.idle for seat in room._seats)))
            self.idle = False
            if room._ended or not well:
                return []
            gone = room._remove(lambda ticket: ticket.gone())
            lead = room._lead()
            batch = room._remove(lambda ticket: ticket.card.name == lead, min(most, share))
            self.in_hand = gone + batch
            self._begun = time.monotonic()
            return list(self.in_hand)

    def join(self, card: Card, most: int) -> list[Ticket]:
        """Up to `most` shots that wait for this model now, without waiting for any.

        None where somebody who comes first waits for another model: the device is theirs next.
        """
        room = self._room
        with self._changed:
            if room._ended or room._lead() != card.name or most < 1:
                return []
            joining = room._remove(lambda ticket: ticket.card.name == card.name, most)
            self.in_hand += joining
            self._begun = time.monotonic()
            return joining

    def done(self, tickets: list[Ticket], seconds_per_shot: float | None = None) -> None:
        """These are settled. `seconds_per_shot` where they give a measure of the pace."""
        with self._changed:
            self.served += len(tickets)
            self.in_hand = [t for t in self.in_hand if t not in tickets]
            if seconds_per_shot is not None:
                old = self._room.pace or seconds_per_shot
                self._room.pace = MEMORY_OF_PACE * old + (1 - MEMORY_OF_PACE) * seconds_per_shot
            self._changed.notify_all()

    def fail(self, detail: str) -> None:
        """The model is down here: tell everyone in hand, and where no seat is open everyone who waits, at once."""
        with self._changed:
            self.refusal = detail
            tickets = self.let_go()
            if self._room._refusal():
                tickets += self._room._remove(lambda _: True)
            self._changed.notify_all()
        for ticket in tickets:
            ticket.settle(ModelDown(detail))

    def let_go(self) -> list[Ticket]:
        """Have nothing in hand any more; what it was. Under the lock."""
        tickets, self.in_hand = self.in_hand, []
        return tickets

    def seconds_left(self, pace: float) -> float:
        """How long what is in hand still takes, at so many seconds per shot."""
        return len(self.in_hand) * pace - (time.monotonic() - self._begun) if self.in_hand else 0.0
