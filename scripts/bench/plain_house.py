"""The same server with sharing and batching off: one shot at a time, and each of its asks looks at the picture anew.

Started by `callers` as `python -m scripts.bench.plain_house`, with the settings in the environment.
"""

from __future__ import annotations

from collections.abc import Sequence

from alttext_local.adapters.adapter import Adapter, load_adapter
from alttext_local.api.server import serve
from alttext_local.assemble import assembled
from alttext_local.assemble_jobs import ServerParts, job_parts
from alttext_local.catalogue import Card
from alttext_local.log import configure_logging
from alttext_local.settings import load_settings
from alttext_local.types import Answer, Shot


class Unshared:
    """An adapter of which each ask is put alone."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self.card, self.device, self.abilities = adapter.card, adapter.device, adapter.abilities
        self.counters = adapter.counters

    def answer(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        """As `Adapter.answer` says, one ask at a time."""
        alone = self._adapter.answer
        return [tuple(alone([Shot(shot.picture, (ask,))])[0][0] for ask in shot.asks) for shot in shots]

    def flight(self) -> None:
        """None: nobody joins in mid-flight here."""

    def close(self) -> None:
        """Let go of the weights."""
        self._adapter.close()


def unshared(card: Card, device: str) -> Unshared:
    """A `load` for an engine."""
    return Unshared(load_adapter(card, device))


def main() -> None:
    """Serve until a signal says to stop."""
    settings = load_settings(batch=1)
    configure_logging(settings.log_level)
    with assembled(settings, load=unshared) as parts:
        parts.engine.start(settings.preload)
        desk = job_parts(settings, parts.database, parts.catalogue.names()).desk
        serve(ServerParts(parts, desk), settings.host, settings.port)


if __name__ == "__main__":
    main()
