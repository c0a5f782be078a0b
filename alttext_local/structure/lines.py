"""Lines of a line chart, traced by their colour from column to column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alttext_local.structure.canvas import Canvas, Mask, grown, thick, word_mask
from alttext_local.structure.colours import Colour
from alttext_local.structure.plots import scale_inside, several_plots
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
STRAIGHT = 0.35
"""Share of the picture from which on a straight grey row or column belongs to the grid or the frame."""
DARK = 200.0
"""Distance in RGB from the ground from which on a straight row is more than a line of the grid."""
VIVID = 40
"""Difference of the channels from which on a colour is no grey."""
PLAIN = 0.45
"""Share of a line's pixels that must have its own colour, not a paler one, for the colour to be named."""
PLAIN_PIXELS = 0.8
"""Such pixels in each column, on average."""
WHOLE = 0.8
"""Share of a line's columns from which on its largest piece is the line."""
MOST = 10
LEAST_MOVE = 0.3
"""Share of the height of all lines that one moves over to have a trend."""

Offset = NDArray[np.float64]


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

    @property
    def span(self) -> float:
        """From the highest to the lowest point of all lines, in pixels."""
        return float(max(line.ys.max() for line in self.lines) - min(line.ys.min() for line in self.lines))

    def trend(self, line: Line) -> Trend | None:
        """How a line runs from left to right, where it moves over enough of the plot to say so."""
        return trend_of(line.heights()) if float(np.ptp(line.ys)) > LEAST_MOVE * self.span else None

    def at_right(self, lowest: bool = False) -> int | None:
        """The place of the line that clearly ends highest, or lowest."""
        floor = max(float(line.ys.max()) for line in self.lines)
        ends = [floor - float(line.ys[-1]) for line in self.lines]
        if max(line.xs[-1] for line in self.lines) - min(line.xs[-1] for line in self.lines) > 6:
            return None
        return (clear_smallest if lowest else clear_largest)(ends, 0.08, 4.0)


@dataclass(eq=False)
class _Trace:
    """The pixels of one colour, or of a colour and its paler rims."""

    shade: int
    colour: Colour
    mask: Mask
    core: int = 0
    """Pixels of the colour itself, without its rims."""

    @property
    def vivid(self) -> bool:
        return max(self.colour) - min(self.colour) >= VIVID


def read_lines(canvas: Canvas) -> LineChart | None:
    """The lines of a picture; None where a colour is neither surely a line nor surely none."""
    if several_plots(canvas):
        return None
    traces = _merged(canvas, _traces(canvas))
    spans = [_span(trace.mask) for trace in traces]
    candidates = [
        (t, s)
        for t, s in zip(traces, spans, strict=True)
        if _line_like(t.mask, s, canvas) and (t.vivid or not _of_the_grid(t.mask))
    ]
    if not candidates:
        return None
    longest = max(right - left for _, (left, right) in candidates)
    if longest < max(LEAST_COLUMNS, LEAST_SPAN * canvas.width):
        return None
    lines = [(t, s) for t, s in candidates if s[1] - s[0] >= AS_LONG * longest]
    accepted = {id(t) for t, _ in lines}
    left, right = min(s[0] for _, s in lines), max(s[1] for _, s in lines)
    rest = [t for t in traces if id(t) not in accepted and not _band(canvas, t, [line for line, _ in lines])]
    if any(_doubtful(trace, left, right, longest) for trace in rest) or _dark_row_inside(
        canvas, [line for line, _ in lines]
    ):
        return None
    if len(lines) > MOST or any(_goes_on(t.mask, s, longest) for t, s in lines):
        return None
    if scale_inside(canvas, np.logical_or.reduce([trace.mask for trace, _ in lines])):
        return None
    return LineChart(tuple(_line(trace) for trace, _ in lines))


def _traces(canvas: Canvas) -> list[_Trace]:
    """One trace for each colour that is not ground, without words, grid and frame, and without solid squares."""
    words = word_mask(canvas)
    least = max(12, canvas.width // 14)
    found = []
    for shade, (colour, count) in enumerate(zip(canvas.shades, canvas.counts, strict=True)):
        if shade in canvas.grounds or count < least:
            continue
        trace = _Trace(shade, colour, canvas.labels == shade)
        mask = trace.mask
        if not trace.vivid:  # a word that OCR sees in a coloured line is none
            mask &= ~words
        _drop_straight(mask, trace.vivid)
        trace.core = int(mask.sum())
        if trace.core >= least:
            found.append(trace)
    return found


def _drop_straight(mask: Mask, vivid: bool) -> None:
    """Takes rows and columns of the grid and the frame away; of a vivid colour only where it has both or many."""
    rows = mask.sum(1) >= STRAIGHT * mask.shape[1]
    columns = mask.sum(0) >= STRAIGHT * mask.shape[0]
    apart = (np.diff(np.flatnonzero(rows)) > 3).sum() + 1
    if vivid and not (rows.any() and columns.any()) and apart < 3:
        return
    mask[rows] = False
    mask[:, columns] = False


def _dark_row_inside(canvas: Canvas, lines: Sequence[_Trace]) -> bool:
    """Whether one or two straight dark rows run amid paler ones or amid the lines: a flat line or a line of zero."""
    ground = np.array(canvas.plot_ground, float)
    straight: list[tuple[int, bool, int]] = []
    for shade, colour in enumerate(canvas.shades):
        if shade in canvas.grounds or max(colour) - min(colour) >= VIVID:
            continue
        dark = float(np.linalg.norm(np.array(colour) - ground)) > DARK
        rows = np.flatnonzero((canvas.labels == shade).sum(1) >= STRAIGHT * canvas.width)
        straight += [(int(row), dark, shade) for i, row in enumerate(rows) if not i or row - rows[i - 1] > 3]
    if not straight:
        return False
    places = [row for row, _, _ in straight]
    for line in lines:
        places += np.flatnonzero(line.mask.any(1))[[0, -1]].tolist()
    top, bottom = min(places), max(places)
    inside = [shade for row, dark, shade in straight if dark and top + 4 < row < bottom - 4]
    return any(inside.count(shade) < 3 for shade in inside)


def _merged(canvas: Canvas, traces: list[_Trace]) -> list[_Trace]:
    """Each colour with the paler ones that are its rims: in its direction from the ground, and always beside it."""
    ground = np.array(canvas.plot_ground, float)
    traces = sorted(traces, key=lambda t: -float(np.linalg.norm(np.array(t.colour) - ground)))
    kept: list[_Trace] = []
    for trace in traces:
        offset = np.array(trace.colour) - ground
        host = next((other for other in kept if _rim_of(trace, offset, other, np.array(other.colour) - ground)), None)
        if host is not None:
            host.mask = host.mask | trace.mask
        elif not _between(trace, kept):
            kept.append(trace)
    return kept


def _rim_of(trace: _Trace, offset: Offset, other: _Trace, stronger: Offset) -> bool:
    if _cosine(offset, stronger) < 0.975:
        return False
    both = trace.mask.any(0) & other.mask.any(0)
    if both.sum() < 3:
        return not _is_area(trace.mask, len(trace.mask))
    near = grown(other.mask[:, both], 2, 1)
    mine = trace.mask[:, both]
    beside = float((mine & near).sum()) / max(int(mine.sum()), 1)
    return beside >= 0.75 or (beside >= 0.5 and _cosine(offset, stronger) > 0.995 and not _is_area(mine, len(mine)))


def _cosine(one: Offset, other: Offset) -> float:
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-9))


def _between(trace: _Trace, kept: list[_Trace]) -> bool:
    """Whether a colour is only seen right beside others: a blend of two, or of one and the grid."""
    if not kept:
        return False
    union = np.logical_or.reduce([other.mask for other in kept])
    near = grown(union, 2, 2)
    return bool((trace.mask & near).sum() >= 0.85 * trace.mask.sum())


def _band(canvas: Canvas, trace: _Trace, lines: list[_Trace]) -> bool:
    """Whether it is the pale band around a line."""
    ground = np.array(canvas.plot_ground, float)
    offset = np.array(trace.colour) - ground
    for line in lines:
        if _cosine(offset, np.array(line.colour) - ground) < 0.96:
            continue
        around = grown(line.mask, int(0.09 * canvas.height), 1)
        if _is_area(trace.mask, canvas.height) or (trace.mask & around).sum() >= 0.85 * trace.mask.sum():
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
    if _is_area(part, canvas.height):
        return False
    runs = (np.diff(part.astype(np.int8), axis=0, prepend=0) == 1).sum(0)
    double = float((runs[seen] > 1).mean())
    crowded, single = _strands(part)
    return crowded <= 0.06 and (double <= 0.3 or single >= 0.6) and _follows(part, seen)


def _is_area(part: Mask, height: int) -> bool:
    """Whether most of a colour is thicker than any line."""
    return bool(thick(part, int(max(7, 0.025 * height))).sum() > 0.6 * part.sum())


def _strands(part: Mask) -> tuple[float, float]:
    """Shares of narrow windows through which more than one piece, or just one, runs from side to side."""
    width = part.shape[1]
    window = max(10, width // 25)
    crowded = single = 0
    starts = range(0, width - window + 1, window)
    for start in starts:
        pieces, _ = ndimage.label(part[:, start : start + window], np.ones((3, 3), bool))
        through = np.intersect1d(pieces[:, 0][pieces[:, 0] > 0], pieces[:, -1][pieces[:, -1] > 0])
        crowded += len(through) > 1
        single += len(through) == 1
    return crowded / len(starts), single / len(starts)


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
    return bool(columns.sum() > 0.25 * longest)


def _of_the_grid(mask: Mask) -> bool:
    """Whether most of a grey lies in a few rows: what is left of a grid."""
    rows = np.sort(mask.sum(1))
    return bool(rows[-3:].sum() > 0.6 * rows.sum())


def _doubtful(trace: _Trace, left: int, right: int, longest: int) -> bool:
    """Whether a colour that is no line here might be one after all."""
    part = trace.mask[:, left : right + 1]
    columns = int(part.any(0).sum())
    if not trace.vivid and _of_the_grid(part):
        return False
    if not trace.vivid:
        pieces, _ = ndimage.label(part, np.ones((3, 3), bool))
        widths = [box[1].stop - box[1].start for box in ndimage.find_objects(pieces) if box]
        dotted = columns > 0.6 * longest and _thin(part) and _follows(part, np.asarray(part.any(0)))
        return dotted or max(widths, default=0) > 0.25 * longest
    return columns > MARK * longest


def _thin(part: Mask) -> bool:
    counts = part.sum(0)
    return bool(np.median(counts[counts > 0]) <= 3)


def _line(trace: _Trace) -> Line:
    left, right = _span(trace.mask)
    part = trace.mask[:, left : right + 1].copy()
    pieces, count = ndimage.label(part, np.ones((3, 3), bool))
    if count > 1:
        _drop_squares(part, pieces)
        main = pieces == np.bincount(pieces[part]).argmax()
        if (main & part).any(0).sum() >= WHOLE * part.any(0).sum():
            part &= main | ~main.any(0)  # beside the line itself, a key of the legend counts for nothing
    columns = np.flatnonzero(part.any(0))
    part = part[:, columns]
    heights = np.arange(len(part))[:, None]
    middles = (part * heights).sum(0) / part.sum(0)
    plain = trace.core >= PLAIN * trace.mask.sum() and trace.core >= PLAIN_PIXELS * (right - left)
    return Line(trace.shade, trace.colour, bool(plain), columns + left, middles)


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
