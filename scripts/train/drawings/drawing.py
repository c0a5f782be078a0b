"""What every drawing is: a picture, the facts it was drawn from, and true sentences made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL.Image import Image

UNKNOWN = "unknown"
"""The label of pictures of no known kind, strangers: none of `alttext_local.types.KINDS`, and never claimed."""
Fact = int | float | str | bool | Sequence[str]
Facts = Mapping[str, Fact]


@dataclass(frozen=True)
class Drawing:
    """`sentences` run from the most telling to the least. Each stands alone: with any of them
    taken away the others are still true and read well. The first names the kind, no more than the
    kind and its plainest form. A caption is the first two or three, a description all of them.
    Nothing is said of a stranger."""

    image: Image
    """RGB, any size and aspect a publisher's picture may have (120 to 900 pixels a side)."""
    kind: str
    """One of `alttext_local.types.KINDS`, or `UNKNOWN`."""
    sentences: tuple[str, ...]
    keywords: tuple[str, ...]
    """3 to 8 lower-case words or short terms, all true of the drawing."""
    facts: Facts = field(default_factory=dict)


Draw = Callable[[np.random.Generator], Drawing]
"""A drawing program: the same generator state gives the same drawing, byte for byte."""


def shared(*parts: tuple[float, Draw]) -> Draw:
    """A program that hands each picture to one of several, as often as its share says."""
    bounds = np.cumsum([share for share, _ in parts])
    if abs(bounds[-1] - 1) > 1e-9:
        raise ValueError(f"shares add up to {bounds[-1]}, not to 1")

    def draw(rng: np.random.Generator) -> Drawing:
        place = int(np.searchsorted(bounds, rng.random(), side="right"))
        return parts[min(place, len(parts) - 1)][1](rng)

    return draw
