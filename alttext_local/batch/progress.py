"""Telling how far a run is while it goes: a live line for people, JSON lines for the logs of a job, or nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol, Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from alttext_local.batch.tally import Tally

EVERY = 5.0
"""Seconds between two JSON lines."""


class View(Protocol):
    """Shows a tally."""

    def show(self, *, last: bool = False) -> None:
        """Show how it is now; called several times a second. `last`: it will not change any more."""
        ...

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(self, *_: object) -> None:
        """End."""
        ...


class Quiet:
    """Shows nothing."""

    def show(self, *, last: bool = False) -> None:
        """Nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class JsonProgress(Quiet):
    """A JSON object a line, every few seconds."""

    def __init__(
        self, tally: Tally, stream: TextIO, every: float = EVERY, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tally = tally
        self._stream = stream
        self._every = every
        self._clock = clock
        self._next = clock()

    def show(self, *, last: bool = False) -> None:
        """A line where it is time for one."""
        if not last and self._clock() < self._next:
            return
        self._next = self._clock() + self._every
        print(json.dumps({"event": "progress", **figures(self._tally)}), file=self._stream, flush=True)


class LiveProgress:
    """A line that changes, with a bar once the images are counted."""

    def __init__(self, tally: Tally, console: Console) -> None:
        self._tally = tally
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True)
        self._task = self._bar.add_task("starting", total=None)

    def show(self, *, last: bool = False) -> None:  # noqa: ARG002 (a last look is like any other)
        """Change the line."""
        self._bar.update(self._task, description=line(self._tally), total=self._tally.total, completed=self._tally.done)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def figures(tally: Tally) -> dict[str, Any]:
    """A tally as JSON values; times in seconds."""
    left = tally.seconds_left()
    return {
        "done": tally.done,
        "described": tally.described,
        "known": tally.known,
        "failed": tally.failed,
        "total": tally.total,
        "left": tally.left,
        "per_second": round(tally.pace(), 2),
        "seconds": round(tally.seconds, 1),
        "seconds_left": None if left is None else round(left),
        "models": dict(tally.models),
    }


def line(tally: Tally) -> str:
    """A tally in a line."""
    parts = [f"{tally.done:,} done", f"{tally.pace():.1f}/s", f"{tally.failed:,} failed"]
    if tally.left is not None:
        parts.append(f"{tally.left:,} left")
    if (left := tally.seconds_left()) is not None:
        parts.append(f"about {duration(left)}")
    parts += [f"{model} {count:,}" for model, count in tally.models.most_common(3)]
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """Seconds as `2:05:09`, or `2 days, 1:00:00`."""
    return str(timedelta(seconds=round(seconds)))
