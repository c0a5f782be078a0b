"""Bar charts: single, grouped, stacked; upright and lying; what they show and how PIL paints them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_canvas import Box, Canvas
from scripts.train.drawings.chart_frame import (
    Panel,
    Scale,
    Tick,
    axes,
    frame,
    head,
    legend,
    legend_inside,
    number_scale,
)
from scripts.train.drawings.chart_looks import Look, pick_look
from scripts.train.drawings.chart_palettes import Colour, apart, ink_on, pick_palette
from scripts.train.drawings.chart_series import bar_values
from scripts.train.drawings.chart_telling import (
    Telling,
    clear_largest,
    clear_smallest,
    colour_names,
    nth,
    number_of,
    plural_colours,
    trend_of,
    unique_name,
)
from scripts.train.drawings.drawing import Drawing


@dataclass(frozen=True)
class Bars:
    """The plan of a bar chart: rows of `values` are groups from left (or top), columns are series."""

    values: np.ndarray
    layout: str
    """single, grouped or stacked."""
    flat: bool
    """Whether the bars lie (horizontal bars)."""
    colours: tuple[Colour, ...]
    """One a bar in a single chart, else one a series."""
    gap: float
    """The share of a slot that stays empty."""
    names: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def tops(self) -> np.ndarray:
        """The highest value of each group: the end of its bar, or of its stack."""
        return np.asarray(self.values.sum(axis=1) if self.layout == "stacked" else self.values.max(axis=1))


def plan_bars(rng: np.random.Generator, look: Look) -> Bars:
    """Decides on a bar chart: layout, values, colours, names."""
    layout = str(rng.choice(["single", "grouped", "stacked"], p=[0.58, 0.22, 0.2]))
    groups = int(rng.integers(2, 13)) if layout == "single" else int(rng.integers(2, 8))
    if layout == "single" and rng.random() < 0.08:
        groups = int(rng.integers(13, 31))
    series = 1 if layout == "single" else int(rng.integers(2, 5))
    values = np.stack([bar_values(rng, groups) for _ in range(series)], axis=1)
    if layout == "grouped":
        values = values * rng.uniform(0.5, 1, series)
    if layout == "stacked" and rng.random() < 0.2:
        values = values / values.sum(axis=1, keepdims=True)
    if layout == "single" and rng.random() < 0.1:
        values = values * rng.choice([1, -0.8], (groups, 1), p=[0.65, 0.35])
    return Bars(
        values,
        layout,
        bool(rng.random() < 0.36),
        _colours(rng, look, groups, series),
        float(rng.choice([0.0, 0.06, 0.15, 0.25, 0.4, 0.6], p=[0.06, 0.14, 0.28, 0.28, 0.18, 0.06])),
        tuple(words.labels(rng, groups)),
        tuple(words.labels(rng, series)),
    )


def _colours(rng: np.random.Generator, look: Look, groups: int, series: int) -> tuple[Colour, ...]:
    palette = [apart(one, look.panel or look.ground) for one in pick_palette(rng, series, look.palette)]
    if series > 1:
        return tuple(palette[:series])
    if rng.random() < 0.62:
        colours = [palette[int(rng.integers(min(3, len(palette))))]] * groups
        if rng.random() < 0.25:
            colours[int(rng.integers(groups))] = palette[-1]
        return tuple(colours)
    return tuple(palette[i % len(palette)] for i in range(groups))


def tell_bars(plan: Bars) -> Telling:
    """What can be seen of the bars."""
    telling = Telling()
    bars = "horizontal bars" if plan.flat else "vertical bars"
    form = {"single": "Bar chart", "grouped": "Grouped bar chart", "stacked": "Stacked bar chart"}[plan.layout]
    telling.say(f"{form} with {bars}.", "bar chart")
    if plan.layout != "single":
        telling.say_keyword(form.lower())
    telling.say_keyword(bars)
    (_tell_single if plan.layout == "single" else _tell_series)(telling, plan)
    groups, series = plan.values.shape
    telling.facts.update(layout=plan.layout, horizontal=plan.flat, groups=groups, series=series)
    telling.facts["colours"] = colour_names(plan.colours)
    telling.facts["names"] = list(plan.names)
    return telling


def _tell_single(telling: Telling, plan: Bars) -> None:
    values = plan.values[:, 0]
    count = len(values)
    if count <= 12:
        telling.say(f"It has {number_of(count, 'bar')}.", number_of(count, "bar"))
    else:
        telling.say("It has more than 12 bars.", "many bars")
    telling.facts["lengths"] = [f"{float(value):.4g}" for value in values]
    if bool((values < 0).any()) and bool((values > 0).any()):
        telling.say(f"Some bars point {'to the left' if plan.flat else 'down'}.", "negative values")
    elif bool((values > 0).all()):
        _tell_largest(telling, plan, values)
        trend = trend_of(values)
        if trend and count >= 4:
            way = {"rise": "get longer", "fall": "get shorter"}.get(trend, "") if plan.flat else trend
            if way:
                telling.say(f"The bars {way} from {'top to bottom' if plan.flat else 'left to right'}.")
                telling.facts["trend"] = trend
    telling.say(plural_colours(colour_names(plan.colours), "bars"))


def _tell_largest(telling: Telling, plan: Bars, values: np.ndarray) -> None:
    best, least = clear_largest(values), clear_smallest(values)
    side = "top" if plan.flat else "left"
    size, small = ("longest", "shortest") if plan.flat else ("tallest", "shortest")
    if best is not None:
        name = unique_name(plan.colours, best)
        if name:
            telling.say(f"The {size} bar is {name}.", f"{name} bar")
        if len(values) <= 12:
            telling.say(f"The {size} bar is the {nth(best)} from the {side}.")
        telling.facts["largest"] = best + 1
    if least is not None and len(values) <= 12:
        telling.say(f"The {small} bar is the {nth(least)} from the {side}.")
        telling.facts["smallest"] = least + 1


def _tell_series(telling: Telling, plan: Bars) -> None:
    groups, series = plan.values.shape
    side = "top" if plan.flat else "left"
    size = "longest" if plan.flat else "tallest"
    names = colour_names(plan.colours)
    if plan.layout == "grouped":
        telling.say(f"It has {groups} groups of {series} bars.", f"{groups} groups")
        best = clear_largest(plan.values.ravel())
        if best is not None:
            name = unique_name(plan.colours, best % series)
            if name:
                telling.say(f"The {size} bar is {name}.")
            telling.say(f"The {size} bar is in the {nth(best // series)} group from the {side}.")
            telling.facts["largest"] = best // series + 1
    else:
        telling.say(f"It has {groups} bars of {series} parts.", f"{groups} bars")
        telling.facts["lengths"] = [f"{float(top):.4g}" for top in plan.tops]
        best = clear_largest(plan.tops)
        if best is not None:
            telling.say(f"The {size} bar is the {nth(best)} from the {side}.")
            telling.facts["largest"] = best + 1
        elif float(np.ptp(plan.tops)) < 1e-6:
            telling.say("All bars are equally long." if plan.flat else "All bars are equally tall.")
    if len(set(names)) == series:
        telling.say(f"The colours are {', '.join(names[:-1])} and {names[-1]}.")


def paint_bars(rng: np.random.Generator, canvas: Canvas, look: Look, plan: Bars, box: Box) -> None:
    """One bar chart inside the box."""
    if plan.layout != "single":
        box = legend(rng, canvas, look, box, list(zip(plan.keys, plan.colours, strict=True)))
    low = min(0.0, float(plan.values.min()) * 1.15)
    scale = number_scale(rng, low, float(plan.tops.max()) * float(rng.uniform(1.01, 1.25)))
    canvas.written["per_length"] = f"{scale.per_length:.6g}"
    slots: list[Tick] = [((i + 0.5) / len(plan.names), name) for i, name in enumerate(plan.names)]
    if plan.flat:
        slots = [(1 - x, name) for x, name in slots]
        panel = axes(rng, canvas, look, box, scale.ticks, slots)
    else:
        panel = axes(rng, canvas, look, box, slots, scale.ticks)
    style = _Style(look, float(rng.choice([0, 0, 0, 2, 4])), bool(rng.random() < 0.22), rng.random() < 0.12)
    for group in range(len(plan.values)):
        _paint_group(canvas, panel, scale, plan, group, style)
    frame(canvas, look, panel, scale.of(0.0), plan.flat)
    if plan.layout != "single":
        legend_inside(rng, canvas, look, panel, list(zip(plan.keys, plan.colours, strict=True)))


@dataclass(frozen=True)
class _Style:
    look: Look
    radius: float
    valued: bool
    edged: bool


def _paint_group(canvas: Canvas, panel: Panel, scale: Scale, plan: Bars, group: int, style: _Style) -> None:
    groups, series = plan.values.shape
    slot = 1 / groups
    start, wide = (group + plan.gap / 2) * slot, (1 - plan.gap) * slot
    base = 0.0
    for i in range(series):
        value = float(plan.values[group, i])
        colour = plan.colours[group if plan.layout == "single" else i]
        if plan.layout == "grouped":
            ends = (start + wide * i / series, start + wide * (i + 1) / series)
            base = 0.0
        else:
            ends = (start, start + wide)
        box = _bar_box(panel, plan.flat, ends, (scale.of(base), scale.of(base + value)))
        edge = style.look.outline or (ink_on(style.look.ground) if style.edged else None)
        canvas.rect(box, colour, edge, radius=style.radius if series == 1 else 0)
        if style.valued and plan.layout == "single":
            _paint_value(canvas, style.look, box, plan.flat, value)
        base += value


def _bar_box(panel: Panel, flat: bool, ends: tuple[float, float], span: tuple[float, float]) -> Box:
    if flat:
        return (*panel.at(span[0], 1 - ends[0]), *panel.at(span[1], 1 - ends[1]))
    return (*panel.at(ends[0], span[0]), *panel.at(ends[1], span[1]))


def _paint_value(canvas: Canvas, look: Look, box: Box, flat: bool, value: float) -> None:
    text = f"{abs(value) * 100:.0f}"
    if flat:
        canvas.text((max(box[0], box[2]) + 2, (box[1] + box[3]) / 2), text, look.letter * 0.9, look.ink, "lm")
    elif abs(box[2] - box[0]) > look.letter:
        canvas.text(((box[0] + box[2]) / 2, min(box[1], box[3]) - 1), text, look.letter * 0.9, look.ink, "mb")


def draw_bars(rng: np.random.Generator) -> Drawing:
    """A bar chart in PIL, sometimes as several panels."""
    look = pick_look(rng)
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    plan = plan_bars(rng, look)
    telling = tell_bars(plan)
    paint_bars(rng, canvas, look, plan, head(rng, canvas, look))
    return telling.drawing("bar chart", canvas.finish(), canvas.written)
