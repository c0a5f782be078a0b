"""What the engine asks of a model family. One family is one file beside this one.

A family's file has `load(card, device, ways) -> Adapter`. It knows no HTTP, no queue, no rules.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from alttext_local.adapters.counters import Counters
from alttext_local.catalogue import Card
from alttext_local.errors import AltTextError, BadSettings
from alttext_local.types import Answer, Shot

FAMILIES = ("blip2", "chat_vlm", "llava")
"""The files of this folder that are a family; the others are what families share."""

Way = Literal["tree", "fork", "batches"]
"""How the asks of a batch are decoded: over one copy of their picture's prefix, over a copy each, or each from its own
beginning."""


@dataclass(frozen=True)
class Flying:
    """What decoding in mid-flight may take."""

    kv_bytes: int = 1 << 30
    """Keys and values of all slots; they are as many as fit."""
    branches: int = 4
    """Texts of one picture at most."""
    cells: int = 1024
    """Tokens of one picture at most, with all its texts; a larger one is answered in a batch."""
    round_tokens: int = 4096
    """Tokens of prefix that a round looks at and prefills at most, though never less than one picture."""
    graphs: bool = False
    """Play each size of step back as a CUDA graph; elsewhere than on CUDA it changes nothing."""


@dataclass(frozen=True)
class Ways:
    """Levers that cost no quality, each to be turned off where their worth is measured."""

    sharing: bool = True
    """Prefill a picture once for all its asks."""
    tree: bool = True
    """Read one copy of that prefix for all of them."""
    packed: bool = True
    """Attend with the heads of a group packed."""
    reordered: bool = True
    """On a CPU in bfloat16: hold weights in the order in which they are read."""
    flying: Flying | None = None
    """Let pictures join and leave in mid-flight, where a family decodes as a tree."""

    def of(self, *, shares: bool, best: Way) -> Way:
        """The way that is taken where a family goes as far as `best` and this model's words allow sharing."""
        if not (self.sharing and shares):
            return "batches"
        return best if self.tree else "fork"


ALL_WAYS = Ways()


@dataclass(frozen=True)
class Abilities:
    """What a family can do, declared as data."""

    instructions: bool
    """Follows a free instruction in the prompt."""
    shares_prefix: bool
    """Encodes and prefills a picture once for all its asks."""
    languages: tuple[str, ...] = ("en",)
    way: Way = "batches"
    packed: bool = False
    """Whether its grouped heads are packed (`adapters.packed`)."""
    sight: int = 0
    """Pixels of a picture's longer side that it sees at most, where it shrinks to that itself; 0: not known."""


Outcome = tuple[Answer, ...] | AltTextError


class Flight(Protocol):
    """Shots of one model that are answered each when it is done. Called from the model's thread only."""

    @property
    def free(self) -> int:
        """Shots that may join now."""
        ...

    def join(self, shots: Sequence[Shot]) -> list[int | None]:
        """Take shots aboard, at most `free`, all or (where it raises) none: a key each.

        None where a shot does not go into a slot; `Adapter.answer` takes it.
        """
        ...

    def step(self) -> list[tuple[int, Outcome]]:
        """Go on by one token of each text: who is done, by key. Where it raises, the flight is over for all."""
        ...

    def leave(self, key: int) -> None:
        """Let one go whom nobody waits for."""
        ...


class Adapter(Protocol):
    """A loaded model."""

    card: Card
    device: str
    abilities: Abilities
    counters: Counters

    def answer(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        """One tuple of answers for each shot, one answer for each ask, in their order.

        Raises `EmptyAnswer` where a text came out empty, `OutOfMemory` where memory ran out; the
        engine then halves the batch. Called from one thread only.
        """
        ...

    def flight(self) -> Flight | None:
        """A flight with nobody aboard, where this model was loaded to have one, else None."""
        ...

    def close(self) -> None:
        """Let go of the weights and the memory of the device."""
        ...


def load_adapter(card: Card, device: str = "auto", ways: Ways = ALL_WAYS) -> Adapter:
    """Load the model of a card, its files held to the catalogue's hashes first.

    `BadSettings` for an unknown family, `BrokenModel` for a bad folder or a file that was changed.
    """
    if card.family not in FAMILIES:
        raise BadSettings(f"{card.name}: no family {card.family}; there are: {', '.join(FAMILIES)}.")
    card.check()
    module = importlib.import_module(f"alttext_local.adapters.{card.family}")
    adapter: Adapter = module.load(card, device, ways)
    return adapter


def best_dtype(card: Card, device: str) -> str:
    """What the card's `dtype` becomes on a device: `auto` is settled, the rest is checked (`BadSettings`)."""
    from alttext_local.adapters.devices import settle_dtype

    return settle_dtype(card.dtype, device, card.parameters)


def use_threads(threads: int = 0) -> int:
    """Compute with so many threads in this process, 0: as fits the machine; how many they are."""
    from alttext_local.adapters import processor

    return processor.use_threads(threads)


def device_memory(device: str) -> dict[str, int]:
    """Bytes by kind (`total`, `free`, `allocated`, `reserved`); empty where the device's memory is the machine's."""
    from alttext_local.adapters import memory

    return memory.device_memory(device)


def best_device(device: str = "auto") -> str:
    """The first of `best_devices`."""
    return best_devices(device)[0]


def best_devices(device: str = "auto") -> tuple[str, ...]:
    """`auto` becomes cuda, mps or cpu, the first that is there; `all` each GPU of CUDA where there are several.

    Others, with commas between them, are checked to be there: `BadSettings`.
    """
    from alttext_local.adapters.devices import choose_devices

    return choose_devices(device)


def count_gpus() -> int:
    """How many GPUs of CUDA this process may use."""
    from alttext_local.adapters.devices import count_cuda

    return count_cuda()


def family_of(model_type: str) -> str:
    """The family that loads folders of this `model_type`; `BadSettings` lists those there are."""
    from alttext_local.adapters.families import family_of as find

    return find(model_type)


def memory_needed(card: Card, device: str) -> int:
    """Bytes that a model takes on a device while it answers, about."""
    from alttext_local.adapters.memory import memory_needed as count

    return count(card, device)


def memory_there(device: str) -> int:
    """Bytes that a device has in all for this process; 0 where nobody says."""
    from alttext_local.adapters.memory import memory_there as count

    return count(device)


def peak_memory(device: str) -> int:
    """The most bytes that this process held on a device till now."""
    from alttext_local.adapters.memory import peak_memory as count

    return count(device)
