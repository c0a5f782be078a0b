"""How far a run is."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

RECENT = 30.0
"""Seconds over which the pace is measured."""


@dataclass
class Tally:
    """Counts of one start of a run; written by its thread, read by any."""

    clock: Callable[[], float] = time.monotonic
    described: int = 0
    """Images that a model looked at, now."""
    known: int = 0
    """Images whose text was there already: from before, or from the same content at another path."""
    failed: int = 0
    total: int | None = None
    """Images of the source, once they are counted."""
    models: Counter[str] = field(default_factory=Counter)
    """Described images by model."""
    started: float = field(init=False)
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def done(self) -> int:
        """Images with a row."""
        return self.described + self.known + self.failed

    @property
    def left(self) -> int | None:
        """Images without one; None while nobody knows."""
        return None if self.total is None else max(0, self.total - self.done)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self.clock() - self.started

    def pace(self) -> float:
        """Images described a second, lately. Call it now and then, from one thread."""
        now = self.clock()
        self._recent.append((now, self.described))
        while len(self._recent) > 2 and now - self._recent[0][0] > RECENT:
            self._recent.popleft()
        (since, before), (until, after) = self._recent[0], self._recent[-1]
        if until > since:
            return (after - before) / (until - since)
        return self.described / self.seconds if self.seconds else 0.0

    def seconds_left(self) -> float | None:
        """At this pace; None while nobody can tell."""
        pace = self.pace()
        return None if self.left is None or not pace else self.left / pace
