"""The models that are in memory: loaded once, the least used ones unloaded where room is short.

Belongs to one model thread; only `cards` and `names` may be read from another.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from alttext_local.adapters.adapter import Adapter
from alttext_local.catalogue import Card
from alttext_local.errors import AltTextError, BadSettings, BrokenModel, OutOfMemory

log = logging.getLogger("alttext.engine")


class LoadedModels:
    """Adapters by the name of their card, the least recently used first."""

    def __init__(self, load: Callable[[Card], Adapter], most: int) -> None:
        self._load = load
        self._most = most
        self._adapters: dict[str, Adapter] = {}
        self._refused: dict[str, AltTextError] = {}
        self.cards: tuple[Card, ...] = ()
        """A snapshot, so that other threads may read it without a lock."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the cards whose models are in memory."""
        return tuple(card.name for card in self.cards)

    def get(self, card: Card, *, make_room: bool = True) -> Adapter:
        """The card's model, loaded if need be; others are unloaded for it if `make_room`.

        Raises `OutOfMemory` where even then it does not fit, `BrokenModel` or `BadSettings` where it
        cannot be used at all; that is remembered, or each request would load a broken model again.
        """
        if card.name in self._refused:
            before = self._refused[card.name]
            raise type(before)(before.detail)
        if card.name in self._adapters:
            self._adapters[card.name] = adapter = self._adapters.pop(card.name)
        else:
            adapter = self._loaded(card, make_room)
            self._adapters[card.name] = adapter
        self.cards = tuple(adapter.card for adapter in self._adapters.values())
        return adapter

    def _loaded(self, card: Card, make_room: bool) -> Adapter:
        while len(self._adapters) >= self._most:
            self._unload(next(iter(self._adapters)))
        outcome = self._tried(card)
        if isinstance(outcome, OutOfMemory) and make_room and self._adapters:
            self.close()
            outcome = self._tried(card)
        if isinstance(outcome, (BrokenModel, BadSettings)):
            self._refused[card.name] = outcome
        if isinstance(outcome, AltTextError):
            raise outcome
        return outcome

    def _tried(self, card: Card) -> Adapter | AltTextError:
        """The error is returned, its frames cleared: a traceback would keep a half-loaded model alive."""
        try:
            return self._load(card)
        except Exception as error:
            outcome = _as_ours(card, error)
            log.error(
                "a model cannot be loaded",
                extra={"model": card.name, "code": outcome.code, "error": type(error).__name__},
                exc_info=error if outcome is not error else None,
            )
            traceback.clear_frames(error.__traceback__)
            return outcome

    def _unload(self, name: str) -> None:
        adapter = self._adapters.pop(name)
        self.cards = tuple(adapter.card for adapter in self._adapters.values())
        close_quietly(adapter)
        log.info("a model was unloaded", extra={"model": name})

    def close(self) -> None:
        """Unload all."""
        for name in tuple(self._adapters):
            self._unload(name)


def close_quietly(adapter: Adapter) -> None:
    """Close an adapter; what it raises is logged, as nobody could do anything about it."""
    try:
        adapter.close()
    except Exception as error:
        log.warning("a model did not close", extra={"model": adapter.card.name, "error": type(error).__name__})


def _as_ours(card: Card, error: Exception) -> AltTextError:
    if isinstance(error, AltTextError):
        return error
    if isinstance(error, MemoryError):
        ours: AltTextError = OutOfMemory(f"{card.name} does not fit in memory.")
    else:
        ours = BrokenModel(f"{card.name} cannot be loaded ({type(error).__name__}).")
    ours.__cause__ = error
    return ours
