"""In-flight serving of one model: newcomers join while others are being answered, each is settled when it is done.

The flight ends when nobody is aboard and nobody waits for this model, or somebody who comes first waits for another.
Whatever fails in it is asked again by the way of batches, halved as ever: a poison picture, or too little memory, costs
the others time and not their answers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from alttext_local.adapters.adapter import Flight
from alttext_local.catalogue import Card
from alttext_local.engine.halving import Call, answer_each, fault
from alttext_local.engine.lanes import Answers, Ticket, WaitingRoom
from alttext_local.errors import AltTextError, DeadlinePassed
from alttext_local.types import Shot

log = logging.getLogger("alttext.engine")


class Pilot:
    """Flies one flight. Belongs to the model thread."""

    def __init__(
        self,
        room: WaitingRoom,
        card: Card,
        flight: Flight,
        call: Call,
        within: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """`call` asks in a batch; `within` is entered around each call into the flight, and tells if one hangs."""
        self._room, self._card, self._flight = room, card, flight
        self._call, self._within = call, within
        self._aboard: dict[int, Ticket] = {}
        self._landed_at = time.monotonic()

    def fly(self, tickets: Sequence[Ticket]) -> None:
        """Answer these, in hand already, and all who join them; each is settled and out of hand then."""
        waiting = list(tickets)
        while waiting or self._aboard:
            free = self._flight.free
            self._board(waiting[:free])
            del waiting[:free]
            self._let_go()
            if self._aboard and not self._step():
                self._batch(waiting)
                return
            if not waiting:
                joining = self._room.join(self._card, self._flight.free)
                waiting = [ticket for ticket in joining if ticket.begin()]
                self._room.done([ticket for ticket in joining if ticket not in waiting])

    def _board(self, tickets: Sequence[Ticket]) -> None:
        if not tickets:
            return
        try:
            with self._within():
                keys = self._flight.join([ticket.shot for ticket in tickets])
        except Exception as error:  # one of them is at fault: halving finds out which
            log.warning("newcomers could not join", extra={"shots": len(tickets), "error": type(error).__name__})
            keys = [None] * len(tickets)
        self._aboard |= {key: ticket for key, ticket in zip(keys, tickets, strict=True) if key is not None}
        self._batch([ticket for key, ticket in zip(keys, tickets, strict=True) if key is None])

    def _let_go(self) -> None:
        """Those who were told something else meanwhile wait no more, and those whose time is over are told so."""
        for key in [key for key, ticket in self._aboard.items() if ticket.gone()]:
            ticket = self._aboard.pop(key)
            self._flight.leave(key)
            ticket.settle(DeadlinePassed())
            self._room.done([ticket])

    def _step(self) -> bool:
        """One round; False where it failed, and all who were aboard are answered by the way of batches."""
        try:
            with self._within():
                landed = self._flight.step()
        except Exception as error:
            log.warning("a flight failed", extra={"shots": len(self._aboard), "error": type(error).__name__})
            aboard, self._aboard = list(self._aboard.values()), {}
        else:
            for key, outcome in landed:
                ticket = self._aboard.pop(key)
                if isinstance(outcome, AltTextError) or fault(ticket.shot, outcome):
                    self._batch([ticket])
                else:
                    self._settle([ticket], [outcome])
            return True
        self._batch(aboard)
        return False

    def _batch(self, tickets: Sequence[Ticket]) -> None:
        """By the way of batches."""
        gone = [ticket for ticket in tickets if ticket.gone()]
        self._settle(gone, [DeadlinePassed() for _ in gone])
        tickets = [ticket for ticket in tickets if ticket not in gone]
        if not tickets:
            return
        shots: list[Shot] = [ticket.shot for ticket in tickets]
        for place, outcome in answer_each(self._call, shots):
            self._settle([tickets[place]], [outcome])

    def _settle(self, tickets: Sequence[Ticket], outcomes: Sequence[Answers | AltTextError]) -> None:
        now = time.monotonic()
        for ticket, outcome in zip(tickets, outcomes, strict=True):
            ticket.settle(outcome)
            seconds = None if isinstance(outcome, AltTextError) else now - self._landed_at
            self._room.done([ticket], seconds)
        self._landed_at = now
