"""What the engine asks of a model family. One family is one file beside this one.

A family's file has `load(card, device) -> Adapter`. It knows no HTTP, no queue, no rules.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import alttext_local.adapters as families
from alttext_local.catalogue import Card
from alttext_local.errors import BadSettings
from alttext_local.types import Answer, Shot

SHARED = {
    *("adapter", "answering", "encoder_decoder", "generation", "int8", "labels", "loading", "processor", "stock"),
    "wording",
}
"""Files of this folder that are no family."""


@dataclass(frozen=True)
class Abilities:
    """What a family can do, declared as data."""

    instructions: bool
    """Follows a free instruction in the prompt."""
    shares_prefix: bool
    """Encodes and prefills a picture once for all its asks."""
    languages: tuple[str, ...] = ("en",)


class Adapter(Protocol):
    """A loaded model."""

    card: Card
    device: str
    abilities: Abilities

    def answer(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        """One tuple of answers for each shot, one answer for each ask, in their order.

        Raises `EmptyAnswer` where a text came out empty, `OutOfMemory` where memory ran out; the
        engine then halves the batch. Called from one thread only.
        """
        ...

    def close(self) -> None:
        """Let go of the weights and the memory of the device."""
        ...


def family_names() -> tuple[str, ...]:
    """The families there are: the files of this folder."""
    return tuple(m.name for m in pkgutil.iter_modules(families.__path__) if m.name not in SHARED)


def load_adapter(card: Card, device: str = "auto") -> Adapter:
    """Load the model of a card, its files held to the catalogue's hashes first.

    `BadSettings` for an unknown family, `BrokenModel` for a bad folder or a file that was changed.
    """
    if card.family not in family_names():
        raise BadSettings(f"{card.name}: no family {card.family}; there are: {', '.join(family_names())}.")
    card.check()
    module = importlib.import_module(f"alttext_local.adapters.{card.family}")
    adapter: Adapter = module.load(card, device)
    return adapter


def best_dtype(card: Card, device: str) -> str:
    """What the card's `dtype` becomes on a device: `auto` is settled, the rest is checked (`BadSettings`)."""
    from alttext_local.adapters.loading import settle_dtype

    return settle_dtype(card.dtype, device, card.parameters)


def use_threads(threads: int = 0) -> int:
    """Compute with so many threads in this process, 0: as fits the machine; how many they are."""
    from alttext_local.adapters import processor

    return processor.use_threads(threads)


def best_device(device: str = "auto") -> str:
    """`auto` becomes cuda, mps or cpu, the first that is there; another device is checked to be there."""
    from alttext_local.adapters.loading import choose_device

    return choose_device(device)
