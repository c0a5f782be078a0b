"""How much the engine takes on, how long it waits, how often it gets up again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EngineLimits:
    """Passed in by whoever builds an engine; seconds unless a name says otherwise."""

    batch: int = 16
    """Shots that one call of an adapter takes at most."""
    queue_max: int = 256
    """Shots that may wait. Bulk work may fill half of it, so that it never shuts the door on people."""
    queue_seconds: float = 30.0
    """A shot that would wait longer than this is refused at the door."""
    generation_seconds: float = 600.0
    """One call of an adapter; longer counts as hung."""
    max_loaded_models: int = 3
    load_seconds: float = 900.0
    """Loading one model, its self-test included; longer counts as hung."""
    restart_pauses: tuple[float, ...] = (0.1, 1.0, 5.0)
    """The pause before each restart of the model thread; there are no more restarts than pauses."""
    restart_window: float = 60.0
    """Restarts older than this are forgiven."""
