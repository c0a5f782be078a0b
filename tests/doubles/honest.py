"""A model that does as it should, by looking at one thing: the picture's mean colour.

The misbehaving doubles are this one with one fault each. They do not misbehave at the self-test
(whose pictures are told by their sha256), so that the fault appears while callers wait.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import ImageStat

from alttext_local.adapters.adapter import Abilities, Flight
from alttext_local.adapters.counters import Counters
from alttext_local.catalogue import Card
from alttext_local.types import Answer, Ask, Picture, Shot, Token


class Honest:
    """Answers each ask from the picture. `calls` has the pictures' sha256 of each call, self-tests apart."""

    abilities = Abilities(instructions=True, shares_prefix=True)

    def __init__(self, card: Card, device: str = "cpu") -> None:
        self.card = card
        self.device = device
        self.counters = Counters()
        self.calls: list[tuple[str, ...]] = []
        self.closed = False

    def answer(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        assert not self.closed, "a closed model was asked"
        served = [shot for shot in shots if not shot.picture.sha256.startswith("self-test")]
        if served:
            self.calls.append(tuple(shot.picture.sha256 for shot in served))
            return self.serve(served)
        return [look(shot) for shot in shots]

    def serve(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        """What a double overrides."""
        return [look(shot) for shot in shots]

    def flight(self) -> Flight | None:
        return None

    def close(self) -> None:
        self.closed = True

    @property
    def looked_at(self) -> list[str]:
        """The sha256 of each picture each time it was computed."""
        return [sha256 for call in self.calls for sha256 in call]


def look(shot: Shot) -> tuple[Answer, ...]:
    return tuple(_one(shot.picture, ask) for ask in shot.asks)


def _one(picture: Picture, ask: Ask) -> Answer:
    red, green, blue = (round(value) for value in ImageStat.Stat(picture.image).mean)
    if ask.labels:
        weights = {
            label: math.exp(((red + 7 * green + 3 * blue + 5 * i) % 11) / 3) for i, label in enumerate(ask.labels)
        }
        return Answer(scores={label: weight / sum(weights.values()) for label, weight in weights.items()})
    words = f"A flat picture with {red} of red, {green} of green and {blue} of blue".split()
    return Answer(text=" ".join(words), tokens=tuple(Token(f" {word}", -0.1) for word in words))
