"""Keeps a model thread alive: waits for its death or its hanging, tells the callers, starts another.

Bounded, with growing pauses: a model that dies again and again stays down, and health says so, rather
than burning the device. Models that were loaded are loaded again before anyone is let in.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Event, Thread
from typing import Literal

from alttext_local.catalogue import Card
from alttext_local.engine.batcher import Batcher
from alttext_local.engine.lanes import Seat
from alttext_local.engine.limits import EngineLimits
from alttext_local.errors import AltTextError, BrokenModel

State = Literal["new", "loading", "serving", "restarting", "down", "closed"]
Tolerated = tuple[type[AltTextError], ...]
Hire = Callable[[Sequence[Card], Tolerated], Batcher]

log = logging.getLogger("alttext.engine")

GOODBYE_SECONDS = 2.0
"""How long `close` waits for threads; one in the midst of a call ends later by itself."""


class Keeper:
    """One device's model thread, from the first to the last. `hire` makes a thread, not yet started."""

    def __init__(self, seat: Seat, limits: EngineLimits, hire: Hire) -> None:
        self._seat = seat
        self._limits = limits
        self._hire = hire
        self._restarts: deque[float] = deque()
        self._hanging: list[Thread] = []
        self._closing = Event()
        self._batcher: Batcher | None = None
        self._thread: Thread | None = None
        self.state: State = "new"
        self.reason = "The models are not loaded yet."

    def start(self, cards: Sequence[Card], tolerates: Tolerated) -> Future[None]:
        """Load these models and serve. The future is done then; what ended the first loading stands in it."""
        self.state, self.reason = "loading", "The models are being loaded."
        batcher = self._begin(cards, tolerates)
        self._thread = Thread(target=self._keep, args=(batcher, cards), name="alttext-keeper", daemon=True)
        self._thread.start()
        return batcher.born

    def leave(self) -> None:
        """After the room has ended: no more restarts."""
        self._closing.set()

    def stop(self, until: float) -> None:
        """After `leave`: wait for the threads until this time of `time.monotonic`, then do without them."""
        for thread in (self._thread, self._batcher.thread if self._batcher else None):
            if thread is not None:
                thread.join(max(0.0, until - time.monotonic()))
        if self._batcher is not None and self._batcher.thread.is_alive():
            self._batcher.abandon()
        self.state, self.reason = "closed", "The server has stopped."

    def loaded(self) -> tuple[str, ...]:
        """The names of the models in memory."""
        return self._batcher.models.names if self._batcher and self.state == "serving" else ()

    def _begin(self, cards: Sequence[Card], tolerates: Tolerated) -> Batcher:
        self._batcher = batcher = self._hire(cards, tolerates)
        batcher.on_open = self._serving
        batcher.thread.start()
        return batcher

    def _serving(self) -> None:
        if not self._closing.is_set():
            self.state, self.reason = "serving", ""

    def _keep(self, batcher: Batcher, cards: Sequence[Card]) -> None:
        try:
            self._keep_alive(batcher, cards)
        except BaseException as error:  # even then nobody may wait for ever
            log.critical("the keeper died", extra={"error": type(error).__name__}, exc_info=error)
            self._give_up("The model's keeper died.")

    def _keep_alive(self, batcher: Batcher, cards: Sequence[Card]) -> None:
        while death := batcher.watch():
            never_served = self.state == "loading"
            self.state, self.reason = "restarting", death
            self._seat.fail(death)
            if not batcher.born.done():  # it hangs in its first loading
                batcher.born.set_exception(BrokenModel(death))
            if batcher.thread.is_alive():
                batcher.abandon()
                self._hanging.append(batcher.thread)
            pause = self._pause()
            if never_served or pause is None:
                self._give_up(death)
                return
            log.warning("the model thread is started anew", extra={"pause": pause})
            if self._closing.wait(pause):
                return
            cards = batcher.held or cards
            batcher = self._begin(cards, (AltTextError,))

    def _pause(self) -> float | None:
        """Seconds until the next start; None when there were enough. A thread that still hangs counts."""
        now = time.monotonic()
        self._restarts = deque(at for at in self._restarts if now - at < self._limits.restart_window)
        self._hanging = [thread for thread in self._hanging if thread.is_alive()]
        used = max(len(self._restarts), len(self._hanging) - 1)
        if used >= len(self._limits.restart_pauses):
            return None
        self._restarts.append(now)
        return self._limits.restart_pauses[used]

    def _give_up(self, reason: str) -> None:
        self.state, self.reason = "down", reason
        self._seat.fail(reason)
        log.critical("the model thread stays down")
