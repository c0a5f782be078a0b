"""Engines over doubles, closed after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alttext_local.engine.engine import Engine, EngineLimits
from tests.doubles.house import Loader, catalogue_of

QUICK = {"restart_pauses": (0.0, 0.0, 0.0)}


@pytest.fixture
def engine_of(tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    """`engine_of(loader, *names, start=True, **limits)`: an engine that serves the cards of these names."""
    engines: list[Engine] = []

    def build(loader: Loader, *names: str, start: bool = True, **limits: object) -> Engine:
        names = names or ("one",)
        engine = Engine(catalogue_of(tmp_path, *names), EngineLimits(**(QUICK | limits)), device="cpu", load=loader)
        engines.append(engine)
        if start:
            engine.start()
        return engine

    yield build
    for engine in engines:
        engine.close()
