"""The engine: names to loaded models, one queue and one model thread for a device, and its health.

It is handed shots and gives futures; every future is settled, whatever happens. It knows no HTTP, no
prompts and no rules, and nothing of how a family loads its model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from alttext_local.adapters.adapter import Adapter, load_adapter
from alttext_local.catalogue import Card, Catalogue
from alttext_local.engine import selftest
from alttext_local.engine.batcher import Batcher
from alttext_local.engine.keeper import Keeper, Tolerated
from alttext_local.engine.lanes import Answers, Lane, Ticket, WaitingRoom
from alttext_local.engine.limits import EngineLimits
from alttext_local.errors import AltTextError, BrokenModel, OutOfMemory
from alttext_local.types import Ask, Shot

__all__ = ["Engine", "EngineLimits", "Health", "Lane"]


@dataclass(frozen=True)
class Health:
    """What a probe wants to know. `reason` is empty when ready, else a sentence safe to show."""

    live: bool
    """False when only a new process can help."""
    ready: bool
    reason: str
    loaded: tuple[str, ...]
    waiting: int
    in_hand: int
    seconds_per_shot: float
    """A moving estimate; 0 while nothing was measured."""


class Engine:
    """Serves the models of a catalogue on one device. Thread-safe."""

    def __init__(
        self,
        catalogue: Catalogue,
        limits: EngineLimits | None = None,
        *,
        device: str = "auto",
        load: Callable[[Card, str], Adapter] = load_adapter,
        selftest_asks: Callable[[Card], tuple[Ask, ...]] = lambda _: selftest.ASKS,
    ) -> None:
        """`selftest_asks` gives what each model is asked about the two test pictures; none: no test."""
        self._catalogue = catalogue
        self._limits = limits or EngineLimits()
        self._device = device
        self._load = load
        self._selftest_asks = selftest_asks
        self._room = WaitingRoom(self._limits)
        self._keeper = Keeper(self._room, self._limits, self._hire)

    def start(self, names: Sequence[str] = ()) -> None:
        """Load and test the models behind these names, then let callers in. Call it once.

        Without names, those of all aliases that are installed, in their order, until memory is short
        or `max_loaded_models` are there. `UnknownModel`, `BrokenModel`, `BadSettings` or (where a
        named model does not fit) `OutOfMemory`, and then the engine is closed.
        """
        try:
            cards = self._first(names)
            self._keeper.start(cards, () if names else (OutOfMemory,))
        except AltTextError:
            self.close()
            raise

    def card(self, name: str) -> Card:
        """The card that serves a name; `UnknownModel` lists the names there are."""
        return self._catalogue.card(name)

    def submit(
        self, card: Card, shot: Shot, *, lane: Lane = "interactive", deadline: float | None = None
    ) -> Future[Answers]:
        """A future with one answer for each ask, or a refusal at once.

        `deadline` is on the clock of `time.monotonic`: work not begun by then is not begun, and a shot in mid-flight
        that is not answered by then is dropped; a batch is never broken off. The future
        may be cancelled until the work begins. Raises `Overloaded` with `retry_after` when the queue
        is full or takes longer than `queue_seconds`, `Draining`, or `ModelDown`. The future may hold
        these two, `DeadlinePassed`, `OutOfMemory`, `EmptyAnswer`, or any error of loading or of the model.
        """
        ticket = Ticket(card, shot, deadline)
        self._room.put(ticket, lane)
        return ticket.future

    def admit(self, lane: Lane = "interactive") -> None:
        """Raise what `submit` would raise now: for the door, before a body is read."""
        self._room.admit(lane)

    def health(self) -> Health:
        """How it is. Takes no time, whatever the model does."""
        keeper, (waiting, in_hand) = self._keeper, self._room.counts()
        state, reason = keeper.state, keeper.reason or self._room.shut
        return Health(
            live=state not in ("down", "closed"),
            ready=state == "serving" and not reason,
            reason=reason,
            loaded=keeper.loaded(),
            waiting=waiting,
            in_hand=in_hand,
            seconds_per_shot=self._room.pace,
        )

    def close(self, drain_seconds: float = 0) -> None:
        """Refuse newcomers, answer those inside for `drain_seconds`, give the rest `Draining`. Idempotent.

        A call into the model that is under way cannot be broken off; its thread is a daemon and ends
        by itself, and this returns after a few seconds without it.
        """
        self._room.drain(drain_seconds)
        self._keeper.stop()

    def _first(self, names: Sequence[str]) -> list[Card]:
        if names:
            cards = [self._catalogue.card(name) for name in names]
        else:
            cards = [card for _, card in self._catalogue.behind() if card is not None]
        distinct = list({card.name: card for card in cards}.values())[: self._limits.max_loaded_models]
        if not distinct:
            raise BrokenModel("No model of the catalogue is installed.")
        return distinct

    def _hire(self, cards: Sequence[Card], tolerates: Tolerated) -> Batcher:
        return Batcher(
            self._room,
            self._limits,
            load=lambda card: self._load(card, self._device),
            selftest_asks=self._selftest_asks,
            first=cards,
            tolerates=tolerates,
        )
