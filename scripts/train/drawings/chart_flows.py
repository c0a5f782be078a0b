"""Rarer charts: flows, ridges, lollipops, Gantt bars, fields, packed circles, parallel axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alttext_local.structure.colours import name_of
from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_canvas import Box, Canvas, Point
from scripts.train.drawings.chart_frame import Panel, Tick, axes, frame, head, number_scale
from scripts.train.drawings.chart_looks import Look, pick_look
from scripts.train.drawings.chart_palettes import BLACK, WHITE, Colour, apart, ink_on, mix, pick_palette
from scripts.train.drawings.chart_series import bar_values, line_values
from scripts.train.drawings.chart_telling import Telling, clear_largest, nth
from scripts.train.drawings.drawing import Drawing

Paint = Callable[[np.random.Generator, Canvas, Look, Box], Telling]


def _named(form: str) -> Telling:
    telling = Telling()
    telling.say(f"{form[0].upper()}{form[1:]}.", form.lower())
    telling.facts["form"] = form.lower()
    return telling


def _colours(rng: np.random.Generator, look: Look, count: int) -> list[Colour]:
    return [apart(one, look.panel or look.ground) for one in pick_palette(rng, count, look.palette)][:count]


def _slots(rng: np.random.Generator, count: int) -> list[Tick]:
    return [((i + 0.5) / count, name) for i, name in enumerate(words.labels(rng, count))]


def _lollipops(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count, lying, pairs = int(rng.integers(3, 12)), bool(rng.random() < 0.6), bool(rng.random() < 0.35)
    slots, scale = _slots(rng, count), number_scale(rng, 0, 1.1)
    panel = axes(rng, canvas, look, box, scale.ticks if lying else slots, slots if lying else scale.ticks)
    values, others = bar_values(rng, count), bar_values(rng, count)
    colours, r = _colours(rng, look, 2), float(rng.uniform(3, 6))
    for i in range(count):
        along = (i + 0.5) / count
        start, end = scale.of(float(others[i]) if pairs else 0.0), scale.of(float(values[i]))
        ends = [panel.at(v, along) if lying else panel.at(along, v) for v in (start, end)]
        canvas.line(ends, mix(look.ink, look.ground, 0.4) if pairs else colours[0], 1.5)
        for place, colour in zip(ends[0 if pairs else 1 :], colours if pairs else colours[:1], strict=True):
            canvas.ellipse(place, r, colour)
    frame(canvas, look, panel)
    telling = _named("dumbbell chart" if pairs else "lollipop chart")
    telling.say(
        f"It has {count} rows." if lying else f"It has {count} stems.", f"{count} {'rows' if lying else 'stems'}"
    )
    telling.say_keyword("points on lines")
    best = clear_largest(values)
    if best is not None and not pairs and not lying:
        telling.say(f"The tallest stem is the {nth(best)} from the left.")
        telling.facts["largest"] = best + 1
    telling.facts.update({"rows" if lying else "stems": count, "horizontal": lying})
    return telling


def _gantt(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count = int(rng.integers(3, 12))
    panel = axes(rng, canvas, look, box, number_scale(rng, 0, 1).ticks, _slots(rng, count))
    colours, at = _colours(rng, look, int(rng.integers(1, 4))), 0.0
    for i in range(count):
        start = min(0.85, max(0.0, at + float(rng.uniform(-0.08, 0.1))))
        end = min(1.0, start + float(rng.uniform(0.08, 0.35)))
        low, high = 1 - (i + 0.8) / count, 1 - (i + 0.2) / count
        canvas.rect(
            (*panel.at(start, high), *panel.at(end, low)),
            colours[i % len(colours)],
            radius=2 if rng.random() < 0.3 else 0,
        )
        at = start + (end - start) * float(rng.uniform(0.4, 1))
    frame(canvas, look, panel)
    telling = _named("Gantt chart")
    telling.say(f"It has {count} rows.", f"{count} rows")
    telling.say("The bars start later from row to row.")
    telling.say_keyword("schedule")
    telling.facts["rows"] = count
    return telling


def _ridges(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count, points = int(rng.integers(3, 9)), 70
    panel = axes(rng, canvas, replace(look, grid=""), box, number_scale(rng, 0, 1).ticks, _slots(rng, count))
    colours, t = _colours(rng, look, 2), np.linspace(0, 1, points)
    for i in reversed(range(count)):
        centre, wide = rng.uniform(0.25, 0.75), rng.uniform(0.06, 0.16)
        hill = np.exp(-(((t - centre) / wide) ** 2)) + rng.uniform(0, 0.7) * np.exp(
            -(((t - rng.uniform(0.2, 0.8)) / 0.09) ** 2)
        )
        rise = hill / hill.max() * float(rng.uniform(0.9, 1.6)) / count
        line = [panel.at(float(a), i / count + float(b)) for a, b in zip(t, rise, strict=True)]
        fill = mix(colours[0], colours[1], i / max(1, count - 1))
        canvas.polygon(
            [*line, panel.at(1, i / count), panel.at(0, i / count)], fill, look.outline or ink_on(look.ground)
        )
    telling = _named("ridgeline plot")
    telling.say(f"It has {count} curves on top of each other.", f"{count} curves")
    telling.say_keyword("distribution")
    telling.facts["curves"] = count
    return telling


def _density(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count, t = int(rng.integers(1, 4)), np.linspace(0, 1, 90)
    panel = axes(rng, canvas, look, box, number_scale(rng, 0, 1).ticks, number_scale(rng, 0, 1).ticks)
    colours = _colours(rng, look, count)
    for colour in colours:
        hill = np.exp(-(((t - rng.uniform(0.2, 0.8)) / rng.uniform(0.08, 0.22)) ** 2)) * rng.uniform(0.4, 0.95)
        line = [panel.at(float(a), float(b)) for a, b in zip(t, hill, strict=True)]
        canvas.polygon(
            [*line, panel.at(1, 0), panel.at(0, 0)], mix(colour, look.panel or look.ground, 0.5 if count > 1 else 0.0)
        )
        canvas.line(line, colour, 1.5)
    frame(canvas, look, panel)
    telling = _named("density plot")
    telling.say(f"It has {count} curve{'s' * (count > 1)}.", f"{count} curve{'s' * (count > 1)}")
    if count == 1:
        telling.say(f"The area is {name_of(colours[0])}.")
    telling.facts["curves"] = count
    return telling


def _stream(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    layers, points = int(rng.integers(3, 9)), 60
    values = np.stack([np.abs(line_values(rng, points)) + 0.15 for _ in range(layers)])
    kernel = np.ones(7) / 7
    values = np.stack([np.convolve(np.pad(row, 3, mode="edge"), kernel, mode="valid") for row in values])
    base = -values.sum(axis=0) / 2
    reach = float(values.sum(axis=0).max()) / 2 * 1.05
    panel = axes(rng, canvas, replace(look, has_axis_names=False), box, number_scale(rng, 0, 1).ticks, [])
    for row, colour in zip(values, _colours(rng, look, layers), strict=True):
        upper = base + row
        edge = [(i / (points - 1), float(v)) for i, v in enumerate(upper)] + [
            (i / (points - 1), float(base[i])) for i in reversed(range(points))
        ]
        canvas.polygon([panel.at(x, 0.5 + v / reach / 2) for x, v in edge], colour)
        base = upper
    telling = _named("stream graph")
    telling.say(f"It has {layers} layers.", f"{layers} layers")
    telling.say_keyword("flow over time")
    telling.facts["layers"] = layers
    return telling


def _sankey(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    lefts, rights = int(rng.integers(2, 5)), int(rng.integers(2, 6))
    flows = rng.uniform(0.1, 1, (lefts, rights)) * (rng.random((lefts, rights)) < 0.8) + 0.02
    flows = flows / flows.sum() * 0.82
    panel = Panel(box)
    colours, gap, bar = _colours(rng, look, lefts), 0.18, 0.03
    tops = np.cumsum([0.0, *flows.sum(axis=1)[:-1]]) + np.arange(lefts) * gap / max(1, lefts - 1)
    ends = np.cumsum([0.0, *flows.sum(axis=0)[:-1]]) + np.arange(rights) * gap / max(1, rights - 1)
    used_left, used_right = tops.copy(), ends.copy()
    t = np.linspace(0, 1, 20)
    ease = 3 * t**2 - 2 * t**3
    for i in range(lefts):
        for k in range(rights):
            wide, a, b = float(flows[i, k]), float(used_left[i]), float(used_right[k])
            upper = [
                panel.at(bar + (1 - 2 * bar) * float(x), 1 - (a + (b - a) * float(e)))
                for x, e in zip(t, ease, strict=True)
            ]
            lower = [
                panel.at(bar + (1 - 2 * bar) * float(x), 1 - (a + wide + (b - a) * float(e)))
                for x, e in zip(t, ease, strict=True)
            ]
            canvas.polygon([*upper, *reversed(lower)], mix(colours[i], look.ground, 0.5))
            used_left[i] += wide
            used_right[k] += wide
    for start, stop, at in ((tops, used_left, 0.0), (ends, used_right, 1 - bar)):
        names = words.labels(rng, len(start))
        for i in range(len(start)):
            colour = colours[i] if at == 0 else look.ink
            canvas.rect((*panel.at(at, 1 - float(start[i])), *panel.at(at + bar, 1 - float(stop[i]))), colour)
            x = at + bar + 0.01 if at == 0 else at - 0.01
            canvas.text(
                panel.at(x, 1 - float(start[i] + stop[i]) / 2),
                names[i],
                look.letter,
                look.ink,
                "lm" if at == 0 else "rm",
            )
    telling = _named("Sankey diagram")
    telling.say(f"It has {lefts} sources and {rights} targets.", "flows")
    telling.say("Bands run from left to right.")
    telling.facts.update(sources=lefts, targets=rights)
    return telling


def _packed(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    centre, side = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), min(box[2] - box[0], box[3] - box[1])
    count = int(rng.integers(6, 40))
    radii = np.sort(rng.pareto(2.0, count) + 0.5)[::-1]
    radii = radii / np.sqrt((radii**2).sum()) * side * 0.36
    placed: list[tuple[float, float, float]] = []
    for r in radii:
        for reach in np.linspace(0, side / 2, 40):
            angle = float(rng.uniform(0, 6.3))
            x, y = centre[0] + float(reach * np.cos(angle)), centre[1] + float(reach * np.sin(angle))
            if all((x - a) ** 2 + (y - b) ** 2 > (r + c + 1) ** 2 for a, b, c in placed):
                placed.append((x, y, float(r)))
                break
    colours, one = _colours(rng, look, 4), rng.random() < 0.4
    for i, (x, y, r) in enumerate(placed):
        colour = mix(colours[0], WHITE, 0.5 * i / len(placed)) if one else colours[i % 4]
        canvas.ellipse((x, y), r, colour)
        if r > look.letter:
            canvas.text((x, y), words.topic(rng)[: max(1, int(r / look.letter * 2))], look.letter, ink_on(colour))
    telling = _named("packed circle chart")
    telling.say("It has many circles." if len(placed) > 12 else f"It has {len(placed)} circles.", "circles")
    telling.say("The circles have several sizes.")
    telling.facts["circles"] = len(placed)
    return telling


def _parallel(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count, groups = int(rng.integers(3, 8)), int(rng.integers(1, 4))
    left, top, right, bottom = box
    panel = Panel((left + 14, top + look.letter * 2, right - 14, bottom - look.letter))
    colours = _colours(rng, look, groups)
    middles = rng.uniform(0.2, 0.8, (groups, count))
    for _ in range(int(rng.integers(20, 110))):
        group = int(rng.integers(groups))
        values = np.clip(middles[group] + rng.normal(0, 0.12, count), 0, 1)
        canvas.line(
            [panel.at(i / (count - 1), float(v)) for i, v in enumerate(values)], mix(colours[group], look.ground, 0.25)
        )
    for i, name in enumerate((words.labels(rng, count) * count)[:count]):
        canvas.line((panel.at(i / (count - 1), 0), panel.at(i / (count - 1), 1)), look.ink, 1.5)
        x, y = panel.at(i / (count - 1), 1)
        canvas.text((x, y - look.letter), name, look.letter, look.ink)
    telling = _named("parallel coordinates plot")
    telling.say(f"It has {count} upright axes.", f"{count} axes")
    telling.say_keyword("many lines")
    telling.facts["axes"] = count
    return telling


_RAMPS: tuple[tuple[Colour, ...], ...] = (
    ((68, 1, 84), (33, 145, 140), (253, 231, 37)),
    ((0, 0, 4), (188, 55, 84), (252, 255, 164)),
    ((5, 48, 97), (247, 247, 247), (103, 0, 31)),
    ((255, 255, 217), (65, 182, 196), (8, 29, 88)),
)


def _ramp(share: float, stops: tuple[Colour, ...]) -> Colour:
    at = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    low = min(int(at), len(stops) - 2)
    return mix(stops[low], stops[low + 1], at - low)


def _field(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    """A plane in false colours, smooth or in cells, with a colour bar."""
    bar, stops = rng.random() < 0.75, _RAMPS[int(rng.integers(len(_RAMPS)))]
    left, top, right, bottom = box
    if bar:
        for i in range(30):
            high = bottom - look.letter * 1.5 - (bottom - top - look.letter * 2) * i / 30
            canvas.rect((right - 13, high - (bottom - top) / 30, right - 3, high), _ramp(i / 30, stops))
        box = (left, top, right - 24, bottom)
    look = replace(look, grid="")
    panel = axes(rng, canvas, look, box, number_scale(rng, 0, 1).ticks, number_scale(rng, 0, 1).ticks)
    cells = int(rng.choice([12, 24, 48]))
    x, y = np.meshgrid(np.linspace(-1, 1, cells), np.linspace(-1, 1, cells))
    surface: NDArray[np.float64] = np.zeros_like(x)
    for _ in range(int(rng.integers(1, 5))):
        away = (x - rng.uniform(-0.8, 0.8)) ** 2 + (y - rng.uniform(-0.8, 0.8)) ** 2
        surface += float(rng.uniform(0.4, 1)) * np.exp(-away / rng.uniform(0.05, 0.6))
    if rng.random() < 0.3:
        surface = np.sin(np.hypot(x, y) * float(rng.uniform(6, 16)))
    plane = (surface - np.min(surface)) / max(1e-6, float(np.ptp(surface))) + rng.normal(
        0, 0.04 if rng.random() < 0.3 else 0, x.shape
    )
    for i in range(cells):
        for k in range(cells):
            canvas.rect(
                (*panel.at(k / cells, i / cells), *panel.at((k + 1) / cells, (i + 1) / cells)),
                _ramp(float(plane[i, k]), stops),
            )
    frame(canvas, look, panel)
    telling = _named("heat map")
    telling.say(f"The cells go from {name_of(stops[0])} to {name_of(stops[-1])}.", "coloured cells")
    if bar:
        telling.say("A colour bar is on the right.", "colour bar")
    telling.facts.update(rows=cells, columns=cells, colour_bar=bool(bar))
    return telling


def _calendar(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    weeks = int(rng.integers(14, 53))
    left, top, right, bottom = box
    side = min((right - left) / weeks, (bottom - top - look.letter * 2) / 7)
    hot = _colours(rng, look, 1)[0]
    pale = mix(look.ground, hot, 0.1)
    for week in range(weeks):
        for day in range(7):
            share = 0.0 if rng.random() < 0.4 else float(rng.integers(1, 5)) / 4
            x, y = left + week * side, top + look.letter * 1.5 + day * side
            canvas.rect((x, y, x + side * 0.85, y + side * 0.85), mix(pale, hot, share))
    for i, name in enumerate(("Jan", "Mar", "May", "Jul", "Sep", "Nov")):
        canvas.text((left + i * weeks * side / 6, top + look.letter * 0.7), name, look.letter, look.ink, "lm")
    telling = _named("calendar heat map")
    telling.say("It has 7 rows of squares.", "squares")
    telling.say(
        f"The darkest squares are {name_of(hot)}." if not look.dark else f"The strongest squares are {name_of(hot)}."
    )
    telling.facts.update(rows=7, columns=weeks)
    return telling


def _pareto(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count = int(rng.integers(4, 11))
    values = np.sort(bar_values(rng, count))[::-1]
    total = np.cumsum(values) / values.sum()
    panel = axes(rng, canvas, look, box, _slots(rng, count), number_scale(rng, 0, 1).ticks)
    colours = _colours(rng, look, 2)
    for i, value in enumerate(values):
        canvas.rect(
            (*panel.at((i + 0.12) / count, 0.0), *panel.at((i + 0.88) / count, float(value) * 0.9)),
            colours[0],
            look.outline,
        )
    line: list[Point] = [panel.at((i + 0.5) / count, float(v) * 0.98) for i, v in enumerate(total)]
    canvas.line(line, colours[1], 2)
    for place in line:
        canvas.ellipse(place, 3, colours[1])
    frame(canvas, look, panel)
    telling = _named("bar and line chart")
    telling.say(f"It has {count} bars.", f"{count} bars")
    telling.say("The bars fall from left to right.")
    telling.say("The line rises.")
    telling.facts.update(bars=count, trend="fall")
    return telling


def _crosses(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    """A point-and-figure chart: columns of crosses and rings."""
    columns, rows = int(rng.integers(6, 18)), 22
    panel = axes(rng, canvas, look, box, number_scale(rng, 0, 1).ticks, number_scale(rng, 0, 1).ticks)
    at, r = 10, min(panel.width / columns, panel.height / rows) * 0.38
    for column in range(columns):
        up = column % 2 == 0
        for _ in range(int(rng.integers(3, 9))):
            at = min(rows - 1, max(0, at + (1 if up else -1)))
            place = panel.at((column + 0.5) / columns, (at + 0.5) / rows)
            canvas.mark(place, r, "cross" if up else "circle", BLACK if not look.dark else WHITE, None)
    frame(canvas, look, panel)
    telling = _named("point and figure chart")
    telling.say(f"It has {columns} columns of crosses and rings.", "crosses")
    telling.facts["columns"] = columns
    return telling


_PAINTS: tuple[Paint, ...] = (
    _lollipops,
    _gantt,
    _ridges,
    _density,
    _stream,
    _sankey,
    _packed,
    _parallel,
    _field,
    _field,
    _calendar,
    _pareto,
    _crosses,
)


def draw_flow_chart(rng: np.random.Generator) -> Drawing:
    """One of these charts."""
    look = pick_look(rng)
    paint = _PAINTS[int(rng.integers(len(_PAINTS)))]
    if paint is _calendar:  # seven rows of squares leave the rest of a tall sheet empty
        wide, high = look.size
        look = replace(look, size=(wide, min(high, max(90, wide // 3))))
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    telling = paint(rng, canvas, look, head(rng, canvas, look))
    return telling.drawing("other chart", canvas.finish(), canvas.written)
