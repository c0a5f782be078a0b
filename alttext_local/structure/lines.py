"""Lines of a line chart, traced by their colour from column to column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alttext_local.structure.canvas import GROUND, Canvas, Mask, cropped, grown, word_mask
from alttext_local.structure.colours import Colour, telling_names
from alttext_local.structure.plots import plot_box, scale_inside, several_plots
from alttext_local.structure.traces import (
    STRAIGHT,
    VIVID,
    Trace,
    cosine,
    is_area,
    is_outline,
    own_colour,
    pieces_of,
    traces,
)
from alttext_local.structure.trends import Trend, clear_largest, clear_smallest, trend_of

LEAST_COLUMNS = 30
LEAST_SPAN = 0.3
"""Share of the picture's width that a line has at least."""
AS_LONG = 0.8
"""Share of the longest line's width from which on another one is a line."""
MARK = 0.07
"""Share of the longest line's width up to which a colour may be a key of the legend or a note."""
COVERED = 0.5
"""Share of its columns in which a line, dashed or not, is seen."""
DARK = 200.0
"""Distance in RGB from the ground from which on a straight row is more than a line of the grid."""
WHOLE = 0.8
"""Share of a line's columns from which on its largest piece is the line."""
CROWDED = 0.06
"""Share of a line's windows up to which two strands may run side by side in its colour."""
ON = 0.12
"""Share of the longest line's width beside a line up to which its colour may come again, as a note's."""
MOST = 10
STRIP = 0.85
"""Share of the picture's width from which on a strip along its upper rim is an ornament, as no line lies there."""
RIM = 2
"""Pixels around the frame of the plot that are looked at with it: lines end there."""
SHARED = 0.95
"""Share of the columns that all lines have, from which on they can be told to cross or not."""
LEAST_CROSS = 0.1
"""Share of the height of all lines by which two must change places to cross."""
TOUCH = 4.0
"""Pixels between two lines up to which they may touch."""
LEAST_MOVE = 0.3
"""Share of the height of all lines that one moves over to have a trend."""
LEAST_RISE = 0.15
"""The same of the height of the plot."""


@dataclass(frozen=True, eq=False)
class Line:
    """One line. `xs` are the columns in which it was seen, `ys` its middle there, in pixels of the canvas."""

    shade: int
    colour: Colour
    plain: bool
    """Whether it is thick enough for its colour to be seen unmixed with the ground's."""
    xs: NDArray[np.int64]
    ys: NDArray[np.float64]

    def heights(self, count: int = 48) -> NDArray[np.float64]:
        """How far up it is at evenly spaced places from its left to its right end; larger is higher."""
        places = np.linspace(self.xs[0], self.xs[-1], count)
        return np.asarray(-np.interp(places, self.xs, self.ys))


@dataclass(frozen=True)
class LineChart:
    """All lines of a chart, in no order."""

    lines: tuple[Line, ...]
    height: float = 0.0
    """Of the plot, in pixels; 0 where it is not known."""

    @property
    def colour_names(self) -> tuple[str | None, ...]:
        """By which each line is known from the others, where its colour is plain to see."""
        names = telling_names([line.colour for line in self.lines])
        return tuple(name if line.plain else None for name, line in zip(names, self.lines, strict=True))

    @property
    def span(self) -> float:
        """From the highest to the lowest point of all lines, in pixels."""
        return float(max(line.ys.max() for line in self.lines) - min(line.ys.min() for line in self.lines))

    def trend(self, line: Line) -> Trend | None:
        """How a line runs from left to right, where it moves over enough of the plot to say so."""
        least = max(LEAST_MOVE * self.span, LEAST_RISE * self.height)
        return trend_of(line.heights()) if float(np.ptp(line.ys)) > least else None

    @property
    def crossing(self) -> bool | None:
        """Whether two lines change places by much; None where they only touch, or end at different places."""
        ends = [(int(line.xs[0]), int(line.xs[-1])) for line in self.lines]
        first, last = max(start for start, _ in ends), min(end for _, end in ends)
        if len(ends) < 2 or last - first < SHARED * (max(end for _, end in ends) - min(start for start, _ in ends)):
            return None
        places = np.linspace(first, last, 96)
        heights = [-np.interp(places, line.xs, line.ys) for line in self.lines]
        gaps = [one - other for one, other in combinations(heights, 2)]
        least = LEAST_CROSS * self.span
        if any(gap.max() > least and gap.min() < -least for gap in gaps):
            return True
        return False if all(np.abs(gap).min() > TOUCH for gap in gaps) else None

    def at_right(self, lowest: bool = False) -> int | None:
        """The place of the line that clearly ends highest, or lowest."""
        floor = max(float(line.ys.max()) for line in self.lines)
        ends = [floor - float(line.ys[-1]) for line in self.lines]
        if max(line.xs[-1] for line in self.lines) - min(line.xs[-1] for line in self.lines) > 6:
            return None
        return (clear_smallest if lowest else clear_largest)(ends, 0.08, 4.0)


def read_lines(canvas: Canvas) -> LineChart | None:
    """The lines of a picture; None where a colour is neither surely a line nor surely none."""
    if several_plots(canvas):
        return None
    top, bottom, left, right = _looked_at(canvas)
    plot = cropped(canvas, (top, bottom, left, right))
    found = _sure_lines(plot)
    return LineChart(tuple(_line(plot, trace, left, top) for trace in found), bottom - top) if found else None


def _looked_at(canvas: Canvas) -> tuple[int, int, int, int]:
    """The plot with its frame, outside of which are legends and words; the whole picture where it has no frame."""
    box = plot_box(canvas)
    if box is None:
        strips = np.flatnonzero((canvas.labels[: canvas.height // 20] != GROUND).mean(1) > STRIP)
        return int(strips[-1]) + 1 if len(strips) else 0, canvas.height, 0, canvas.width
    top, bottom, left, right = box
    return max(0, top - RIM), bottom + RIM + 1, max(0, left - RIM), right + RIM + 1


def _sure_lines(plot: Canvas) -> list[Trace] | None:
    """All lines of a plot; None where one colour may be one or not."""
    found = traces(plot)
    spans = {id(trace): _span(trace.mask) for trace in found}
    candidates = [trace for trace in found if _may_be_line(plot, trace, spans[id(trace)])]
    widths = {id(trace): spans[id(trace)][1] - spans[id(trace)][0] for trace in candidates}
    longest = max(widths.values(), default=0)
    if longest < max(LEAST_COLUMNS, LEAST_SPAN * plot.width):
        return None
    lines = [trace for trace in candidates if widths[id(trace)] >= AS_LONG * longest]
    left, right = min(spans[id(t)][0] for t in lines), max(spans[id(t)][1] for t in lines)
    rest = [t for t in found if t not in lines and not _band(plot, t, lines)]
    if any(_doubtful(trace, left, right, longest) for trace in rest) or _dark_row_inside(plot, lines):
        return None
    if len(lines) > MOST or any(_goes_on(t.mask, spans[id(t)], longest) for t in lines):
        return None
    return None if scale_inside(plot, np.logical_or.reduce([t.mask for t in lines])) else lines


def _may_be_line(plot: Canvas, trace: Trace, span: tuple[int, int]) -> bool:
    """Whether a colour runs as a line does, with its rims or, where those are a band around it, without."""
    if not trace.vivid and _of_the_grid(trace.mask):
        return False
    if _line_like(trace.mask, span, plot):
        return True
    crowded, _ = _strands(trace.mask[:, span[0] : span[1] + 1]) if span[1] - span[0] > LEAST_COLUMNS else (1.0, 0.0)
    if crowded > CROWDED or not _line_like(trace.core, _span(trace.core), plot):
        return False
    trace.mask = trace.core
    return True


def _dark_row_inside(canvas: Canvas, lines: Sequence[Trace]) -> bool:
    """Whether one or two straight dark rows run amid paler ones or amid the lines: a flat line or a line of zero."""
    ground = np.array(canvas.plot_ground, float)
    words = word_mask(canvas, 2)
    straight: list[tuple[int, bool, int]] = []
    for shade, colour in enumerate(canvas.shades):
        if shade in canvas.grounds or max(colour) - min(colour) >= VIVID:
            continue
        dark = float(np.linalg.norm(np.array(colour) - ground)) > DARK
        rows = np.flatnonzero(((canvas.labels == shade) & ~words).sum(1) >= STRAIGHT * canvas.width)
        straight += [(int(row), dark, shade) for i, row in enumerate(rows) if not i or row - rows[i - 1] > 3]
    if not straight:
        return False
    places = [row for row, _, _ in straight]
    for line in lines:
        places += np.flatnonzero(line.mask.any(1))[[0, -1]].tolist()
    top, bottom = min(places), max(places)
    inside = [shade for row, dark, shade in straight if dark and top + 4 < row < bottom - 4]
    return any(inside.count(shade) < 3 for shade in inside)


def _band(canvas: Canvas, trace: Trace, lines: list[Trace]) -> bool:
    """Whether it is the pale band around a line."""
    ground = np.array(canvas.plot_ground, float)
    offset = np.array(trace.colour) - ground
    for line in lines:
        if cosine(offset, np.array(line.colour) - ground) < 0.96:
            continue
        around = grown(line.mask, int(0.09 * canvas.height), 1)
        if is_area(trace.mask, canvas.height) or (trace.mask & around).sum() >= 0.85 * trace.mask.sum():
            return True
    return False


def _span(mask: Mask) -> tuple[int, int]:
    """First and last column of the widest stretch with no wide gap."""
    columns = np.flatnonzero(mask.any(0))
    if not len(columns):
        return 0, 0
    breaks = np.flatnonzero(np.diff(columns) > max(9, 0.045 * mask.shape[1]))
    starts = columns[np.concatenate([[0], breaks + 1])]
    ends = columns[np.concatenate([breaks, [len(columns) - 1]])]
    widest = int((ends - starts).argmax())
    return int(starts[widest]), int(ends[widest])


def _line_like(mask: Mask, span: tuple[int, int], canvas: Canvas) -> bool:
    left, right = span
    if right - left < LEAST_COLUMNS:
        return False
    part = mask[:, left : right + 1]
    counts = part.sum(0)
    seen: Mask = np.asarray(counts > 0)
    if seen.mean() < COVERED:
        return False
    if is_area(part, canvas.height):
        return False
    runs = (np.diff(part.astype(np.int8), axis=0, prepend=0) == 1).sum(0)
    double = float((runs[seen] > 1).mean())
    crowded, single = _strands(part)
    return crowded <= CROWDED and (double <= 0.3 or single >= 0.6) and _follows(part, seen)


def _strands(part: Mask) -> tuple[float, float]:
    """Shares of narrow windows through which more than one piece, or just one, runs from side to side."""
    height, width = part.shape
    window = max(10, width // 25)
    number = width // window
    apart = np.zeros((height, number, window + 1), bool)  # an empty column between the windows
    apart[:, :, :window] = part[:, : number * window].reshape(height, number, window)
    pieces, count = pieces_of(apart.reshape(height, -1))
    pieces = pieces.reshape(height, number, window + 1)
    starts, ends = np.zeros(count + 1, bool), np.zeros(count + 1, bool)
    starts[pieces[:, :, 0]] = True
    ends[pieces[:, :, window - 1]] = True
    whose = np.zeros(count + 1, np.int64)
    whose[pieces[:, :, 0]] = np.arange(number)
    through = np.bincount(whose[1:][(starts & ends)[1:]], minlength=number)
    return float((through > 1).mean()), float((through == 1).mean())


def _follows(part: Mask, seen: NDArray[np.bool_]) -> bool:
    """Whether the line goes on in the next column where it was, or nearly."""
    top = part.argmax(0)
    bottom = len(part) - 1 - part[::-1].argmax(0)
    places = np.flatnonzero(seen)
    top, bottom, gap = top[places], bottom[places], np.diff(places)
    reach = 2 + 3 * (gap - 1)
    joined = (top[1:] <= bottom[:-1] + reach) & (bottom[1:] >= top[:-1] - reach)
    return bool(joined.mean() >= 0.93)


def _goes_on(mask: Mask, span: tuple[int, int], longest: int) -> bool:
    """Whether the colour of a line comes again beside it, as in several panels."""
    columns: Mask = np.asarray(mask.any(0))
    columns[span[0] : span[1] + 1] = False
    return bool(columns.sum() > ON * longest)


def _of_the_grid(mask: Mask) -> bool:
    """Whether most of a grey lies in a few rows: what is left of a grid."""
    rows = np.sort(mask.sum(1))
    return bool(rows[-3:].sum() > 0.6 * rows.sum())


def _doubtful(trace: Trace, left: int, right: int, longest: int) -> bool:
    """Whether a colour that is no line here might be one after all."""
    part = trace.mask[:, left : right + 1]
    columns = int(part.any(0).sum())
    if not trace.vivid and _of_the_grid(part):
        return False
    if not trace.vivid:
        pieces, _ = pieces_of(part)
        boxes = [box for box in ndimage.find_objects(pieces) if box]
        widths = [box[1].stop - box[1].start for box in boxes if not is_outline(part[box])]
        dotted = columns > 0.6 * longest and _thin(part) and _follows(part, np.asarray(part.any(0)))
        return dotted or max(widths, default=0) > 0.25 * longest
    return columns > MARK * longest


def _thin(part: Mask) -> bool:
    counts = part.sum(0)
    return bool(np.median(counts[counts > 0]) <= 3)


def _line(plot: Canvas, trace: Trace, x: int, y: int) -> Line:
    """The line of a trace in a plot that lies at `x` and `y` in the picture."""
    left, right = _span(trace.mask)
    part = trace.mask[:, left : right + 1].copy()
    pieces, count = pieces_of(part)
    if count > 1:
        _drop_squares(part, pieces)
        main = pieces == np.bincount(pieces[part]).argmax()
        if (main & part).any(0).sum() >= WHOLE * part.any(0).sum():
            part &= main | ~main.any(0)  # beside the line itself, a key of the legend counts for nothing
    columns = np.flatnonzero(part.any(0))
    part = part[:, columns]
    heights = np.arange(len(part))[:, None]
    middles = (part * heights).sum(0) / part.sum(0)
    colour, plain = own_colour(plot, trace)
    return Line(trace.shade, colour, plain, columns + left + x, middles + y)


def _drop_squares(part: Mask, pieces: NDArray[np.int32]) -> None:
    """Takes solid pieces about as wide as high away: keys of a legend that lies in the plot."""
    boxes = ndimage.find_objects(pieces)
    areas = np.bincount(pieces.ravel())
    largest = areas[1:].max()
    for i, box in enumerate(boxes, 1):
        if box is None or areas[i] == largest:
            continue
        high, wide = (side.stop - side.start for side in box)
        if min(high, wide) >= 4 and max(high, wide) <= 1.5 * min(high, wide) and areas[i] > 0.7 * high * wide:
            part[box][pieces[box] == i] = False
