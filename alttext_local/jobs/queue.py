"""The port of the queue: tasks by name and key, done at least once, by whichever worker is there.

What stands in a queue is never the only place where something is known: every task can be made again
from the ledger, and doing one twice does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

Handler = Callable[..., None]


class Queue(Protocol):
    """Where tasks wait."""

    def start(self, handlers: Mapping[str, Handler]) -> None:
        """Begin to work on what waits, what a former life of this worker left in hand included."""
        ...

    def put(self, task: str, key: str, args: Sequence[str | int], *, turn: int = 1, delay: float = 0) -> None:
        """See that a task of this key waits or is in hand: nothing is done where one does. Lowest `turn` first.

        `delay` in seconds. A task of this key that is over, well or not, is put anew.
        """
        ...

    def take_over(self, worker: str) -> int:
        """Put what a dead worker had in hand back into the queue; how many tasks."""
        ...

    def close(self, seconds: float) -> None:
        """Begin nothing more; wait so long for what is in hand."""
        ...
