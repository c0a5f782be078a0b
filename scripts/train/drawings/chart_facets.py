"""The four usual charts in forms of their own: small multiples, bands, ramps of colour, log axes, bare marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from alttext_local.structure.colours import name_of
from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_bars import paint_bars, plan_bars, tell_bars
from scripts.train.drawings.chart_canvas import Box, Canvas
from scripts.train.drawings.chart_frame import Tick, axes, frame, head, number_scale
from scripts.train.drawings.chart_lines import paint_lines, plan_lines, tell_lines
from scripts.train.drawings.chart_looks import Look, pick_look
from scripts.train.drawings.chart_palettes import Colour, apart, mix, pick_palette
from scripts.train.drawings.chart_pies import paint_pie, plan_pie
from scripts.train.drawings.chart_scatters import paint_scatter, plan_scatter, tell_scatter
from scripts.train.drawings.chart_series import line_values
from scripts.train.drawings.chart_telling import Telling, singular, trend_of
from scripts.train.drawings.drawing import Draw, Drawing

Panels = Callable[[np.random.Generator, Canvas, Look, Box], None]


def _bars(rng: np.random.Generator, look: Look) -> Panels:
    """Panels of one form of bars, each with values of its own."""
    plan = plan_bars(rng, look)

    def paint(one: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> None:
        values = plan.values[one.permutation(len(plan.values))] * one.uniform(0.5, 1)
        paint_bars(one, canvas, look, replace(plan, values=values), box)

    return paint


def _lines(rng: np.random.Generator, look: Look) -> Panels:
    plan = plan_lines(rng, look)

    def paint(one: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> None:
        rows = [line_values(one, plan.values.shape[1]) + one.uniform(0, 0.6) for _ in plan.values]
        paint_lines(one, canvas, look, replace(plan, values=np.stack(rows)), box)

    return paint


def _pies(rng: np.random.Generator, look: Look) -> Panels:
    plan = replace(plan_pie(rng, look), sweep=360.0)

    def paint(one: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> None:
        paint_pie(one, canvas, look, replace(plan, shares=plan.shares[one.permutation(len(plan.shares))]), box)

    return paint


def _points(rng: np.random.Generator, look: Look) -> Panels:
    plan = plan_scatter(rng, look)

    def paint(one: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> None:
        points = plan.points * one.uniform(0.6, 1, 2) + one.normal(0, 0.03, plan.points.shape)
        paint_scatter(one, canvas, look, replace(plan, points=points, line=None), box)

    return paint


def _facets(rng: np.random.Generator, kind: str, planned: Callable[[np.random.Generator, Look], Panels]) -> Drawing:
    """The same chart several times over, each in a panel with its own name."""
    look = pick_look(rng)
    columns, rows = ((2, 1), (3, 1), (2, 2), (3, 2), (1, 2), (4, 1), (3, 3))[int(rng.integers(7))]
    wide, high = look.size
    letter = max(6, round(look.letter * 0.75))
    size = (min(860, int(wide * (1 + 0.35 * (columns - 1)))), min(720, int(high * (1 + 0.3 * (rows - 1)))))
    look = replace(look, size=size, letter=letter, legend="none", has_axis_names=bool(rng.random() < 0.4))
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    left, top, right, bottom = head(rng, canvas, look)
    step_x, step_y, named = (right - left) / columns, (bottom - top) / rows, rng.random() < 0.7
    paint = planned(rng, look)
    strip = bool(look.panel) and rng.random() < 0.7
    names = words.labels(rng, columns * rows)
    for i in range(columns * rows):
        x, y = left + i % columns * step_x, top + i // columns * step_y
        box = (x + 3, y + (letter * 1.8 if named else 3), x + step_x - 4, y + step_y - 4)
        if named:
            if strip:
                canvas.rect(
                    (x + 3, y + 1, x + step_x - 4, y + letter * 1.6), mix(look.panel or look.ground, look.ink, 0.15)
                )
            canvas.text((x + step_x / 2, y + letter * 0.85), names[i % len(names)], letter, look.ink)
        paint(rng, canvas, look, box)
    telling = Telling()
    telling.say(f"{kind.capitalize()}.", kind)
    panels = columns * rows
    telling.say(f"It has {panels} panels.", f"{panels} panels")
    if rows == 1:
        telling.say("The panels stand side by side.")
    elif columns == 1:
        telling.say("The panels stand on top of each other.")
    else:
        telling.say(f"The panels stand in {rows} rows and {columns} columns.")
    telling.facts.update(panels=panels, panel_rows=rows, panel_columns=columns)
    return telling.drawing(kind, canvas.finish(), canvas.written)


def _bare(look: Look) -> Look:
    """Without title, words, grid or frame: what chart libraries draw in their tests and sparklines."""
    return replace(
        look, has_title=False, has_axis_names=False, has_labels=False, grid="", frame="", ticks=False, legend="none"
    )


def _bare_bars(rng: np.random.Generator) -> Drawing:
    look = _bare(pick_look(rng))
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    plan = plan_bars(rng, look)
    paint_bars(rng, canvas, look, plan, (0, 4, canvas.width, canvas.height - 4))
    return tell_bars(plan).drawing("bar chart", canvas.finish(), canvas.written)


def _bare_lines(rng: np.random.Generator) -> Drawing:
    look = _bare(pick_look(rng))
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    plan = plan_lines(rng, look)
    paint_lines(rng, canvas, look, plan, (2, 4, canvas.width - 2, canvas.height - 4))
    return tell_lines(plan).drawing("line chart", canvas.finish(), canvas.written)


def _bare_points(rng: np.random.Generator) -> Drawing:
    look = _bare(pick_look(rng))
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    plan = plan_scatter(rng, look)
    paint_scatter(rng, canvas, look, plan, (0, 0, canvas.width, canvas.height))
    return tell_scatter(plan).drawing("scatter plot", canvas.finish(), canvas.written)


def _log_ticks(decades: int, first: int) -> tuple[list[Tick], list[float]]:
    """Labelled powers of ten, and the places of the lines between them."""
    ticks = [(i / decades, f"{10.0 ** (first + i):,g}") for i in range(decades + 1)]
    between = [(i + float(np.log10(k))) / decades for i in range(decades) for k in range(2, 10)]
    return ticks, between


def _log_lines(rng: np.random.Generator) -> Drawing:
    """One or a few lines over a logarithmic axis with its uneven grid."""
    look = pick_look(rng)
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    decades, first = int(rng.integers(2, 7)), int(rng.integers(-3, 3))
    ticks, between = _log_ticks(decades, first)
    across = [(i / 5, f"{i * 10 ** int(rng.integers(1, 2)):g}") for i in range(6)]
    panel = axes(rng, canvas, replace(look, has_labels=True), head(rng, canvas, look), across, ticks)
    if rng.random() < 0.6:
        for place in between:
            canvas.line((panel.at(0, place), panel.at(1, place)), mix(look.grid_colour, look.panel or look.ground, 0.3))
    count, points = int(rng.choice([1, 1, 2, 3])), int(rng.integers(8, 60))
    colours = [apart(one, look.panel or look.ground) for one in pick_palette(rng, count, look.palette)][:count]
    trends = []
    for colour in colours:
        values = np.clip(line_values(rng, points) * rng.uniform(0.4, 0.9) + rng.uniform(0.03, 0.1), 0, 1)
        if rng.random() < 0.5:
            values = np.linspace(rng.uniform(0.05, 0.95), rng.uniform(0.05, 0.95), points)
        places = [panel.at(i / (points - 1), float(v)) for i, v in enumerate(values)]
        canvas.line(places, colour, float(rng.choice([1, 1.5, 2, 3])))
        trends.append(trend_of(values) if np.ptp(values) > 0.25 else "")
    frame(canvas, look, panel)
    telling = Telling()
    telling.say("Line chart.", "line chart")
    telling.say(f"It has {count} line{'s' * (count > 1)}.", f"{count} line{'s' * (count > 1)}")
    telling.say("The vertical axis is logarithmic.", "logarithmic axis")
    names = [name_of(colour) for colour in colours]
    if count == 1:
        telling.say(f"The line is {names[0]}.", f"{names[0]} line")
        if trends[0]:
            telling.say(f"The line {singular(trends[0])}.")
            telling.facts["trend"] = trends[0]
    telling.say_keyword("data points")
    telling.facts.update(lines=count, points=points, log=True, colours=names)
    return telling.drawing("line chart", canvas.finish(), canvas.written)


def _band(rng: np.random.Generator) -> Drawing:
    """A line, or two, each in a pale band of what is uncertain."""
    look = pick_look(rng)
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    count, points = int(rng.choice([1, 1, 2])), int(rng.integers(6, 60))
    colours = [apart(one, look.panel or look.ground) for one in pick_palette(rng, count, look.palette)][:count]
    rows = [line_values(rng, points) * 0.6 + 0.15 + 0.1 * i for i in range(count)]
    widths = [
        np.abs(rng.normal(0.08, 0.03)) * np.linspace(rng.uniform(0.4, 1.8), rng.uniform(0.4, 1.8), points) for _ in rows
    ]
    scale = number_scale(rng, -0.15, 1.15)
    labels = words.labels(rng, 6)
    across = [(i / (len(labels) - 1), name) for i, name in enumerate(labels)] if len(labels) > 1 else [(0.5, labels[0])]
    panel = axes(rng, canvas, look, head(rng, canvas, look), across, scale.ticks)
    ground = look.panel or look.ground
    for row, width, colour in zip(rows, widths, colours, strict=True):
        upper = [panel.at(i / (points - 1), scale.of(float(v))) for i, v in enumerate(row + width)]
        lower = [panel.at(i / (points - 1), scale.of(float(v))) for i, v in enumerate(row - width)]
        canvas.polygon([*upper, *reversed(lower)], mix(colour, ground, 0.65))
    for row, colour in zip(rows, colours, strict=True):
        canvas.line(
            [panel.at(i / (points - 1), scale.of(float(v))) for i, v in enumerate(row)],
            colour,
            float(rng.choice([1, 2, 2])),
        )
    frame(canvas, look, panel)
    telling = Telling()
    telling.say("Line chart.", "line chart")
    telling.say(f"It has {count} line{'s' * (count > 1)}.", f"{count} line{'s' * (count > 1)}")
    telling.say("A pale band lies around the line." if count == 1 else "Pale bands lie around the lines.", "bands")
    trend = trend_of(rows[0])
    if count == 1 and trend:
        telling.say(f"The line {singular(trend)}.")
        telling.facts["trend"] = trend
    telling.facts.update(lines=count, points=points, bands=True, colours=[name_of(colour) for colour in colours])
    return telling.drawing("line chart", canvas.finish(), canvas.written)


def _ramped_points(rng: np.random.Generator) -> Drawing:
    """Points coloured by a third measure, filled or hollow, with a colour bar or not; perhaps over a log axis."""
    look = pick_look(rng)
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    box = head(rng, canvas, look)
    ends = [
        apart(one, look.panel or look.ground)
        for one in pick_palette(rng, 2, str(rng.choice(["blues", "oranges", "viridis", "magma", "greens"])))
    ]
    cold, hot = ends[0], ends[-1]
    bar = rng.random() < 0.5
    if bar:
        left, top, right, bottom = box
        for i in range(40):
            y = bottom - 10 - (bottom - top - 24) * i / 40
            canvas.rect((right - 14, y - (bottom - top) / 40 - 1, right - 4, y), mix(cold, hot, i / 40))
        box = (left, top, right - 24, bottom)
    count = int(rng.choice([12, 40, 120, 400]))
    x = rng.beta(1.6, 2.6, count) if rng.random() < 0.5 else rng.uniform(0.03, 0.97, count)
    shape = str(rng.choice(["fall", "rise", "cloud"]))
    bend = {"fall": 0.95 * np.exp(-x * 2.6), "rise": 0.1 + 0.8 * x, "cloud": np.full(count, 0.5)}[shape]
    heights = np.clip(bend + rng.normal(0, 0.06 if shape != "cloud" else 0.2, count), 0.02, 0.98)
    log = rng.random() < 0.2
    up = _log_ticks(int(rng.integers(2, 6)), 0)[0] if log else number_scale(rng, 0, 1).ticks
    panel = axes(rng, canvas, look, box, number_scale(rng, 0, 1).ticks, up)
    third = x if rng.random() < 0.5 else rng.random(count)
    hollow, r = rng.random() < 0.4, float(rng.uniform(1.6, 4.5)) if count > 30 else float(rng.uniform(3, 7))
    for px, py, share in zip(x.tolist(), heights.tolist(), third.tolist(), strict=True):
        colour = mix(cold, hot, share)
        canvas.mark(panel.at(px, py), r, "circle", colour, None if hollow else colour)
    frame(canvas, look, panel)
    telling = Telling()
    telling.say("Scatter plot.", "scatter plot")
    if shape != "cloud":
        telling.say(f"The points {shape} from left to right.", f"{'falling' if shape == 'fall' else 'rising'} points")
    first, last = name_of(cold), name_of(hot)
    telling.say(f"The points go from {first} to {last}." if first != last else f"The points are {first}.")
    if bar:
        telling.say("A colour bar is on the right.", "colour bar")
    if hollow:
        telling.say("The points are hollow.")
    telling.facts.update(
        points=count, correlation=shape, colours=[first, last], colour_bar=bool(bar), log=bool(log), hollow=bool(hollow)
    )
    return telling.drawing("scatter plot", canvas.finish(), canvas.written)


def _strips(rng: np.random.Generator) -> Drawing:
    """Points in strips, one a category, standing or lying."""
    look = pick_look(rng)
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    groups = int(rng.integers(2, 8))
    slots: list[Tick] = [((i + 0.5) / groups, name) for i, name in enumerate(words.labels(rng, groups))]
    lying = bool(rng.random() < 0.5)
    numbers = number_scale(rng, 0, 1).ticks
    panel = axes(rng, canvas, look, head(rng, canvas, look), numbers if lying else slots, slots if lying else numbers)
    palette = [apart(one, look.panel or look.ground) for one in pick_palette(rng, groups, look.palette)]
    one_colour, r = rng.random() < 0.5, float(rng.uniform(1.5, 4))
    for i in range(groups):
        colour: Colour = palette[0 if one_colour else i]
        for value in np.clip(
            rng.normal(rng.uniform(0.25, 0.75), rng.uniform(0.05, 0.15), int(rng.integers(8, 60))), 0, 1
        ):
            along = (i + 0.5 + float(rng.uniform(-0.25, 0.25))) / groups
            canvas.mark(
                panel.at(float(value), along) if lying else panel.at(along, float(value)),
                r,
                "circle",
                colour,
                colour if rng.random() < 0.8 else None,
            )
    frame(canvas, look, panel)
    telling = Telling()
    telling.say("Scatter plot.", "scatter plot")
    telling.say(f"The points stand in {groups} strips.", f"{groups} strips")
    telling.say("The strips are horizontal." if lying else "The strips are vertical.")
    telling.facts.update(
        strips=groups,
        horizontal=lying,
        colours=sorted({name_of(one) for one in palette[: 1 if one_colour else groups]}),
    )
    return telling.drawing("scatter plot", canvas.finish(), canvas.written)


def draw_bar_forms(rng: np.random.Generator) -> Drawing:
    """Bars in small multiples or bare."""
    return _bare_bars(rng) if rng.random() < 0.5 else _facets(rng, "bar chart", _bars)


def draw_line_forms(rng: np.random.Generator) -> Drawing:
    """Lines in small multiples, bare, in bands or over a log axis."""
    forms: tuple[Draw, ...] = (_bare_lines, _log_lines, _band, lambda one: _facets(one, "line chart", _lines))
    return forms[int(rng.integers(4))](rng)


def draw_pie_forms(rng: np.random.Generator) -> Drawing:
    """Pies in small multiples."""
    return _facets(rng, "pie chart", _pies)


def draw_scatter_forms(rng: np.random.Generator) -> Drawing:
    """Points in ramps of colour, in strips, in small multiples or bare."""
    forms: tuple[Draw, ...] = (
        _ramped_points,
        _ramped_points,
        _strips,
        _bare_points,
        lambda one: _facets(one, "scatter plot", _points),
    )
    return forms[int(rng.integers(5))](rng)
