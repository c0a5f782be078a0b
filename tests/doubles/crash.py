"""Raises on the pictures it cannot stand: all, or those named."""

from collections.abc import Sequence

from alttext_local.types import Answer, Shot
from tests.doubles.honest import Honest


class Crash(Honest):
    poison: frozenset[str] | None = None
    """The sha256 of the pictures that it cannot stand; None: all."""

    def serve(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        if self.poison is None or any(shot.picture.sha256 in self.poison for shot in shots):
            raise RuntimeError("CUDA error: /srv/secret/path device-side assert triggered")
        return super().serve(shots)
