"""Gives too few answers: one shot too few, or (`of_asks`) one ask too few of each shot."""

from collections.abc import Sequence

from alttext_local.types import Answer, Shot
from tests.doubles.honest import Honest


class Short(Honest):
    of_asks = False

    def serve(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        answers = super().serve(shots)
        return [given[:-1] for given in answers] if self.of_asks else answers[:-1]
