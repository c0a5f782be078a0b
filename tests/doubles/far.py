"""A model that lies in a process of its own, which finds `load` here by its name.

What it does wrong stands in a picture's sha256, and it says in which process it is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

import psutil
from PIL import Image

from alttext_local.catalogue import Card
from alttext_local.errors import EmptyAnswer, OutOfMemory
from alttext_local.types import Answer, Ask, Facts, Picture, Shot
from tests.doubles.honest import Honest, look
from tests.doubles.house import CAPTION, KIND

WHO = Ask("description", "Who are you?", 8)
"""Answered with the number of the process."""
PATIENCE = 30.0
SOON = 20
"""Seconds in which everything must have come about, whatever fails."""


class Far(Honest):
    def serve(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        self.counters.pictures += len(shots)
        for shot in shots:
            self.misbehave(shot.picture.sha256, len(shots))
        me = Answer(str(os.getpid()))
        told = [zip(shot.asks, look(shot), strict=True) for shot in shots]
        return [tuple(me if ask == WHO else answer for ask, answer in pairs) for pairs in told]

    def misbehave(self, how: str, shots: int) -> None:
        if how == "lasts":
            self.last()
        elif how == "needs memory" and shots > 1:
            raise OutOfMemory("Too many at once.")
        elif how == "is empty":
            raise EmptyAnswer("Nothing was said.")
        elif how == "crashes":
            raise RuntimeError("a secret")
        elif how == "has no memory":
            raise MemoryError
        elif how == "dies":
            os._exit(9)

    def last(self) -> None:
        """Say so in a file, and go on when that file is gone."""
        begun = self.card.folder / f"begun-{os.getpid()}"
        begun.touch()
        end = time.monotonic() + PATIENCE
        while begun.exists() and time.monotonic() < end:
            time.sleep(0.005)


def load(card: Card, device: str) -> Far:
    if card.name == "broken":
        raise EmptyAnswer("It cannot be loaded.")
    return Far(card, device)


def that(how: str, asks: tuple[Ask, ...] = (CAPTION, KIND)) -> Shot:
    """A shot that goes wrong so."""
    return Shot(Picture(Image.new("RGB", (8, 8)), Facts(8, 8, 0, 0, 0, 1, 0, 1, 0), how, "PNG"), asks)


def gone(pid: int) -> bool:
    """Whether no such process works any more; who took it over may not have buried it yet.

    A process whose first thread is dead while others still end is a zombie already, and cannot be waited for yet.
    """
    try:
        process = psutil.Process(pid)
        return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1
    except psutil.NoSuchProcess:
        return True


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)
