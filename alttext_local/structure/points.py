"""Points of a scatter plot: how they lie as a whole, and in what colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alttext_local.structure.canvas import Canvas, Mask, thick, word_mask
from alttext_local.structure.colours import Colour
from alttext_local.structure.plots import plot_box, scale_inside, several_plots

Course = Literal["rise", "fall", "show no clear trend"]

VIVID = 40
"""Difference of the channels from which on a colour is no grey."""
SEEN = 55.0
"""Distance in RGB from the ground from which on a pixel may be a point's."""
STRONG = 0.68
"""Correlation from which on the points rise or fall."""
WEAK = 0.17
"""Correlation up to which they do neither."""
STRAIGHT = 0.35
THICKER = 3
"""Pixels that no stroke of a letter is thick."""
GREY = 0.08
"""Thick grey areas, as a share of what is vivid, from which on some points are grey."""
ONE_COLOUR = 0.8
"""Share of the points' pixels in one shade from which on all have it; the rest are rims."""
LEAST_POINTS = 5
ENOUGH = 30
"""Points from which on a weak correlation says something."""


@dataclass(frozen=True)
class PointCloud:
    """What was seen of the points."""

    correlation: float
    """Pearson's, of all their pixels, y upwards."""
    course: Course | None
    colours: tuple[Colour, ...]
    """The shade that nearly all points have; nothing where they have several."""
    top: float
    """Where the highest point lies, in pixels of the canvas."""
    pieces: int
    """Pieces that hang together: points that touch count once."""


def read_points(canvas: Canvas) -> PointCloud | None:
    """The points of a picture with one plot; None where there are too few, or several plots."""
    if several_plots(canvas):
        return None
    mask = _marks(canvas)
    pieces, count = ndimage.label(mask, np.ones((3, 3), bool))
    if count < LEAST_POINTS:
        return None
    areas = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    kept = _pointlike(pieces, areas, canvas)
    number = int(kept.sum())
    if number < LEAST_POINTS or areas[kept].sum() < 0.5 * areas.sum():
        return None
    inside = mask & np.concatenate([[False], kept])[pieces]
    correlation = _correlation(inside)
    if correlation is None or scale_inside(canvas, inside):
        return None
    return PointCloud(
        correlation,
        _course(correlation, number),
        _colours(canvas, inside),
        float(np.flatnonzero(inside.any(1))[0]),
        number,
    )


def _marks(canvas: Canvas) -> Mask:
    """Pixels that may be points': vivid ones, or dark ones inside the frame where nothing is vivid."""
    ground = np.array(canvas.plot_ground, np.float32)
    pixels = canvas.pixels.astype(np.float32)
    far = ((pixels - ground) ** 2).sum(2) > SEEN**2
    far &= ~np.isin(canvas.labels, list(canvas.grounds)) & ~word_mask(canvas)
    chroma = pixels.max(2) - pixels.min(2)
    vivid = far & (chroma >= VIVID)
    if thick(far & ~vivid, THICKER).sum() > GREY * vivid.sum() > 0:
        vivid = np.zeros_like(far)  # grey points among the vivid ones: which grey is a word's is not known
    box = plot_box(canvas)
    if (far & (chroma >= VIVID)).sum() < 60:
        if box is None:
            return np.zeros_like(far)
        vivid = far
    rows = vivid.sum(1) >= STRAIGHT * vivid.shape[1]
    columns = vivid.sum(0) >= STRAIGHT * vivid.shape[0]
    vivid[rows] = False
    vivid[:, columns] = False
    if box is not None:
        top, bottom, left, right = box
        inside = np.zeros_like(vivid)
        inside[top + 1 : bottom, left + 1 : right] = True
        vivid &= inside
    return np.asarray(vivid)


def _pointlike(pieces: NDArray[np.int32], areas: NDArray[np.int64], canvas: Canvas) -> NDArray[np.bool_]:
    """Which pieces may be points or heaps of them: not thin and long."""
    kept = areas >= 3
    for i, box in enumerate(ndimage.find_objects(pieces)):
        if box is None or not kept[i]:
            continue
        high, wide = (side.stop - side.start for side in box)
        long = max(high / canvas.height, wide / canvas.width) > 0.3
        kept[i] = not (long and areas[i] < 0.12 * high * wide)
    return kept


def _correlation(mask: Mask) -> float | None:
    ys, xs = np.nonzero(mask)
    if len(xs) < 30 or xs.std() < 3 or ys.std() < 3:
        return None
    return float(np.corrcoef(xs, -ys.astype(float))[0, 1])


def _course(correlation: float, number: int) -> Course | None:
    if abs(correlation) >= STRONG:
        return "rise" if correlation > 0 else "fall"
    return "show no clear trend" if abs(correlation) <= WEAK and number >= ENOUGH else None


def _colours(canvas: Canvas, mask: Mask) -> tuple[Colour, ...]:
    labels = canvas.labels[mask]
    counts = np.bincount(labels[labels >= 0], minlength=len(canvas.shades))
    return tuple(canvas.shades[i] for i in np.flatnonzero(counts > ONE_COLOUR * (labels >= 0).sum()))
