"""The single marks of a scatter plot: their sizes, their shapes, their colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alttext_local.structure.canvas import Canvas
from alttext_local.structure.colours import Colour

LEAST_AREA = 6
"""Pixels of a piece whose shape and colour say something."""
CORE = 0.75
"""Quantile of a mark's distances from the ground from which on a pixel is of its core: the rest are rims."""
LIKE = 28.0
"""Distance in RGB from a group's median up to which a mark is of its colour."""
APART = 75.0
"""Distance in RGB from which on two groups have two colours."""
NEARLY_ALL = 0.95
"""Share of the marks that must be in one of the groups."""
VIVID = 40.0
"""Difference of the channels up to which a colour is grey: of several groups one may be."""
FEWEST = 3
"""Marks of a group."""
ALIKE, ROUGHLY = 0.35, 2.0
"""How far the sides of marks of one size are from the median's at most: a share of it, or pixels."""
OF_A_SIZE = 0.6
"""Share of the marks that have one size where they are the marks of a plot."""
COMPACT = 1.6
"""How many times as long as wide the median mark is at most."""
DISC = pi / 4
"""Share of its box that a disc fills."""
ROUND = 0.09
"""How far a round mark's fill is from that at most."""
LARGE, GROWTH = 8, 1.5
"""Pixels across the larger bubbles at least, and how many times as wide as the smaller ones."""
BUBBLES, MOSTLY = 4, 0.45
"""Round marks at least, and their share of all, where they are bubbles: others overlap."""


@dataclass(frozen=True)
class Marker:
    """One piece that hangs together; marks that touch are one."""

    width: int
    height: int
    fill: float
    """Share of its box that it fills or encloses."""
    colour: Colour
    """The median of its core."""

    @property
    def is_round(self) -> bool:
        """Whether it is a disc or a ring."""
        return abs(self.width - self.height) <= ROUGHLY and abs(self.fill - DISC) <= ROUND


def find_markers(canvas: Canvas, pieces: NDArray[np.int32], kept: NDArray[np.bool_]) -> tuple[Marker, ...]:
    """The kept ones of the numbered pieces [height, width] that are large enough to look at."""
    ground = np.array(canvas.plot_ground, np.float32)
    found = []
    for number, place in enumerate(ndimage.find_objects(pieces), 1):
        inside = pieces[place] == number
        if kept[number - 1] and inside.sum() >= LEAST_AREA:
            high, wide = inside.shape
            core = _core(canvas.pixels[place][inside].astype(np.float32), ground)
            found.append(Marker(wide, high, float(ndimage.binary_fill_holes(inside).mean()), core))
    return tuple(found)


def of_one_size(markers: Sequence[Marker]) -> int:
    """How many are of the size of the median one; 0 where many are not."""
    if not markers:
        return 0
    sides = np.array([(one.width, one.height) for one in markers], np.float32)
    median = np.median(sides, 0)
    if median.max() > COMPACT * median.min():
        return 0  # dashes, error bars
    alike = as_large(sides, median)
    return int(alike.sum()) if alike.mean() >= OF_A_SIZE else 0


def as_large(sides: NDArray[np.floating], size: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of the pieces, of sides [pieces, 2], are of this size [2]."""
    like: NDArray[np.bool_] = (np.abs(sides - size) <= np.maximum(ROUGHLY, ALIKE * size)).all(1)
    return like


def are_bubbles(markers: Sequence[Marker]) -> bool:
    """Whether most are round, and these of plainly different sizes."""
    discs = sorted(one.width for one in markers if one.is_round)
    if len(discs) < BUBBLES or len(discs) < MOSTLY * len(markers):
        return False
    small, large = np.quantile(discs, (0.15, 0.85))
    return bool(large >= LARGE and large >= GROWTH * small)


def colours_of(markers: Sequence[Marker]) -> tuple[Colour, ...]:
    """The colours that the marks have, the most frequent first; nothing where they run into each other."""
    left = np.array([one.colour for one in markers], np.float32).reshape(-1, 3)
    whole, groups = len(left), []
    while len(left) > (1 - NEARLY_ALL) * whole:
        near = np.linalg.norm(left[:, None] - left[None], axis=2) < LIKE
        chosen = near[near.sum(1).argmax()]
        if chosen.sum() < FEWEST:
            return ()
        groups.append(np.median(left[chosen], axis=0))
        left = left[~chosen]
    if len(groups) > 1 and sum(float(np.ptp(group)) < VIVID for group in groups) > 1:
        return ()
    apart = all(np.linalg.norm(a - b) >= APART for i, a in enumerate(groups) for b in groups[:i])
    return tuple(_rounded(group) for group in groups) if apart else ()


def _core(pixels: NDArray[np.float32], ground: NDArray[np.float32]) -> Colour:
    far = np.linalg.norm(pixels - ground, axis=1)
    return _rounded(np.median(pixels[far >= np.quantile(far, CORE)], axis=0))


def _rounded(colour: Iterable[np.float32]) -> Colour:
    red, green, blue = (round(float(part)) for part in colour)
    return red, green, blue
