"""The engine: names to loaded models, one queue, a model thread for each device, and their health.

It is handed shots and gives futures; every future is settled, whatever happens. It knows no HTTP, no
prompts and no rules, and nothing of how a family loads its model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from alttext_local.adapters.adapter import Adapter, load_adapter
from alttext_local.catalogue import Card, Catalogue
from alttext_local.engine import selftest
from alttext_local.engine.batcher import Batcher
from alttext_local.engine.hands import Hands
from alttext_local.engine.keeper import GOODBYE_SECONDS, Keeper, State, Tolerated
from alttext_local.engine.lanes import Answers, Lane, Seat, Ticket, WaitingRoom
from alttext_local.engine.limits import EngineLimits
from alttext_local.engine.model_process import ModelProcess
from alttext_local.errors import AltTextError, BrokenModel, OutOfMemory
from alttext_local.types import Ask, Shot

__all__ = ["DeviceHealth", "Engine", "EngineLimits", "Health", "Lane"]


@dataclass(frozen=True)
class DeviceHealth:
    """How one device is."""

    device: str
    state: State
    reason: str
    """Empty when it serves, else a sentence safe to show."""
    served: int
    """Shots that it was done with, since the start."""


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
    """A moving estimate, of one device; 0 while nothing was measured."""
    devices: tuple[DeviceHealth, ...] = ()

    @property
    def missing(self) -> str:
        """Which devices of several do not serve though others do, as a sentence; empty where all do."""
        lame = [one for one in self.devices if one.state != "serving"]
        if len(lame) in (0, len(self.devices)):
            return ""
        said = ", ".join(f"{one.device} is {'being started anew' if one.state != 'down' else 'down'}" for one in lame)
        return f"{len(self.devices) - len(lame)} of {len(self.devices)} devices serve: {said}."


class Engine:
    """Serves the models of a catalogue on one device, or on several from one queue. Thread-safe."""

    def __init__(
        self,
        catalogue: Catalogue,
        limits: EngineLimits | None = None,
        *,
        device: str = "auto",
        processes: Sequence[str] = (),
        threads: int = 0,
        load: Callable[[Card, str], Adapter] = load_adapter,
        selftest_asks: Callable[[Card], tuple[Ask, ...]] = lambda _: selftest.ASKS,
        on_batch: Callable[[str, int], None] = lambda *_: None,
    ) -> None:
        """`selftest_asks` gives what each model is asked about the two test pictures; none: no test.

        `on_batch` hears of each model's name and how many shots it takes at once.
        `processes`: devices that each get a process of their own, which holds the models and computes with `threads`
        threads, 0: as many as torch likes; `load` must be a function that can be imported there then. Without any,
        `device` is worked with in this process.
        """
        self._catalogue = catalogue
        self._limits = limits or EngineLimits()
        self._load = load
        self._threads = threads
        self._selftest_asks = selftest_asks
        self._on_batch = on_batch
        self._room = WaitingRoom(self._limits)
        self._devices = tuple(processes) or (device,)
        self._hands = self._elsewhere if processes else self._here
        self._seats = [self._room.seat() for _ in self._devices]
        self._keepers = [
            Keeper(seat, self._limits, partial(self._hire, device, seat))
            for device, seat in zip(self._devices, self._seats, strict=True)
        ]

    def start(self, names: Sequence[str] = ()) -> None:
        """Load and test the models behind these names, then let callers in. Call it once.

        Without names, those of all aliases that are installed, in their order, until memory is short
        or `max_loaded_models` are there. `UnknownModel`, `BrokenModel`, `BadSettings` or (where a
        named model does not fit) `OutOfMemory`, and then the engine is closed.
        """
        try:
            cards = self._first(names)
            for born in [keeper.start(cards, () if names else (OutOfMemory,)) for keeper in self._keepers]:
                born.result()
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
        (waiting, in_hand), shut = self._room.counts(), self._room.shut
        living = [keeper for keeper in self._keepers if keeper.state not in ("down", "closed")]
        serving = any(keeper.state == "serving" for keeper in living)
        reason = shut if serving else (living or self._keepers)[0].reason or shut
        return Health(
            live=bool(living),
            ready=serving and not reason,
            reason=reason,
            loaded=tuple(dict.fromkeys(name for keeper in self._keepers for name in keeper.loaded())),
            waiting=waiting,
            in_hand=in_hand,
            seconds_per_shot=self._room.pace,
            devices=tuple(
                DeviceHealth(device, keeper.state, keeper.reason, seat.served)
                for device, keeper, seat in zip(self._devices, self._keepers, self._seats, strict=True)
            ),
        )

    def close(self, drain_seconds: float = 0) -> None:
        """Refuse newcomers, answer those inside for `drain_seconds`, give the rest `Draining`. Idempotent.

        A call into the model that is under way cannot be broken off, unless by killing its process; its thread
        is a daemon and ends by itself, and this returns after a few seconds without it.
        """
        self._room.drain(drain_seconds)
        for keeper in self._keepers:
            keeper.leave()
        until = time.monotonic() + GOODBYE_SECONDS
        for keeper in self._keepers:
            keeper.stop(until)

    def _first(self, names: Sequence[str]) -> list[Card]:
        if names:
            cards = [self._catalogue.card(name) for name in names]
        else:
            cards = [card for _, card in self._catalogue.behind() if card is not None]
        distinct = list({card.name: card for card in cards}.values())[: self._limits.max_loaded_models]
        if not distinct:
            raise BrokenModel("No model of the catalogue is installed.")
        return distinct

    def _hire(self, device: str, seat: Seat, cards: Sequence[Card], tolerates: Tolerated) -> Batcher:
        return Batcher(
            seat,
            self._limits,
            hands=self._hands(device),
            selftest_asks=self._selftest_asks,
            on_batch=self._on_batch,
            first=cards,
            tolerates=tolerates,
        )

    def _here(self, device: str) -> Hands:
        return Hands(lambda card: self._load(card, device))

    def _elsewhere(self, device: str) -> Hands:
        return ModelProcess(device, self._load, self._threads).hands
