"""The facts of a chart out of the SVG that Vega writes beside its PNG.

Vega labels every mark for screen readers (`aria-roledescription`, `aria-label`; Vega documentation,
"Axes: ARIA", "Marks: ARIA") and writes shapes in the units of the plot. So values, order and shares are read
off what was drawn and not off a program that would have to be run again. Only charts with one plot and one
sort of mark are read; of all others nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, tau
from xml.etree import ElementTree

import numpy as np

from scripts.train.drawings.chart_telling import clear_largest, clear_smallest, trend_of

Facts = dict[str, object]

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = r"(-?[\d.]+(?:e-?\d+)?)"
BAR = re.compile(rf"^M{NUMBER},{NUMBER}h{NUMBER}v{NUMBER}h{NUMBER}Z$")
PLOT = re.compile(rf"^M{NUMBER},{NUMBER}h{NUMBER}v{NUMBER}h{NUMBER}Z")
PLACE = re.compile(rf"translate\({NUMBER},{NUMBER}\)")
DISCRETE = re.compile(r"for a discrete scale with (\d+) values?: ")
LINEAR = re.compile(rf"for a linear scale with values from {NUMBER} to {NUMBER}$")
QUANTITY = re.compile(r"for a (?:linear|log|pow|sqrt|symlog|time|utc) scale ")
POINTS = ("point", "circle", "square")


@dataclass(frozen=True)
class Axis:
    """An axis as it is labelled: its title, what its scale is said to be, ticks as (place, label)."""

    title: str
    said: str
    ticks: tuple[tuple[float, str], ...]

    @property
    def values(self) -> int:
        """How many values a discrete axis has; 0 for all others."""
        found = DISCRETE.search(self.said)
        return int(found[1]) if found else 0

    @property
    def span(self) -> tuple[float, float] | None:
        """The ends of a linear axis."""
        found = LINEAR.search(self.said.replace("−", "-").replace(",", ""))
        return (float(found[1]), float(found[2])) if found else None


@dataclass(frozen=True)
class Scene:
    """What one plot shows. `marks` are (role, path, fill or stroke)."""

    width: float
    height: float
    title: str
    x: Axis | None
    y: Axis | None
    marks: tuple[tuple[str, str, str], ...]


def read_scene(svg: str) -> Scene | None:
    """The scene of an SVG with a single plot; None for facets, joined plots and doubled axes."""
    root = ElementTree.fromstring(svg)  # noqa: S314  # of a list that people looked through; expat bounds entities
    groups = list(root.iter(f"{SVG}g"))
    scopes = [words for words in (group.get("class", "").split() for group in groups) if "role-scope" in words]
    if any(words[2:] and words[2] != "pathgroup" for words in scopes):
        return None
    axes = [group for group in groups if group.get("aria-roledescription") == "axis"]
    sides = {side: [_axis(one, side) for one in axes if one.get("aria-label", "").startswith(side)] for side in "XY"}
    plot = _plot(root)
    if plot is None or any(len(side) > 1 for side in sides.values()):
        return None
    x, y = (side[0] if side else None for side in sides.values())
    return Scene(*plot, _title(groups), x, y, tuple(_marks(root)))


def _plot(root: ElementTree.Element) -> tuple[float, float] | None:
    for group in root.iter(f"{SVG}g"):
        if "role-frame" in group.get("class", ""):
            ground = next(
                (path.get("d", "") for path in group.iter(f"{SVG}path") if path.get("class") == "background"), ""
            )
            found = PLOT.match(ground)
            return (float(found[3]), float(found[4])) if found else None
    return None


def _title(groups: Sequence[ElementTree.Element]) -> str:
    for group in groups:
        if group.get("aria-roledescription") == "title":
            return " ".join(group.get("aria-label", "").removeprefix("Title text '").removesuffix("'").split())
    return ""


def _axis(group: ElementTree.Element, side: str) -> Axis:
    said = group.get("aria-label", "")
    title = re.match(r"^[XY]-axis titled '(.*)' for a ", said)
    ticks: list[tuple[float, str]] = []
    for part in group.iter(f"{SVG}g"):
        if "role-axis-label" in part.get("class", ""):
            for text in part.iter(f"{SVG}text"):
                place = PLACE.search(text.get("transform", ""))
                if place and text.get("opacity") != "0":
                    ticks.append((float(place[1 if side == "X" else 2]), "".join(text.itertext())))
    return Axis(title[1] if title else "", said, tuple(sorted(ticks)))


def _marks(root: ElementTree.Element) -> list[tuple[str, str, str]]:
    found = []
    for part in root.iter():
        role = part.get("aria-roledescription", "")
        if part.get("role") == "graphics-symbol" and role not in ("axis", "legend", "title"):
            found.append((role, part.get("d", ""), part.get("fill") or part.get("stroke") or ""))
    return found


def tell_scene(scene: Scene) -> Facts | None:
    """The facts of a bar, line, pie or scatter chart; None where it is none of them or in doubt."""
    roles = {role for role, _, _ in scene.marks}
    if roles == {"bar"}:
        facts = _tell_bars(scene)
    elif roles == {"line mark"}:
        facts = _tell_lines(scene)
    elif roles == {"arc mark"}:
        facts = _tell_pie(scene)
    elif len(roles) == 1 and roles <= set(POINTS):
        facts = _tell_points(scene)
    else:
        facts = None
    if facts is None:
        return None
    titles = {
        "title": scene.title,
        "x_title": scene.x.title if scene.x else "",
        "y_title": scene.y.title if scene.y else "",
    }
    return {**facts, **{name: text for name, text in titles.items() if text}}


@dataclass(frozen=True)
class _Bar:
    """A bar across its category axis (`start`, `end`, in pixels), with the values at its two ends."""

    start: float
    end: float
    low: float
    high: float
    fill: str

    @property
    def value(self) -> float:
        return self.low if abs(self.low) > abs(self.high) else self.high


def _tell_bars(scene: Scene) -> Facts | None:
    if scene.x is None or scene.y is None:
        return None
    upright, lying = (scene.x.values, scene.y.span), (scene.y.values, scene.x.span)
    horizontal = not all(upright)
    groups, span = lying if horizontal else upright
    names = (scene.y if horizontal else scene.x).ticks
    bars = _bars(scene, horizontal, span) if groups and span else None
    if not bars or len(names) != groups:
        return None
    rows: list[list[_Bar]] = [[] for _ in names]
    for bar in bars:
        rows[int(np.argmin([abs(place - (bar.start + bar.end) / 2) for place, _ in names]))].append(bar)
    layout = _layout(rows)
    if layout is None:
        return None
    return {"kind": "bar chart", "horizontal": horizontal, "labels": [name for _, name in names], **tell_rows(*layout)}


def _bars(scene: Scene, horizontal: bool, span: tuple[float, float]) -> list[_Bar] | None:
    bars = []
    for _, path, fill in scene.marks:
        found = BAR.match(path)
        if found is None:
            return None
        x, y, width, height = (float(found[i]) for i in range(1, 5))
        along, across = ((x, x + width), (y, y + height)) if horizontal else ((y, y + height), (x, x + width))
        length = scene.width if horizontal else scene.height
        ends = [span[0] + (end if horizontal else length - end) / length * (span[1] - span[0]) for end in along]
        bars.append(_Bar(min(across), max(across), round(min(ends), 6), round(max(ends), 6), fill))
    return bars


def _layout(rows: Sequence[Sequence[_Bar]]) -> tuple[str, np.ndarray] | None:
    """The layout and the values (groups x series); a bar that is not there is 0. None if bars overlap."""
    fills = list(dict.fromkeys(bar.fill for row in rows for bar in row))
    if max(len(row) for row in rows) == 1:
        if any(bar.low * bar.high < 0 or min(abs(bar.low), abs(bar.high)) > 1e-6 for row in rows for bar in row):
            return None  # bars that hang free: ranges
        return "single", np.array([[row[0].value if row else 0.0] for row in rows])
    if any(len({bar.fill for bar in row}) != len(row) for row in rows):
        return None
    stacked = all(max(bar.start for bar in row) - min(bar.start for bar in row) < 0.5 for row in rows if row)
    values = np.zeros((len(rows), len(fills)))
    for i, row in enumerate(rows):
        for bar in row:
            values[i, fills.index(bar.fill)] = bar.high - bar.low if stacked else bar.value
    if stacked:
        tops = [max(bar.high for bar in row) for row in rows if row]
        bottoms = [min(bar.low for bar in row) for row in rows if row]
        sums = [float(line.sum()) for line, row in zip(values, rows, strict=True) if row]
        piled = np.allclose(sums, tops, rtol=1e-3, atol=1e-6) and max(map(abs, bottoms)) < 1e-6
        return ("stacked", values) if piled else None
    apart = all(one.end <= two.start + 0.5 for row in rows for one, two in pairwise(sorted(row, key=_start)))
    return ("grouped", values) if apart else None


def _start(bar: _Bar) -> float:
    return bar.start


def tell_rows(layout: str, values: np.ndarray) -> Facts:
    """Facts of bars (groups x series), by the same rules as `drawings.chart_bars.tell_bars`."""
    groups, series = values.shape
    facts: Facts = {"layout": layout, "groups": groups, "series": series}
    facts["values"] = values[:, 0].tolist() if series == 1 else values.tolist()
    if layout == "single":
        row = values[:, 0]
        if bool((row > 0).all()) and groups > 1:
            best, least, trend = clear_largest(row), clear_smallest(row), trend_of(row) if groups >= 4 else ""
            facts.update(_known(largest=best, smallest=least))
            facts.update({"trend": trend} if trend else {})
    elif bool((values >= 0).all()):
        best = clear_largest(values.ravel()) if layout == "grouped" else clear_largest(values.sum(axis=1))
        facts.update(_known(largest=best if best is None or layout == "stacked" else best // series))
    return facts


def _known(**found: int | None) -> Facts:
    return {name: index + 1 for name, index in found.items() if index is not None}


def _tell_lines(scene: Scene) -> Facts | None:
    if scene.x is None or scene.y is None or not (QUANTITY.search(scene.x.said) or scene.x.values):
        return None
    facts: Facts = {"kind": "line chart", "lines": len(scene.marks)}
    steps = re.findall(r"([A-Za-z])([^A-Za-z]*)", scene.marks[0][1])
    names = "".join(name for name, _ in steps)
    if len(scene.marks) == 1 and scene.y.span and names.rstrip("L") == "M":
        points = np.array([[float(number) for number in numbers.split(",")] for _, numbers in steps])
        trend = trend_of(-points[:, 1]) if bool((np.diff(points[:, 0]) > 0).all()) else ""
        facts.update({"points": len(points)}, **({"trend": trend} if trend else {}))
    return facts


def _tell_pie(scene: Scene) -> Facts | None:
    if scene.x or scene.y:
        return None
    slices, donut = [], False
    for _, path, _ in scene.marks:
        arcs = re.findall(r"A([^A-Za-z]*)", path)
        end = re.match(rf"^M{NUMBER},{NUMBER}A", path)
        if not arcs or end is None or len({arc.split(",")[0] for arc in arcs[:1]}) != 1:
            return None
        radius, numbers = float(arcs[0].split(",")[0]), arcs[0].split(",")
        first, last = _clockwise(float(numbers[5]), float(numbers[6])), _clockwise(float(end[1]), float(end[2]))
        slices.append((round(first, 4), ((last - first) % tau) / tau, radius))
        donut = donut or len(arcs) > 1
    shares = [share for _, share, _ in sorted(slices)]
    if abs(sum(shares) - 1) > 0.01 or len({round(radius, 1) for _, _, radius in slices}) != 1 or len(shares) < 2:
        return None
    return {"kind": "pie chart", "donut": donut, **tell_shares(shares)}


def _clockwise(x: float, y: float) -> float:
    """The angle from twelve o'clock, clockwise, in [0, 2 pi)."""
    angle = atan2(x, -y) % tau
    return 0.0 if tau - angle < 1e-4 else angle


def tell_shares(shares: Sequence[float]) -> Facts:
    """Facts of slices, clockwise from the first, by the rules of `drawings.chart_pies.tell_pie`."""
    facts: Facts = {"slices": len(shares), "shares": [round(share, 4) for share in shares]}
    return {**facts, **_known(largest=clear_largest(shares, 0.1), smallest=clear_smallest(shares, 0.05))}


def _tell_points(scene: Scene) -> Facts | None:
    if scene.x is None or scene.y is None or not (QUANTITY.search(scene.x.said) and QUANTITY.search(scene.y.said)):
        return None
    return {"kind": "scatter plot", "points": len(scene.marks)}
