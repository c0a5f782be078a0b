"""Points of a scatter plot: how they lie as a whole, and in what colours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alttext_local.structure.canvas import GROUND, Canvas, Mask, word_mask
from alttext_local.structure.colours import Colour
from alttext_local.structure.markers import are_bubbles, as_large, colours_of, find_markers, of_one_size
from alttext_local.structure.plots import Box, empty_band, plot_box, scale_inside, several_plots

Course = Literal["rise", "fall", "show no clear trend"]

VIVID = 40
"""Difference of the channels from which on a colour is no grey."""
NEARLY_ALL, HARDLY_ANY = 0.8, 0.1
"""Share of what may be points that is vivid: from the first on all points are, up to the second none is, if the words
were read. Between them the grey may be points, or writing that was not read."""
SEEN = 55.0
"""Distance in RGB from the ground from which on a pixel may be a point's."""
STRONG = 0.64
"""Correlation from which on the points rise or fall."""
WEAK = 0.17
"""Correlation up to which they do neither."""
STRAIGHT = 0.35
AROUND = 0.25
"""Share of the picture at each side in which words stand around a plot."""
MARKERS = 10
"""Pieces of one size that hardly anything but a scatter plot has."""
EVEN_LINES, AS_EVEN = 4, 1.3
"""Lines of an even grid at least, and how much wider than the median a space between two of them may be."""
FAINT, ALL = 6, 0.95
"""Difference from the ground, of 255, that makes out a faint line of a grid, and how much of a band it crosses."""
LEAST_POINTS = 5
SOME = 14
STRONG_OF_FEW = 0.8
"""Correlation from which on fewer points than `SOME` rise or fall."""
ENOUGH = 30
"""Points from which on a weak correlation says something."""


@dataclass(frozen=True)
class PointCloud:
    """What was seen of the points."""

    correlation: float
    """Pearson's, of all their pixels, y upwards."""
    course: Course | None
    colours: tuple[Colour, ...]
    """Those of the single points, the most frequent first; nothing where they run into each other."""
    top: float
    """Where the highest point lies, in pixels of the canvas."""
    pieces: int
    """Pieces that hang together: points that touch count once."""
    markers: bool
    """Whether many are of one size, as marks of a plot are."""
    bubbles: bool
    """Whether they are discs of plainly different sizes."""


def read_points(canvas: Canvas) -> PointCloud | None:
    """The points of a picture with one plot; None where there are too few, or several plots.

    Where grey marks may be points or writing, the points have a course only if they have it with these and without.
    """
    if _several(canvas):
        return None
    clouds = [_cloud(canvas, marks) for marks in _marks(canvas)]
    first = clouds[0]
    if first is None or all(one is not None and one.course == first.course for one in clouds):
        return first
    return replace(first, course=None)


def _cloud(canvas: Canvas, mask: Mask) -> PointCloud | None:
    pieces, count = ndimage.label(mask, np.ones((3, 3), bool))
    if count < LEAST_POINTS:
        return None
    areas = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    kept = _pointlike(pieces, areas, canvas)
    number = int(kept.sum())
    inside = mask & np.concatenate([[False], kept])[pieces]
    correlation = _correlation(inside)
    if correlation is not None and areas[kept].sum() < 0.5 * areas.sum():
        correlation = _along_a_line(mask, correlation)
    if correlation is None or number < LEAST_POINTS or scale_inside(canvas, inside):
        return None
    found = find_markers(canvas, pieces, kept)
    bubbles = are_bubbles(found)
    return PointCloud(
        correlation,
        _course(correlation, number),
        colours_of(found) if len(found) >= LEAST_POINTS else (),
        float(np.flatnonzero(inside.any(1))[0]),
        number,
        bubbles or of_one_size(found) >= MARKERS,
        bubbles,
    )


def _several(canvas: Canvas) -> bool:
    """Whether there are several plots. Where nothing but points is drawn, empty bands are only room between these."""
    if not several_plots(canvas):
        return False
    drawn = canvas.labels != GROUND
    bare = not canvas.words and drawn.mean(1).max() < STRAIGHT and drawn.mean(0).max() < STRAIGHT
    return not bare and not _spanned(canvas)


def _spanned(canvas: Canvas) -> bool:
    """Whether faint lines of a grid run through the band that looks empty, or it lies between two lines of such."""
    band = None if canvas.panel is not None else empty_band(canvas)
    if band is None:
        return False
    faint = np.abs(canvas.pixels.astype(np.int16) - np.array(canvas.plot_ground, np.int16)).max(2) >= FAINT
    axis, first, last = band
    if axis == 0:
        return bool((faint[:, first : last + 1].mean(1) >= ALL).any())
    lines = np.flatnonzero(faint.mean(1) >= STRAIGHT)
    steps = np.diff(lines)
    steps, starts = steps[steps > 2], lines[:-1][steps > 2]
    around = steps[(starts < last) & (starts + steps > first)]
    return len(steps) >= EVEN_LINES and bool((around <= AS_EVEN * np.median(steps)).all())


def _along_a_line(mask: Mask, correlation: float) -> float | None:
    """The correlation where most points hang together with their trend line: both must run the same clear way."""
    whole = _correlation(mask)
    clear = whole is not None and min(abs(whole), abs(correlation)) >= STRONG and whole * correlation > 0
    return whole if clear else None


def _marks(canvas: Canvas) -> list[Mask]:
    """Pixels that may be points': all inside the plot that is no ground, word, grid or frame.

    Twice where it is not plain whether what is grey belongs to the points: without it, and with it.
    """
    ground = np.array(canvas.plot_ground, np.int16)
    box = plot_box(canvas)
    top, bottom, left, right = box or _between_words(canvas)
    place = (slice(top + 1, bottom), slice(left + 1, right))
    labels = canvas.labels[place]
    far = (np.abs(canvas.pixels[place] - ground).astype(np.int32) ** 2).sum(2) > SEEN**2
    far &= ~np.isin(labels, list(canvas.grounds)) & ~word_mask(canvas)[place]
    pixels = canvas.pixels[place]
    vivid = far & (pixels.max(2) - pixels.min(2) >= VIVID)
    share = vivid.sum() / max(1, far.sum())
    alone = share >= NEARLY_ALL or _stands_alone(_ruleless(vivid), _ruleless(far & ~vivid))
    ways = [vivid] if alone else [far] if share <= HARDLY_ANY and canvas.words else [vivid, far]
    return [_without_rules(way, canvas, place) for way in ways]


def _ruleless(drawn: Mask) -> Mask:
    """What is drawn, without the rows and columns that it fills."""
    drawn = drawn.copy()
    drawn[drawn.sum(1) >= STRAIGHT * drawn.shape[1]] = False
    drawn[:, drawn.sum(0) >= STRAIGHT * drawn.shape[0]] = False
    return drawn


def _without_rules(drawn: Mask, canvas: Canvas, place: tuple[slice, slice]) -> Mask:
    """The same of what is drawn in a place, as a mask of the whole picture."""
    marks = np.zeros(canvas.labels.shape, bool)
    marks[place] = _ruleless(drawn)
    return marks


def _between_words(canvas: Canvas) -> Box:
    """Where the plot may lie at most that has no frame: between the words around it."""
    top, bottom, left, right = 0, canvas.height, 0, canvas.width
    for word in canvas.words:
        x, y, wide, high = word.box
        if y + high < AROUND * canvas.height:
            top = max(top, y + high)
        elif y > (1 - AROUND) * canvas.height:
            bottom = min(bottom, y)
        elif x + wide < AROUND * canvas.width:
            left = max(left, x + wide)
        elif x > (1 - AROUND) * canvas.width:
            right = min(right, x)
    return top, bottom, left, right


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
    if abs(correlation) >= (STRONG if number >= SOME else STRONG_OF_FEW):
        return "rise" if correlation > 0 else "fall"
    return "show no clear trend" if abs(correlation) <= WEAK and number >= ENOUGH else None


def _stands_alone(vivid: Mask, grey: Mask) -> bool:
    """Whether what is vivid are pieces enough, with hardly anything grey amid them, and hardly any grey as large."""
    sides, others = _sides(vivid), _sides(grey)
    if len(sides) < LEAST_POINTS:
        return False
    ys, xs = np.nonzero(vivid)
    amid = grey[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    alike = as_large(others, np.median(sides, 0))
    return bool(amid.sum() <= HARDLY_ANY * len(ys)) and int(alike.sum()) <= HARDLY_ANY * len(sides)


def _sides(mask: Mask) -> NDArray[np.float64]:
    """Height and width of each piece of a mask, [pieces, 2]."""
    pieces, _ = ndimage.label(mask, np.ones((3, 3), bool))
    boxes = [box for box in ndimage.find_objects(pieces) if box is not None]
    return np.array([[side.stop - side.start for side in box] for box in boxes], np.float64).reshape(-1, 2)
