"""Says nothing, without raising: empty texts, no scores."""

from collections.abc import Sequence

from alttext_local.types import Answer, Shot
from tests.doubles.honest import Honest


class Mute(Honest):
    def serve(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        return [tuple(Answer(text=" \n") for _ in shot.asks) for shot in shots]
