"""Bars: upright or lying, single, in groups or stacked, on one side of a base line or on both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Literal

import numpy as np

from alttext_local.structure.canvas import Canvas, Patch, patches, word_mask
from alttext_local.structure.colours import Colour
from alttext_local.structure.lettering import below, beside
from alttext_local.structure.trends import Trend, clear_largest, clear_smallest, trend_of

Layout = Literal["single", "grouped", "stacked"]
LEAST_AREA = 8
NO_PLACE = 1e9
PIXELS = 2.5
"""By so many pixels at least must a bar be longer than the next to be called the longest."""
LEAST_FILL = 0.82
LINE = 2
"""Pixels: what is no thicker is an axis or an outline, not a bar."""
TOLERANCE = 2.0
"""Pixels by which edges that belong together may differ."""
MOST_BARS = 60


@dataclass(frozen=True)
class Bar:
    """One bar or one part of a stacked bar. Along the categories it lies at `start`..`end`, and from its foot it
    reaches `length` pixels of the canvas, below or left of the base line where that is negative."""

    start: float
    end: float
    foot: float
    """Where along the values it begins, in pixels from the base line."""
    length: float
    shade: int
    colour: Colour

    @property
    def middle(self) -> float:
        """Along the categories."""
        return (self.start + self.end) / 2


@dataclass(frozen=True)
class BarChart:
    """Bars that were read whole: `groups` run from the left or the top, each with its bars or its parts."""

    layout: Layout
    horizontal: bool
    base: float
    """Where the base line lies: y of upright bars, x of lying ones."""
    groups: tuple[tuple[Bar, ...], ...]
    mirrored: bool = False
    """Whether two bars of every row run to both sides of the base line."""
    names: tuple[str | None, ...] = ()
    """What is written under, or left of, each group; None where it was not surely read."""
    complete: bool = True
    """Whether nothing speaks for one more bar at either end: else neither counts nor places are sure."""

    @property
    def bars(self) -> tuple[Bar, ...]:
        """All, in reading order."""
        return tuple(bar for group in self.groups for bar in group)

    @property
    def totals(self) -> tuple[float, ...]:
        """The length of each group's longest bar, or of its stack."""
        if self.layout == "stacked":
            return tuple(sum(bar.length for bar in group) for group in self.groups)
        return tuple(max(bar.length for bar in group) for group in self.groups)

    @property
    def one_way(self) -> bool:
        """Whether all bars start at the base line and run the same way."""
        return not self.mirrored and all(bar.length > 0 for bar in self.bars)

    @property
    def two_way(self) -> bool:
        """Whether some bars run below, or left of, the base line and some do not."""
        return not self.mirrored and len({bar.length > 0 for bar in self.bars}) == 2

    @property
    def largest(self) -> int | None:
        """The place of the group with the longest bar or stack, where it is clearly the longest."""
        if not self.one_way:
            return None
        if self.layout == "grouped":
            best = clear_largest([bar.length for bar in self.bars], least=PIXELS)
            return None if best is None else best // len(self.groups[0])
        return clear_largest(self.totals, least=PIXELS)

    @property
    def smallest(self) -> int | None:
        """The same for the shortest; not of groups, where it says little."""
        return clear_smallest(self.totals, least=PIXELS) if self.one_way and self.layout != "grouped" else None

    @property
    def trend(self) -> Trend | None:
        """How single bars run from the first to the last."""
        return trend_of(self.totals) if self.layout == "single" and self.one_way else None

    @property
    def step(self) -> float:
        """Pixels from the middle of a group to the next one's."""
        places = self.middles
        return (places[-1] - places[0]) / (len(places) - 1)

    @property
    def middles(self) -> tuple[float, ...]:
        """Where along the categories each group has its middle."""
        return tuple((group[0].start + group[-1].end) / 2 for group in self.groups)


@dataclass(frozen=True)
class _Box:
    """A patch with its sides named along the categories (a) and along the values (v), v growing with the values."""

    a0: float
    a1: float
    v0: float
    v1: float
    shade: int

    @property
    def thickness(self) -> float:
        return self.a1 - self.a0


@dataclass(frozen=True)
class _Column:
    """What stands at one place along the categories, the parts from the base line outwards."""

    a0: float
    a1: float
    parts: tuple[_Box, ...]


def read_bars(canvas: Canvas) -> BarChart | None:
    """The bars of a picture; None where what was found does not fit together as one bar chart."""
    found = _rectangles(canvas)
    if found is None or len(found) < 2:
        return None
    readings = [reading for flat in (False, True) if (reading := _read_along(canvas, found, flat)) is not None]
    if not readings:
        return None
    areas = [sum(abs(bar.length) * (bar.end - bar.start) for bar in reading.bars) for reading in readings]
    if len(areas) == 2 and min(areas) > 0.7 * max(areas):
        return None
    return _named(canvas, readings[areas.index(max(areas))])


def _named(canvas: Canvas, chart: BarChart) -> BarChart:
    """With the names of its groups; a name beside the first or the last one tells of a bar that was not seen."""
    places = (chart.middles[0] - chart.step, *chart.middles, chart.middles[-1] + chart.step)
    ends = [chart.base + (1 if chart.horizontal else -1) * (bar.foot + bar.length) for bar in chart.bars]
    if chart.horizontal:
        before, *names, behind = beside(canvas, places, min(*ends, chart.base), chart.step)
    else:
        before, *names, behind = below(canvas, places, max(*ends, chart.base), chart.step)
    complete = not (before or behind or _overlooked(canvas, chart))
    return replace(chart, names=tuple(names), complete=complete)


def _rectangles(canvas: Canvas) -> list[Patch] | None:
    """Filled upright rectangles of all colours; None where a large area is none, as no chart of bars has one."""
    found, odd = [], 0
    for shade, count in enumerate(canvas.counts):
        if shade in canvas.grounds or count < LEAST_AREA:
            continue
        for patch in patches(canvas, shade, LINE):
            if patch.area < LEAST_AREA:
                continue
            if patch.fill >= LEAST_FILL:
                found.append(patch)
            elif patch.area > 40:
                odd += patch.area
        if len(found) > 400:
            return None
    total = sum(patch.area for patch in found)
    return found if odd < 0.15 * total else None


def _read_along(canvas: Canvas, found: Sequence[Patch], flat: bool) -> BarChart | None:
    boxes = [_box(patch, flat) for patch in found]
    short = min(canvas.width, canvas.height)
    keys = [box for box in boxes if _like_key(box, short)]
    others = [box for box in boxes if not _like_key(box, short)]
    columns = _columns(others)
    if len(columns) < 2:
        return None
    thickness = _common_thickness(columns)
    base = _base([column for column in columns if _as_thick(column, thickness)])
    if base is None:
        return None
    columns = [c for c in _columns([*others, *keys]) if _as_thick(c, thickness) and _touches(c, base)]
    if len(columns) < 2 or len(columns) > MOST_BARS or not _explains(boxes, columns, keys):
        return None
    return _arranged(canvas, sorted(columns, key=lambda c: c.a0), base, flat)


def _box(patch: Patch, flat: bool) -> _Box:
    if flat:
        return _Box(patch.top, patch.bottom, patch.left, patch.right, patch.shade)
    return _Box(patch.left, patch.right, -patch.bottom, -patch.top, patch.shade)


def _like_key(box: _Box, short: int) -> bool:
    """Whether it may be the key of a legend: a small square."""
    wide, high = box.a1 - box.a0, box.v1 - box.v0
    return abs(wide - high) <= 2 and max(wide, high) <= max(0.055 * short, 8)


def _columns(boxes: Sequence[_Box]) -> list[_Column]:
    """Boxes that lie at the same place along the categories and follow each other with no gap."""
    columns: list[list[_Box]] = []
    for box in sorted(boxes, key=lambda b: (b.v0, b.a0)):
        for column in columns:
            last = column[-1]
            same = abs(last.a0 - box.a0) <= TOLERANCE and abs(last.a1 - box.a1) <= TOLERANCE
            if same and -1 <= box.v0 - last.v1 <= 3 * LINE - 2:
                column.append(box)
                break
        else:
            columns.append([box])
    return [_Column(min(b.a0 for b in c), max(b.a1 for b in c), tuple(c)) for c in columns]


def _common_thickness(columns: Sequence[_Column]) -> float:
    """The thickness that agrees with the most columns, weighed by how long they are."""
    sizes = np.array([c.a1 - c.a0 for c in columns])
    weights = np.array([c.parts[-1].v1 - c.parts[0].v0 for c in columns])
    agreeing = [(weights[np.abs(sizes - size) <= _slack(size)].sum(), size) for size in sizes]
    best = max(agreeing)[1]
    return float(np.median(sizes[np.abs(sizes - best) <= _slack(best)]))


def _slack(thickness: float) -> float:
    return min(3.1, max(1.5, 0.2 * thickness)) if thickness < 60 else 0.05 * thickness


def _as_thick(column: _Column, thickness: float) -> bool:
    return abs(column.a1 - column.a0 - thickness) <= _slack(thickness)


def _base(columns: Sequence[_Column]) -> float | None:
    """The place along the values that the most columns begin or end at; beginnings count a little more."""
    starts = np.array([c.parts[0].v0 for c in columns])
    ends = np.array([c.parts[-1].v1 for c in columns])
    middles = np.array([c.parts[1].v0 for c in columns if len(c.parts) == 2] or [NO_PLACE])
    votes = []
    for place in (*starts, *ends, *middles):
        near = [int((np.abs(edges - place) <= TOLERANCE + 1).sum()) for edges in (starts, ends, middles)]
        votes.append((near[0] * 1.01 + near[1] + 1.005 * near[2], place))
    most, place = max(votes)
    if most < 0.8 * len(columns):
        return None
    edges = np.concatenate([starts, ends, middles])
    return float(np.median(edges[np.abs(edges - place) <= TOLERANCE + 1]))


def _touches(column: _Column, base: float) -> bool:
    edges = [column.parts[0].v0, *(part.v1 for part in column.parts)]
    return any(abs(edge - base) <= TOLERANCE + 1 for edge in edges)


def _explains(boxes: Sequence[_Box], columns: Sequence[_Column], keys: Sequence[_Box]) -> bool:
    """Whether nearly all that is no key of a legend belongs to a column."""
    used = {id(part) for column in columns for part in column.parts}
    key_ids = {id(key) for key in keys}
    area = sum((b.a1 - b.a0) * (b.v1 - b.v0) for b in boxes if id(b) in used)
    rest = [b for b in boxes if id(b) not in used and id(b) not in key_ids]
    low, high = min(c.a0 for c in columns), max(c.a1 for c in columns)
    bottom = min(c.parts[0].v0 for c in columns)
    top = max(c.parts[-1].v1 for c in columns)
    within = [b for b in rest if b.a1 > low and b.a0 < high and b.v1 > bottom and b.v0 < top]
    left_over = sum((b.a1 - b.a0) * (b.v1 - b.v0) for b in within)
    all_rest = sum((b.a1 - b.a0) * (b.v1 - b.v0) for b in rest)
    thickness = median(c.a1 - c.a0 for c in columns)
    base = max((c.parts[0].v0 for c in columns), key=[c.parts[0].v0 for c in columns].count)
    doubtful = any(0.3 < b.thickness / thickness < 3 and abs(b.v0 - base) <= LINE + 1 for b in rest)
    return left_over <= 0.02 * area and all_rest <= 0.15 * area and not doubtful


def _arranged(canvas: Canvas, columns: list[_Column], base: float, flat: bool) -> BarChart | None:
    one_sided = [_one_sided(column, base) for column in columns]
    bars = [tuple(_bar(canvas, part, base) for part in column.parts) for column in columns]
    place = base if flat else -base
    parts = Counter(len(column) for column in bars)
    if not all(one_sided):
        return _mirrored(bars, flat, place)
    steps = _steps([column[0].middle for column in bars])
    if max(parts) > 1:
        if steps is None or not _same_order([[b.shade for b in column] for column in bars]):
            return None
        return BarChart("stacked", flat, place, tuple(bars))
    singles = [column[0] for column in bars]
    if steps is not None:
        if _touching(singles) and _period(singles):
            return None
        return BarChart("single", flat, place, tuple((bar,) for bar in singles))
    return _grouped(singles, flat, place)


def _overlooked(canvas: Canvas, chart: BarChart) -> bool:
    """Whether one more bar, too short to be found as one, may stand before the first or behind the last."""
    free = np.isin(canvas.labels, list(canvas.grounds)) | word_mask(canvas)
    ink = ~(free.T if chart.horizontal else free)  # rows now run along the values
    base, reach = round(chart.base), 6
    ink = ink[max(0, base - reach) : base + reach + 1]
    first, last = chart.groups[0], chart.groups[-1]
    thickness = first[0].end - first[0].start
    between = [(a[-1].end + 2, b[0].start - 2) for a, b in pairwise(chart.groups)]
    lines = np.zeros(len(ink), bool)
    gaps = [ink[:, round(a) : round(b)] for a, b in between if b - a >= 2]
    if gaps:
        lines = np.concatenate(gaps, 1).mean(1) > 0.4
    for bar, shift in ((first[0], -chart.step), (last[-1], chart.step)):
        a, b = bar.start + shift + 0.2 * thickness, bar.end + shift - 0.2 * thickness
        slot = ink[:, max(0, round(a)) : max(0, round(b))]
        if slot.shape[1] >= 2 and ((slot.mean(1) > 0.8) & ~lines).any() and (gaps or (slot.mean(1) > 0.8).sum() > LINE):
            return True
    return False


def _one_sided(column: _Column, base: float) -> bool:
    low, high = column.parts[0].v0, column.parts[-1].v1
    return low >= base - TOLERANCE - 1 or high <= base + TOLERANCE + 1


def _bar(canvas: Canvas, part: _Box, base: float) -> Bar:
    below = part.v1 <= base + TOLERANCE + 1 and part.v0 < base - TOLERANCE - 1
    foot, end = (part.v1, part.v0) if below else (part.v0, part.v1)
    if abs(foot - base) <= TOLERANCE + 1:
        foot = base  # an axis or an outline lies over the foot
    return Bar(part.a0, part.a1, foot - base, end - foot, part.shade, canvas.shades[part.shade])


def _steps(middles: Sequence[float]) -> float | None:
    """The even step from bar to bar; None where it is not even."""
    steps = np.diff(middles)
    if not len(steps):
        return None
    step = float(np.median(steps))
    even = np.abs(steps - step) <= max(1.6, 0.04 * step)
    return step if bool(even.all()) else None


def _same_order(columns: Sequence[Sequence[int]]) -> bool:
    """Whether all stacks have the same shades in one order; a part may be too thin to be seen in none."""
    longest = max(columns, key=len)
    return len(set(longest)) == len(longest) and all(list(column) == list(longest) for column in columns)


def _touching(bars: Sequence[Bar]) -> bool:
    gaps = [b.start - a.end for a, b in pairwise(bars)]
    return median(gaps) <= LINE + 1


def _period(bars: Sequence[Bar]) -> int:
    """After how many bars the colours come again, where they do at least twice; else 0."""
    shades = [bar.shade for bar in bars]
    for period in range(2, len(shades) // 2 + 1):
        if (
            len(shades) % period == 0
            and len(set(shades[:period])) == period
            and shades == shades[:period] * (len(shades) // period)
        ):
            return period
    return 0


def _grouped(bars: Sequence[Bar], flat: bool, place: float) -> BarChart | None:
    period = _period(bars)
    if not period:
        return None
    steps = np.diff([bar.middle for bar in bars])
    between = np.arange(1, len(bars)) % period == 0
    inner, outer = steps[~between], steps[between]
    thickness = median(bar.end - bar.start for bar in bars)
    even = np.ptp(inner) <= max(3.0, 0.15 * thickness) and np.ptp(outer) <= max(3.0, 0.06 * float(np.median(outer)))
    if not even or outer.min() <= inner.max() + 1 or abs(float(np.median(inner)) - thickness) > 0.3 * thickness + 2:
        return None
    groups = tuple(tuple(bars[i : i + period]) for i in range(0, len(bars), period))
    return BarChart("grouped", flat, place, groups)


def _mirrored(bars: Sequence[tuple[Bar, ...]], flat: bool, place: float) -> BarChart | None:
    """Two bars back to back in every row."""
    if any(len(column) != 2 for column in bars) or _steps([column[0].middle for column in bars]) is None:
        return None
    rows = tuple((replace(a, foot=0.0), replace(b, foot=0.0)) for a, b in bars)
    if len({a.shade for a, _ in rows}) != 1 or len({b.shade for _, b in rows}) != 1:
        return None
    return BarChart("single", flat, place, rows, mirrored=True)
