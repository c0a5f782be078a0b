"""Number axes: ticks that OCR read, fitted to a linear or a logarithmic scale."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

import numpy as np

from alttext_local.structure.canvas import Canvas
from alttext_local.types import Word

NUMBER = re.compile(r"([$€£]?)([-−–]?)([$€£]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?([%kKM]|bn)?")
"""A number as a tick has it: a currency, a sign, thousands with commas, a fraction, a unit."""
LEAST_TICKS = 3
SURE_TICKS = 4
"""Ticks from which on the range of an axis is told."""
AGREEING = 0.7
"""Share of the numbers in a column or a row that must lie on the scale."""
MOST_TICKS = 24


@dataclass(frozen=True)
class Number:
    """A number that stands in the picture."""

    value: float
    prefix: str
    suffix: str
    decimals: int


@dataclass(frozen=True)
class Scale:
    """A fitted number axis: the value at a place is `slope` * place + `offset`, or 10 to the power of that."""

    slope: float
    """Per pixel of the canvas."""
    offset: float
    low: float
    high: float
    """Smallest and largest value that a tick has."""
    step: float | None
    """From tick to tick; None on a logarithmic axis."""
    prefix: str = ""
    suffix: str = ""
    log: bool = False
    places: tuple[float, ...] = ()
    """Of the ticks, in pixels."""
    across: float = 0.0
    """Where the column or row of ticks stands: x of a vertical axis, y of a horizontal one."""

    def whole(self, first: float, last: float) -> bool:
        """Whether ticks enough were read, and none is missing on the axis from `first` to `last` (pixels)."""
        if len(self.places) < SURE_TICKS:
            return False
        places = np.sort(self.places)
        gaps = np.diff(places)
        gap = float(np.median(gaps))
        even = np.ptp(gaps) <= max(3.0, 0.15 * gap) and (self.log or self.step is not None)
        return bool(even and places[0] - first < 0.85 * gap and last - places[-1] < 0.85 * gap)

    def value(self, place: float) -> float:
        """The value at a place along the axis, in pixels of the canvas."""
        fitted = self.slope * place + self.offset
        return float(10**fitted) if self.log else float(fitted)


def parse(text: str) -> Number | None:
    """A tick's number; None for what is none."""
    match = NUMBER.fullmatch(text.strip().rstrip(".,;:"))
    if match is None:
        return None
    before, sign, after, whole, fraction, unit = match.groups()
    value = float(whole.replace(",", "") + (fraction or ""))
    return Number(-value if sign else value, before or after, unit or "", len(fraction or ".") - 1)


def vertical_scale(canvas: Canvas) -> Scale | None:
    """The number axis whose ticks stand in a column; of two, the left one."""
    return _best(canvas, vertical=True)


def horizontal_scale(canvas: Canvas) -> Scale | None:
    """The number axis whose ticks stand in a row; of two, the lower one."""
    return _best(canvas, vertical=False)


def _best(canvas: Canvas, vertical: bool) -> Scale | None:
    numbers = [(word, number) for word in canvas.words if (number := parse(word.text)) is not None]
    found = []
    for lane in _lanes(numbers, vertical):
        scale = _fitted(lane, vertical)
        if scale is not None:
            found.append(scale)
    if not found:
        return None
    most = max(len(scale.places) for scale in found)
    rest = [scale for scale in found if len(scale.places) >= most - 1]
    return min(rest, key=lambda s: s.across) if vertical else max(rest, key=lambda s: s.across)


Tick = tuple[Word, Number]


def _lanes(numbers: Sequence[Tick], vertical: bool) -> list[list[Tick]]:
    """Numbers that stand in one column (by their right ends, or their middles) or in one row."""
    lanes: list[list[Tick]] = []
    for anchor in (1.0, 0.5, 0.0) if vertical else (0.5,):
        placed = sorted(numbers, key=lambda t: _across(t[0], vertical, anchor))
        lane: list[Tick] = []
        for tick in placed:
            slack = 0.45 * tick[0].box[3] + 1
            if lane and _across(tick[0], vertical, anchor) - _across(lane[-1][0], vertical, anchor) > slack:
                lanes.append(lane)
                lane = []
            lane.append(tick)
        lanes.append(lane)
    return [lane for lane in lanes if LEAST_TICKS <= len(lane) <= MOST_TICKS]


def _across(word: Word, vertical: bool, anchor: float) -> float:
    left, top, wide, high = word.box
    return left + anchor * wide if vertical else top + 0.5 * high


def _place(word: Word, vertical: bool) -> float:
    left, top, wide, high = word.box
    return top + high / 2 if vertical else left + wide / 2


def _fitted(lane: Sequence[Tick], vertical: bool) -> Scale | None:
    units = {(n.prefix, n.suffix) for _, n in lane if n.value}
    if len(units) > 1:
        return None
    places = np.array([_place(word, vertical) for word, _ in lane])
    values = np.array([number.value for _, number in lane])
    tolerance = max(2.0, 0.35 * median(word.box[3] for word, _ in lane))
    for log in (False, True):
        if log and (values <= 0).any():
            continue
        scaled = np.log10(values) if log else values
        inliers = _agreeing(places, scaled, tolerance)
        if inliers is None or (log and (len(inliers) < 3 or np.ptp(scaled[inliers]) < 1.5)):
            continue
        if len(inliers) < max(LEAST_TICKS, AGREEING * len(lane)):
            continue
        return _scale(lane, places, values, scaled, inliers, vertical, log)
    return None


def _agreeing(places: np.ndarray, values: np.ndarray, tolerance: float) -> np.ndarray | None:
    """The largest set of ticks on one straight line, by all pairs (a consensus as RANSAC's, but complete)."""
    best: np.ndarray | None = None
    for i, k in combinations(range(len(places)), 2):
        if abs(places[i] - places[k]) < 4 or values[i] == values[k]:
            continue
        slope = (values[k] - values[i]) / (places[k] - places[i])
        off = np.abs(places[i] + (values - values[i]) / slope - places)
        inliers = np.flatnonzero(off <= tolerance)
        if best is None or len(inliers) > len(best):
            best = inliers
    return best


def _scale(
    lane: Sequence[Tick],
    places: np.ndarray,
    values: np.ndarray,
    scaled: np.ndarray,
    inliers: np.ndarray,
    vertical: bool,
    log: bool,
) -> Scale | None:
    slope, offset = np.polyfit(places[inliers], scaled[inliers], 1)
    if abs(slope) < 1e-12 or (vertical and slope > 0) or (not vertical and slope < 0):
        return None
    kept = np.unique(np.round(values[inliers], 9))
    steps = np.diff(kept)
    step = float(steps.min())
    even = bool((np.abs(steps / step - np.round(steps / step)) < 0.05).all())
    unit = next((n for _, n in lane if n.value), lane[0][1])
    return Scale(
        float(slope),
        float(offset),
        float(kept[0]),
        float(kept[-1]),
        None if log or not even else step,
        unit.prefix,
        unit.suffix,
        log,
        tuple(float(p) for p in places[inliers]),
        float(np.median([_across(lane[i][0], vertical, 1.0) for i in inliers])),
    )
