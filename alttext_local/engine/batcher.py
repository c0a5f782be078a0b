"""The one model thread of a device: takes what waits, asks the adapter once, settles the futures.

Loading happens here too, so that an adapter is only ever touched by one thread. The thread says until
when each call into a model must have ended; `watch` tells when it died or overran that.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Condition, Thread

from alttext_local.adapters.adapter import Adapter
from alttext_local.catalogue import INT8, Card
from alttext_local.engine.agreement import check_agreement
from alttext_local.engine.halving import answer_each
from alttext_local.engine.hands import Hands, ProcessDied
from alttext_local.engine.inflight import Pilot
from alttext_local.engine.lanes import Answers, Seat, Ticket
from alttext_local.engine.limits import EngineLimits
from alttext_local.engine.loaded import LoadedModels, close_quietly
from alttext_local.engine.merging import merged
from alttext_local.engine.selftest import check_sight
from alttext_local.errors import AltTextError, BrokenModel
from alttext_local.types import Ask, Shot

log = logging.getLogger("alttext.engine")


class Abandoned(BaseException):
    """Raised in a model thread that came back after it was given up."""


class Batcher:
    """A model thread. It loads `first`, opens its seat, and serves until the room has ended.

    An error of the kinds in `tolerates` while loading `first` is passed over, if at least one of the
    models loads; any other ends the thread. Which of both it was stands in `born`.
    """

    def __init__(
        self,
        seat: Seat,
        limits: EngineLimits,
        *,
        hands: Hands,
        selftest_asks: Callable[[Card], tuple[Ask, ...]],
        first: Sequence[Card],
        tolerates: tuple[type[AltTextError], ...],
        on_batch: Callable[[str, int], None] = lambda *_: None,
    ) -> None:
        self._seat = seat
        self._limits = limits
        self.hands = hands
        self._selftest_asks = selftest_asks
        self._on_batch = on_batch
        self._first = first
        self._tolerates = tolerates
        self._changed = Condition()
        self._due: float | None = None
        self._ended = False
        self._abandoned = False
        self._death = ""
        self._held: tuple[Card, ...] = ()
        self.born: Future[None] = Future()
        self.on_open: Callable[[], None] = lambda: None
        """Called in the thread, before `born` is settled."""
        self.models = LoadedModels(self._load, limits.max_loaded_models)
        self.thread = Thread(target=self._run, name="alttext-model", daemon=True)

    # what others see

    def watch(self) -> str:
        """Wait until the thread has ended or hangs: what it died of, empty if it ended in order.

        A thread that hangs is abandoned: Python cannot kill one. What it holds, it holds until its
        call returns, if it ever does; then it closes its models and ends without touching anything.
        """
        with self._changed:
            while not self._ended:
                left = None if self._due is None else self._due - time.monotonic()
                if left is not None and left <= 0:
                    self._abandoned = True
                    return "The model did not come back from its work."
                self._changed.wait(left)
            return self._death

    def abandon(self) -> None:
        """Do without the thread, whatever it does: its process is killed, and with it the call that it is in."""
        with self._changed:
            self._abandoned = True
        self.hands.end()

    @property
    def held(self) -> tuple[Card, ...]:
        """What it had in memory when it ended, or has while it hangs."""
        return self._held or self.models.cards

    # the thread

    def _run(self) -> None:
        try:
            self._warm()
            self._seat.open()
            self.on_open()
            self.born.set_result(None)
            self._serve()
        except Abandoned:
            log.warning("an abandoned model thread came back")
        except BaseException as error:
            self._die(error)
        finally:
            self._end()

    def _warm(self) -> None:
        refused: AltTextError | None = None
        for card in self._first:
            try:
                self.models.get(card, make_room=False)
            except self._tolerates as error:
                log.warning("a model is left out at start", extra={"model": card.name, "code": error.code})
                refused = error
        if refused and not self.models.names:
            raise refused

    def _serve(self) -> None:
        while tickets := self._seat.take(self._limits.batch, self.hands.alive):
            wanted = [ticket for ticket in tickets if ticket.begin()]
            pace = self._answer(wanted) if wanted else None
            self._seat.done(tickets, pace)
        if self.hands.alive and not self.hands.alive():
            raise ProcessDied

    def _answer(self, tickets: list[Ticket]) -> float | None:
        """Settle each ticket; the seconds per shot, unless no shot was answered."""
        card = tickets[0].card
        self._on_batch(card.name, len(tickets))
        try:
            adapter = self.models.get(card)
        except AltTextError as error:
            for ticket in tickets:
                ticket.settle(type(error)(error.detail))
            return None

        def call(shots: Sequence[Shot]) -> list[Answers]:
            with self._within(self._limits.generation_seconds):
                return merged(adapter.answer, shots)

        if (flight := adapter.flight()) is not None:
            Pilot(self._seat, card, flight, call, lambda: self._within(self._limits.generation_seconds)).fly(tickets)
            return None
        begun = time.monotonic()
        answered = 0
        for place, outcome in answer_each(call, [ticket.shot for ticket in tickets]):
            answered += not isinstance(outcome, AltTextError)
            tickets[place].settle(outcome)
        seconds = time.monotonic() - begun
        log.info(
            "a batch is done",
            extra={
                "model": card.name,
                "device": adapter.device,
                "shots": len(tickets),
                "answered": answered,
                "ms": round(seconds * 1000),
            },
        )
        return seconds / len(tickets) if answered else None

    def _load(self, card: Card) -> Adapter:
        begun = time.monotonic()
        with self._within(self._limits.load_seconds):
            asks = self._selftest_asks(card)
            if card.dtype == INT8:
                adapter, degree = check_agreement(card, self.hands.load, asks)
                log.info("int8 agrees", extra={"model": card.name, "degree": str(degree)})
            else:
                adapter = self.hands.load(card)
            try:
                check_sight(adapter, asks)
            except BaseException:
                close_quietly(adapter)
                raise
        ms = round((time.monotonic() - begun) * 1000)
        log.info("a model is loaded", extra={"model": card.name, "device": adapter.device, "ms": ms})
        return adapter

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Set the time at which a call into a model counts as hung. Afterwards, find out if it did."""
        self._set_due(time.monotonic() + seconds)
        try:
            yield
        finally:
            self._set_due(None)

    def _set_due(self, due: float | None) -> None:
        with self._changed:
            if self._abandoned:
                raise Abandoned
            self._due = due
            self._changed.notify_all()

    # the end

    def _die(self, error: BaseException) -> None:
        """Tell everyone who waits before anything else is done."""
        what = "process" if isinstance(error, ProcessDied) else "thread"
        detail = f"The model {what} died ({type(error).__name__})."
        with self._changed:
            if self._abandoned:
                return
            self._death = detail
        log.critical("the model thread died", extra={"error": type(error).__name__}, exc_info=error)
        self._seat.fail(detail)
        if not self.born.done():
            self.born.set_exception(error if isinstance(error, AltTextError) else _broken(error))

    def _end(self) -> None:
        self._held = self.models.cards
        try:
            if not self._abandoned:
                self._set_due(time.monotonic() + self._limits.generation_seconds)
            self.models.close()
        except BaseException as error:
            log.warning("the models did not close", extra={"error": type(error).__name__})
        finally:
            self.hands.end()
            with self._changed:
                self._ended = True
                self._changed.notify_all()


def _broken(error: BaseException) -> AltTextError:
    ours: AltTextError = BrokenModel(f"Its thread died while it was loaded ({type(error).__name__}).")
    ours.__cause__ = error
    return ours
