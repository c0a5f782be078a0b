"""Does not see: gives the same answers for every picture, at the self-test too."""

from collections.abc import Sequence

from alttext_local.types import Answer, Shot
from tests.doubles.honest import Honest


class Blind(Honest):
    def answer(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        return [
            tuple(
                Answer(scores={label: 1 / len(ask.labels) for label in ask.labels})
                if ask.labels
                else Answer(text="A man riding a wave on a surfboard.")
                for ask in shot.asks
            )
            for shot in shots
        ]
