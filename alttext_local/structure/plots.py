"""Where the plot of a chart lies, and whether there is more than one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alttext_local.structure.canvas import GROUND, Canvas, Mask, word_mask

STRAIGHT = 0.35
"""Share of the picture from which on a straight row or column is one of a frame or a grid."""
BESIDE = 0.2
"""Share of the picture that is drawn on at least on both sides of the band: a legend is narrower."""
GUTTER = 0.01
"""Share of the picture that an empty band between two plots takes at least."""

Box = tuple[int, int, int, int]


def plot_box(canvas: Canvas) -> Box | None:
    """Top, bottom, left and right of the plot: of its own ground, else of its frame's or grid's straight lines."""
    if canvas.panel is not None:
        mask = canvas.labels == canvas.panel
        rows, columns = np.flatnonzero(mask.mean(1) > 0.2), np.flatnonzero(mask.mean(0) > 0.2)
        if len(rows) and len(columns):
            return int(rows[0]) - 1, int(rows[-1]) + 1, int(columns[0]) - 1, int(columns[-1]) + 1
    drawn = canvas.labels != GROUND
    rows = np.flatnonzero(drawn.mean(1) >= STRAIGHT)
    columns = np.flatnonzero(drawn.mean(0) >= STRAIGHT)
    if not len(rows) or not len(columns):
        return None
    left, right = _longest_run(drawn[rows[drawn[rows].sum(1).argmax()]])
    top, bottom = _longest_run(drawn[:, columns[drawn[:, columns].sum(0).argmax()]])
    if right - left < STRAIGHT * canvas.width or bottom - top < STRAIGHT * canvas.height:
        return None
    return top, bottom, left, right


def several_plots(canvas: Canvas) -> bool:
    """Whether the plot's own ground comes in several pieces, or an empty band runs through all that is drawn."""
    if canvas.panel is not None:
        mask = canvas.labels == canvas.panel
        return any(_parted(np.flatnonzero(mask.mean(axis) > 0.1), mask.shape[1 - axis], 0.012) for axis in (0, 1))
    return empty_band(canvas) is not None


def empty_band(canvas: Canvas) -> tuple[int, int, int] | None:
    """The widest band through all that is drawn with much on both sides: axis (0: of columns), first and last place."""
    drawn = (canvas.labels != GROUND) & ~word_mask(canvas, 2)
    for axis in (0, 1):
        counts = drawn.sum(axis)
        dense = counts > 0.02 * drawn.shape[axis]
        places = np.flatnonzero(counts)
        gaps = np.diff(places)
        if not len(gaps) or gaps.max() <= max(4, GUTTER * len(counts)):
            continue
        at = int(gaps.argmax())
        before = int(dense[: places[at] + 1].sum())
        if min(before, int(dense.sum()) - before) > BESIDE * len(counts):
            return axis, int(places[at]) + 1, int(places[at + 1]) - 1
    return None


def scale_inside(canvas: Canvas, mask: Mask) -> bool:
    """Whether numbers stand amid the marks as the scales of several plots do."""
    ys, xs = np.nonzero(mask)
    if not len(xs):
        return False
    (left, right), (top, bottom) = np.quantile(xs, (0.02, 0.98)), np.quantile(ys, (0.02, 0.98))
    inner_x, inner_y = 0.12 * (right - left), 0.12 * (bottom - top)
    numbers = 0
    for word in canvas.words:
        x, y = word.box[0] + word.box[2] / 2, word.box[1] + word.box[3] / 2
        amid = left + inner_x < x < right - inner_x and top + inner_y < y < bottom - inner_y
        numbers += amid and any(c.isdigit() for c in word.text)
    return numbers >= 2


def _parted(places: NDArray[np.int64], length: int, share: float) -> bool:
    return len(places) > 1 and int(np.diff(places).max()) > max(5, share * length)


def _longest_run(line: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last place of the longest run; gaps of a dashed line do not end it."""
    places = np.flatnonzero(line)
    breaks = np.flatnonzero(np.diff(places) > 8)
    starts = places[np.concatenate([[0], breaks + 1])]
    ends = places[np.concatenate([breaks, [len(places) - 1]])]
    longest = int((ends - starts).argmax())
    return int(starts[longest]), int(ends[longest])
