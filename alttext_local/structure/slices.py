"""Pies and rings: the circle, and how much of it each colour takes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alttext_local.structure.canvas import Canvas, grown, thick
from alttext_local.structure.colours import Colour
from alttext_local.structure.trends import clear_largest, clear_smallest

STEPS = 1440
"""Rays that are looked along, four to a degree."""
RINGS = 12
"""Places along each ray."""
MOST = 24
MARGIN = 0.07
LEAST_DIFFERENCE = 0.012
"""Shares of the pie by which a slice must differ from the next to be called the largest or smallest."""
LEAST_RADIUS = 18
LEAST_SLICE = 1.0
"""Degrees: what is thinner is an edge or a blur."""
ROUND = 0.985
"""Share of the circle's rim that must lie where the fitted circle has it."""


@dataclass(frozen=True)
class Slice:
    """One slice; angles clockwise from the top, 0..360."""

    shade: int
    colour: Colour
    start: float
    sweep: float
    share: float
    """Of the whole pie, 0..1."""


@dataclass(frozen=True)
class Pie:
    """A pie or a ring that was read whole. Lengths are in pixels of the canvas."""

    centre: tuple[float, float]
    radius: float
    hole: float | None
    """The radius of the hole; 0 for none, None where that is not sure."""
    slices: tuple[Slice, ...]
    half: bool = False

    @property
    def largest(self) -> int | None:
        """The place of the largest slice, where it is clearly the largest."""
        return clear_largest([one.share for one in self.slices], MARGIN, LEAST_DIFFERENCE)

    @property
    def smallest(self) -> int | None:
        """The place of the smallest slice, where it is clearly the smallest."""
        return clear_smallest([one.share for one in self.slices], MARGIN, LEAST_DIFFERENCE)


def read_pie(canvas: Canvas) -> Pie | None:
    """The one pie of a picture; None without one, with several, or where the slices do not fill it."""
    found = _disc(canvas)
    if found is None:
        return None
    centre, radius, half = found
    hole = _hole(canvas, centre, radius, half)
    slices = _slices(canvas, centre, radius, hole or 0.0, half)
    if slices and _ringed(canvas, centre, radius, hole or 0.0, half, slices):
        return None
    return Pie(centre, radius, hole, slices, half) if slices else None


def _disc(canvas: Canvas) -> tuple[tuple[float, float], float, bool] | None:
    """The circle round the largest area that is not ground: centre, radius, and whether it is the upper half alone."""
    mask = thick(~np.isin(canvas.labels, list(canvas.grounds)), 3)
    gap = max(3, round(min(canvas.width, canvas.height) / 60))
    joined = ~grown(~grown(mask, gap, gap), gap, gap)
    pieces, count = ndimage.label(joined)
    if not count:
        return None
    areas = np.bincount(pieces.ravel())[1:]
    largest = int(areas.argmax())
    if count > 1 and np.sort(areas)[-2] > 0.2 * areas[largest]:
        return None
    piece = pieces == largest + 1
    return _fitted(piece & mask)


def _fitted(piece: NDArray[np.bool_]) -> tuple[tuple[float, float], float, bool] | None:
    rows, columns = np.flatnonzero(piece.any(1)), np.flatnonzero(piece.any(0))
    if len(rows) < LEAST_RADIUS or len(columns) < 2 * LEAST_RADIUS:
        return None
    left, right = columns[0], columns[-1]
    # The outermost pixels of each row and column are the rim.
    ys = np.concatenate([rows, rows, piece.argmax(0)[columns], len(piece) - 1 - piece[::-1].argmax(0)[columns]])
    xs = np.concatenate([piece.argmax(1)[rows], piece.shape[1] - 1 - piece[:, ::-1].argmax(1)[rows], columns, columns])
    half = bool(1.7 < (right - left + 1) / (rows[-1] - rows[0] + 1) < 2.3)
    if half:
        keep = ys < rows[-1] - 2
        ys, xs = ys[keep], xs[keep]
    fit = _circle(xs.astype(float), ys.astype(float))
    if fit is None:
        return None
    x, y, radius, agreeing = fit
    if radius < LEAST_RADIUS or agreeing < (0.6 if not half else 0.5):
        return None
    return (x + 0.5, y + 0.5), radius + 0.5, half


def _circle(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> tuple[float, float, float, float] | None:
    """The circle most points lie on (Kasa's least squares, trimmed): x, y, radius, share of points within 2 pixels."""
    keep = np.ones(len(xs), bool)
    x = y = radius = 0.0
    for _ in range(12):
        if keep.sum() < 12:
            return None
        a = np.stack([xs[keep], ys[keep], np.ones(keep.sum())], 1)
        (p, q, r), *_ = np.linalg.lstsq(a, xs[keep] ** 2 + ys[keep] ** 2, rcond=None)
        x, y = p / 2, q / 2
        squared = r + x * x + y * y
        if squared <= 0:
            return None
        radius = float(np.sqrt(squared))
        off = np.abs(np.hypot(xs - x, ys - y) - radius)
        keep = off <= max(2.0, float(np.quantile(off, 0.75)))
    off = np.abs(np.hypot(xs - x, ys - y) - radius)
    return float(x), float(y), radius, float((off < max(2.0, 0.02 * radius)).mean())


def _polar(canvas: Canvas, centre: tuple[float, float], radii: NDArray[np.float64], half: bool) -> NDArray[np.int16]:
    """Labels [radii, rays]; rays run clockwise from the top (from the left for a half)."""
    turn = np.pi if half else 2 * np.pi
    steps = STEPS // 2 if half else STEPS
    angles = (np.arange(steps) + 0.5) / steps * turn + (-np.pi if half else -np.pi / 2)
    x = np.rint(centre[0] - 0.5 + radii[:, None] * np.cos(angles)).astype(int)
    y = np.rint(centre[1] - 0.5 + radii[:, None] * np.sin(angles)).astype(int)
    inside = (x >= 0) & (y >= 0) & (x < canvas.width) & (y < canvas.height)
    return np.where(inside, canvas.labels[y.clip(0, canvas.height - 1), x.clip(0, canvas.width - 1)], 0).astype(
        np.int16
    )


def _hole(canvas: Canvas, centre: tuple[float, float], radius: float, half: bool) -> float | None:
    """The radius of the hole, 0 for none; None where the middle is neither."""
    radii = np.linspace(0.03, 0.97, 48) * radius
    labels = _polar(canvas, centre, radii, half)
    middle = np.bincount(labels[:3].ravel() + 1).argmax() - 1
    same = (labels == middle).mean(1)
    if same[0] < 0.9:
        return 0.0 if same[:4].mean() < 0.8 else None
    ends = np.flatnonzero(same < 0.85)
    if not len(ends):
        return None
    edge, following = int(ends[0]), int(min(ends[0] + 3, 45))
    if same[following] > 0.6 or radii[edge] < 0.1 * radius:
        return 0.0 if radii[edge] < 0.1 * radius else None
    return float(radii[edge])


def _slices(canvas: Canvas, centre: tuple[float, float], radius: float, hole: float, half: bool) -> tuple[Slice, ...]:
    inner = max(hole + 0.12 * (radius - hole), 0.6 * radius)
    radii = np.linspace(inner, radius - max(1.5, 0.04 * radius), RINGS)
    labels = _polar(canvas, centre, radii, half)
    votes = np.stack([(labels == shade).sum(0) for shade in range(len(canvas.shades))])
    votes[_thin_shades(canvas, centre, radius)] = 0
    best, strength = votes.argmax(0), votes.max(0)
    ray = np.where(strength >= 0.5 * RINGS, best, -1)
    unit = (180.0 if half else 360.0) / len(ray)
    pixel = 360 / (2 * np.pi * radius) / unit
    least = max(LEAST_SLICE / unit, 2.5 * pixel)
    runs = [run for run in _runs(ray, wrapped=not half) if run[0] >= 0 and run[2] >= least]
    kept = _rejoined(_without_edges(runs, max(7 * pixel, 0.013 * len(ray))), votes, len(ray), wrapped=not half)
    if _sliver(canvas, labels, kept, len(ray), pixel):
        return ()
    filled = sum(run[2] for run in kept) / len(ray)
    widest = max(_gaps(kept, len(ray)), default=0)
    if filled < 0.6 or widest > max(9.0, 0.25 * radius) * pixel or not 2 <= len(kept) <= MOST or _ragged(labels, kept):
        return ()
    return _shared(canvas, kept, unit, half)


def _ringed(
    canvas: Canvas, centre: tuple[float, float], radius: float, hole: float, half: bool, slices: tuple[Slice, ...]
) -> bool:
    """Whether there are rings in rings, or slices edged with their own colour: then runs of rays are no slices."""
    wide = radius - hole
    inner = _polar(canvas, centre, np.linspace(hole + 0.2 * wide, hole + 0.4 * wide, 5), half)
    outer = _polar(canvas, centre, np.linspace(hole + 0.75 * wide, hole + 0.9 * wide, 5), half)
    rim = _polar(canvas, centre, np.array([radius - 3.0]), half)[0]
    shades = [one.shade for one in slices]
    inside, outside = inner[2], outer[2]
    steady = (inner == inside).all(0) & (outer == outside).all(0)
    seen = steady & np.isin(inside, shades) & np.isin(outside, shades)
    edged = np.isin(outside, shades) & (outer == outside).all(0) & np.isin(rim, shades) & (rim != outside)
    return bool((seen & (inside != outside)).mean() > 0.1 or edged.mean() > 0.15)


def _thin_shades(canvas: Canvas, centre: tuple[float, float], radius: float) -> list[int]:
    """Shades that are no slice's: grounds, and what is nowhere thick in the disc, as blurred edges are."""
    (x, y), r = centre, radius
    box = (slice(max(0, int(y - r)), int(y + r) + 1), slice(max(0, int(x - r)), int(x + r) + 1))
    labels = canvas.labels[box]
    least = max(6.0, 0.002 * r * r)
    counts = np.bincount(labels.ravel() + 1, minlength=len(canvas.shades) + 1)[1:]
    solid = [s for s, n in enumerate(counts) if n >= least and thick(labels == s, 2).sum() >= least]
    return [s for s in range(len(canvas.shades)) if s in canvas.grounds or s not in solid]


def _rejoined(
    runs: list[tuple[int, int, int]], votes: NDArray[np.int64], rays: int, wrapped: bool
) -> list[tuple[int, int, int]]:
    """Runs of one shade that only words keep apart, made one: between slices there is a line at every radius."""
    joined: list[tuple[int, int, int]] = []
    for shade, start, length in runs:
        if joined and joined[-1][0] == shade:
            _, first, before = joined[-1]
            if _seen_through(votes[shade], first + before, start, rays):
                joined[-1] = (shade, first, start + length - first)
                continue
        joined.append((shade, start, length))
    if wrapped and len(joined) > 1 and joined[0][0] == joined[-1][0]:
        shade, start, length = joined[-1]
        _, first, before = joined[0]
        if _seen_through(votes[shade], start + length, first + rays, rays):
            joined = [(shade, start - rays, first + before - start + rays), *joined[1:-1]]
    return joined


def _without_edges(runs: list[tuple[int, int, int]], narrow: float) -> list[tuple[int, int, int]]:
    """Without the shade of lines between slices: every run of it is narrow, and it has several."""
    by_shade = {shade: [length for other, _, length in runs if other == shade] for shade, _, _ in runs}
    edges = {shade for shade, lengths in by_shade.items() if len(lengths) > 1 and max(lengths) < narrow}
    return [run for run in runs if run[0] not in edges]


def _sliver(
    canvas: Canvas, labels: NDArray[np.int16], kept: list[tuple[int, int, int]], rays: int, pixel: float
) -> bool:
    """Whether one gap between slices is wider than the others and not of the ground: a slice too thin to be read."""
    widths = []
    for (_, start, length), (_, following, _) in pairwise([*kept, *kept[:1]]):
        between = np.arange(start + length, start + length + (following - start - length) % rays) % rays
        widths.append(float((~np.isin(labels[:, between], list(canvas.grounds))).sum()) / RINGS / pixel)
    return len(widths) > 1 and max(widths) > max(2.3, 1.8 * float(np.median(widths)) + 0.5)


def _seen_through(votes: NDArray[np.int64], start: int, end: int, rays: int) -> bool:
    between = np.arange(start, end) % rays
    return bool((votes[between] >= 0.2 * RINGS).all())


def _gaps(kept: list[tuple[int, int, int]], rays: int) -> list[int]:
    """Rays between each slice and the next."""
    return [
        (following - start - length) % rays for (_, start, length), (_, following, _) in pairwise([*kept, *kept[:1]])
    ]


def _shared(canvas: Canvas, kept: list[tuple[int, int, int]], unit: float, half: bool) -> tuple[Slice, ...]:
    """Slices from runs of rays: a gap between two belongs half to each."""
    steps = len(kept)
    around = round((180 if half else 360) / unit)
    cuts = []
    for (_, start, length), (_, following, _) in pairwise([*kept, kept[0]]):
        gap = (following - start - length) % around
        cuts.append((start + length + gap / 2) % around)
    slices = []
    for i in range(steps):
        shade, start, length = kept[i]
        begin, end = cuts[i - 1], cuts[i]
        if half:
            begin, end = (0.0 if i == 0 else begin), (float(around) if i == steps - 1 else end)
        sweep = (end - begin) % around or (length if steps == 1 else around)
        slices.append(Slice(shade, canvas.shades[shade], begin * unit, sweep * unit, sweep / around))
    if not half and any(a == b for (a, _, _), (b, _, _) in pairwise([*kept, kept[0]])):
        return ()  # two neighbours of one colour are one slice under a line, or two: not known
    return tuple(slices)


def _runs(ray: NDArray[np.int64], wrapped: bool) -> list[tuple[int, int, int]]:
    """(shade, first ray, length) of each run; a run over the end is joined with the beginning."""
    starts = np.flatnonzero(np.diff(ray, prepend=ray[0] - 1))
    lengths = np.diff(starts, append=len(ray))
    runs = [(int(ray[s]), int(s), int(n)) for s, n in zip(starts, lengths, strict=True)]
    if wrapped and len(runs) > 1 and runs[0][0] == runs[-1][0]:
        shade, start, length = runs.pop()
        runs[0] = (shade, start - len(ray), length + runs[0][2])
    return runs


def _ragged(labels: NDArray[np.int16], kept: list[tuple[int, int, int]]) -> bool:
    """Whether a run is not the same slice from the inside out: then these are no slices."""
    rays = labels.shape[1]
    for shade, start, length in kept:
        inside = np.arange(start + length // 4, start + length - length // 4) % rays
        if len(inside) >= 4 and (labels[:, inside] == shade).mean() < 0.55:
            return True
    return False
