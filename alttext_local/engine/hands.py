"""What a model thread works with: models in this process, or in one of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alttext_local.adapters.adapter import Adapter
from alttext_local.catalogue import Card


class ProcessDied(BaseException):
    """The process of a device's models is gone. No `Exception`: the thread that works with it is to end, as nothing
    that it holds can answer any more."""


def _nothing() -> None:
    """There is nothing to end beside this process."""


@dataclass(frozen=True)
class Hands:
    """One device's models."""

    load: Callable[[Card], Adapter]
    end: Callable[[], None] = _nothing
    """Let nothing remain outside of this process, whatever is in hand there. Called by any thread, more than once."""
    alive: Callable[[], bool] | None = None
    """Whether what is outside of this process lives; None where there is nothing."""
