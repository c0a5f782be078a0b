"""Has memory for so many pictures in one batch, and no more."""

from collections.abc import Sequence

from alttext_local.errors import OutOfMemory
from alttext_local.types import Answer, Shot
from tests.doubles.honest import Honest


class OutOfMemoryAbove(Honest):
    fits = 4

    def serve(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        if len(shots) > self.fits:
            raise OutOfMemory
        return super().serve(shots)
