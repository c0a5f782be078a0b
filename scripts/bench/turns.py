"""Contenders taken in turns (A B C A B C), so that a machine that grows slow or hot is slow for all of them."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

Texts = list[list[str]]
"""For each picture what was written to each ask; empty for an ask with labels."""


@dataclass(frozen=True)
class Contender:
    """One way of doing the same work."""

    name: str
    run: Callable[[], Texts]
    exact: bool = True
    """Whether its texts must be those of the others; int8 may differ."""
    warm: Callable[[], object] | None = None
    """A warm-up of its own, where a whole round would take too long."""


@dataclass
class Measured:
    """What was measured of one contender."""

    name: str
    seconds: list[float] = field(default_factory=list)
    """Of each round, all pictures together."""
    memory: int = 0
    """Bytes at most: of the GPU where there is one, else of this process so far."""
    texts: Texts = field(default_factory=list)
    """Of the first round."""
    impossible: str = ""
    """Why it could not run at all."""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """Seconds of a round."""
        return statistics.median(self.seconds)


def in_turns(contenders: Sequence[Contender], rounds: int, minutes: float) -> list[Measured]:
    """A warm-up and then `rounds` rounds of each in turns, fewer where `minutes` are over.

    A contender that fails in its warm-up is told with its reason and takes no further part.
    """
    until = time.monotonic() + 60 * minutes
    found = {contender.name: Measured(contender.name) for contender in contenders}
    for contender in contenders:
        _warm(contender, found[contender.name])
    able = [contender for contender in contenders if not found[contender.name].impossible]
    for number in range(rounds):
        if number and time.monotonic() + sum(found[c.name].seconds[-1] for c in able) > until:
            say(f"after {number} of {rounds} rounds the time is over")
            break
        for contender in able:
            measured = found[contender.name]
            _forget_memory()
            began = time.perf_counter()
            texts = contender.run()
            _wait()
            measured.seconds.append(time.perf_counter() - began)
            measured.texts = measured.texts or texts
            measured.memory = max(measured.memory, _memory())
    return list(found.values())


def _warm(contender: Contender, measured: Measured) -> None:
    say(f"warm-up: {contender.name}")
    try:
        (contender.warm or contender.run)()
        _wait()
    except Exception as error:  # a rival's failure is a finding, ours is one too
        measured.impossible = f"{type(error).__name__}: {str(error).splitlines()[0][:120] if str(error) else ''}"
        say(f"{contender.name} cannot run: {measured.impossible}")


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def say(words: str) -> None:
    """To standard error, beside the table."""
    print(words, file=sys.stderr, flush=True)


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _forget_memory() -> None:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def _memory() -> int:
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
