"""A heat map: cells of one size side by side, each in one colour of a scale; and the bar that shows the scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alttext_local.structure.canvas import GROUND, Canvas, Mask, grown, word_mask
from alttext_local.structure.colours import Colour, distance

STEP = 8
"""Difference of a channel, of 255, between cells that lie side by side."""
FEWEST, MOST = 3, 48
"""Cells in a row or column."""
SMALLEST = 5.0
"""Pixels of a cell's side."""
OF_PICTURE = 0.15
"""Share of the picture that the cells take at least."""
SOLID = 0.45
"""Share of a row or column of pixels that is drawn on where cells lie: tick labels beside them leave more room."""
PLAIN_LINE, WEAKEST, EVEN = 0.3, 0.12, 0.06
"""Share of the cells along a line between them that differ: on average at least, at the weakest line at least, and
within cells at most."""
FEWEST_BINS = 12
"""Places across a cell that are looked at apart, at least."""
INNER = 0.25
"""Share of a cell at each side that its middle leaves out."""
COLOURS = 5
"""Colours that the cells have at least: fewer are a code or a pattern."""
ALIKE = 24.0
"""Distance in RGB up to which two cells count as one colour."""
FILLED = 0.6
"""Share of the cells that are not of the ground's colour, at least: tables have few."""
GAPS = 0.8
"""Share of the pixels between columns that are of the ground's colour where gaps part the cells."""
OFF_SCALE = 40.0
"""Distance in RGB from the straight way between two colours up to which a cell lies on it."""
ON_SCALE = 0.9
"""Share of the cells that must, where the scale runs from one of them to the other."""
BAR_HEIGHT, BAR_WIDTH, SHADES = 0.55, 0.15, 8
"""A colour bar: of the cells' height at least, of their width at most, and how many shades it shows."""


@dataclass(frozen=True)
class HeatMap:
    """What was seen of it."""

    rows: int
    columns: int
    gaps: bool
    """Whether the ground shows between the cells: of pale ones at the rim it is then unsure whether they are there."""
    ends: tuple[Colour, Colour] | None
    """The two colours that the scale runs between, the lighter one first; None where it runs through a third."""
    bar: bool
    """Whether a bar to the right of the cells shows the scale."""


def read_heat_map(canvas: Canvas) -> HeatMap | None:
    """The heat map of a picture; None where no even grid of many colours takes much of it."""
    drawn = (canvas.labels != GROUND) & ~word_mask(canvas)
    place = _largest(drawn)
    if place is None:
        return None
    pixels = canvas.pixels[place].astype(np.int16)
    read = ~word_mask(canvas, 2)[place]
    columns, rows = _cells(pixels, read), _cells(pixels.swapaxes(0, 1), read.T)
    if columns is None or rows is None:
        return None
    cells = _colours(pixels, rows, columns)
    ground = np.array(canvas.shades[GROUND], np.float32)
    filled = (np.linalg.norm(cells - ground, axis=1) > ALIKE).mean()
    if filled < FILLED or _different(cells) < COLOURS:
        return None
    return HeatMap(rows, columns, _are_gaps(pixels, columns, ground), _ends(cells), has_colour_bar(canvas, place))


def has_colour_bar(canvas: Canvas, beside: tuple[slice, slice]) -> bool:
    """Whether a narrow upright band of many shades, each of one row, stands to the right of a place."""
    rows, columns = beside
    high, wide = rows.stop - rows.start, columns.stop - columns.start
    right = (canvas.labels != GROUND) & ~word_mask(canvas)
    right[:, : columns.stop + 2] = False
    pieces, _ = ndimage.label(right)
    for y, x in (place for place in ndimage.find_objects(pieces) if place is not None):
        tall, narrow = y.stop - y.start, x.stop - x.start
        if tall >= BAR_HEIGHT * high and 4 <= narrow <= BAR_WIDTH * wide:
            band = canvas.pixels[y, x.start + 1 : x.stop - 1].astype(np.float32)
            even = float(band.std(axis=1).max(axis=1).mean()) < STEP
            if even and _different(band.mean(axis=1)) >= SHADES:
                return True
    return False


def _largest(drawn: Mask) -> tuple[slice, slice] | None:
    """Where the largest piece lies, without a thin frame and its ticks; pieces that nearly touch are one."""
    joined = grown(drawn, 2, 2)
    pieces, count = ndimage.label(joined)
    if not count:
        return None
    largest = int(np.bincount(pieces.ravel())[1:].argmax()) + 1
    mask = (pieces == largest) & drawn
    y, x = ndimage.find_objects(mask.astype(np.int8))[0]
    rows = np.flatnonzero(mask[y, x].mean(1) > SOLID)
    if not len(rows):
        return None
    y = slice(y.start + int(rows[0]), y.start + int(rows[-1]) + 1)
    columns = np.flatnonzero(mask[y, x].mean(0) > SOLID)
    if not len(columns):
        return None
    place = y, slice(x.start + int(columns[0]), x.start + int(columns[-1]) + 1)
    large = (place[0].stop - place[0].start) * (place[1].stop - place[1].start) >= OF_PICTURE * drawn.size
    return place if large else None


def _cells(pixels: NDArray[np.int16], read: Mask) -> int | None:
    """How many cells of one width lie side by side in pixels [height, width, 3]; where `read` is not, words stand."""
    steps = np.abs(np.diff(pixels, axis=1)).max(axis=2) > STEP
    counted = read[:, 1:]
    profile = (steps & counted).sum(0) / np.maximum(1, counted.sum(0))
    near = ndimage.maximum_filter1d(profile, 3)
    width = pixels.shape[1]
    best, found = 0.0, None
    for number in range(FEWEST, min(MOST, int(width / SMALLEST)) + 1):
        size = width / number
        lines = near[np.rint(np.arange(1, number) * size).astype(int) - 1]
        within = _within(profile, size)
        if float(lines.mean()) < PLAIN_LINE or float(np.quantile(lines, 0.1)) < WEAKEST or within > EVEN:
            continue
        if float(lines.mean()) - within > best:
            best, found = float(lines.mean()) - within, number
    return found


def _within(profile: NDArray[np.float64], size: float) -> float:
    """The most that differs along one line within all cells, as if there were a line between cells there too."""
    bins = max(FEWEST_BINS, int(size / 2))
    places = (np.arange(1, len(profile) + 1) / size) % 1
    numbers = np.floor(places * bins).astype(int).clip(0, bins - 1)
    means = np.bincount(numbers, profile, bins) / np.maximum(1, np.bincount(numbers, minlength=bins))
    inner = slice(round(INNER * bins), bins - round(INNER * bins))
    return float(means[inner].max())


def _colours(pixels: NDArray[np.int16], rows: int, columns: int) -> NDArray[np.float32]:
    """The median colour in the middle of each cell, [cells, 3]."""
    high, wide = pixels.shape[0] / rows, pixels.shape[1] / columns
    found = []
    for row in range(rows):
        top, bottom = round((row + INNER) * high), round((row + 1 - INNER) * high)
        for column in range(columns):
            left, right = round((column + INNER) * wide), round((column + 1 - INNER) * wide)
            middle = pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
            found.append(np.median(middle.reshape(-1, 3), axis=0))
    return np.array(found, np.float32)


def _different(colours: NDArray[np.float32]) -> int:
    """How many colours there are of which no two are alike."""
    kept: list[NDArray[np.float32]] = []
    for colour in colours:
        if all(float(np.linalg.norm(colour - one)) > ALIKE for one in kept):
            kept.append(colour)
    return len(kept)


def _are_gaps(pixels: NDArray[np.int16], columns: int, ground: NDArray[np.float32]) -> bool:
    """Whether most of what lies right between the columns is of the ground's colour."""
    lines = np.rint(np.arange(1, columns) * pixels.shape[1] / columns).astype(int)
    near = [np.linalg.norm(pixels[:, lines + off] - ground, axis=2) <= ALIKE for off in (-1, 0)]
    return bool((near[0] | near[1]).mean() > GAPS)


def _ends(cells: NDArray[np.float32]) -> tuple[Colour, Colour] | None:
    gaps = np.linalg.norm(cells[:, None] - cells[None], axis=2)
    one, other = cells[list(np.unravel_index(int(gaps.argmax()), gaps.shape))]
    way = other - one
    share = ((cells - one) @ way) / float(way @ way)
    off = np.linalg.norm(cells - one - share[:, None] * way, axis=1)
    if float((off < OFF_SCALE).mean()) < ON_SCALE:
        return None
    light, dark = sorted((_rounded(one), _rounded(other)), key=lambda colour: -distance(colour, (0, 0, 0)))
    return light, dark


def _rounded(colour: NDArray[np.float32]) -> Colour:
    red, green, blue = (round(float(part)) for part in colour)
    return red, green, blue
