"""Pie and donut charts: what they show and how PIL paints them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_canvas import Box, Canvas
from scripts.train.drawings.chart_frame import head, legend
from scripts.train.drawings.chart_looks import Look, pick_look
from scripts.train.drawings.chart_palettes import Colour, apart, ink_on, mix, pick_palette
from scripts.train.drawings.chart_telling import (
    Telling,
    clear_largest,
    clear_smallest,
    colour_names,
    number_of,
    unique_name,
)
from scripts.train.drawings.drawing import Drawing


@dataclass(frozen=True)
class Pie:
    """The plan of a pie: `shares` sum to 1 and run clockwise from `start` degrees."""

    shares: np.ndarray
    colours: tuple[Colour, ...]
    names: tuple[str, ...]
    hole: float
    """The radius of the hole, as a share of the pie's; 0 for none."""
    start: float
    pulled: int | None
    """Which slice is pulled out, if one is."""
    gap: float
    sweep: float = 360.0
    """180 for half a pie."""


def plan_pie(rng: np.random.Generator, look: Look) -> Pie:
    """Decides on a pie chart: its shares, colours and names."""
    count = int(rng.integers(2, 9))
    weights = rng.dirichlet(np.full(count, float(rng.choice([1.2, 3.0, 8.0])))) + 0.03
    if rng.random() < 0.3:
        weights = np.sort(weights)[::-1]
    colours = [apart(one, look.ground) for one in pick_palette(rng, count, look.palette)]
    hole = float(rng.uniform(0.25, 0.82)) if rng.random() < 0.4 else 0.0
    return Pie(
        weights / weights.sum(),
        tuple(colours[:count]),
        tuple(words.labels(rng, count)),
        hole,
        float(rng.choice([-90, -90, 0, 30, 137])),
        int(rng.integers(count)) if rng.random() < 0.13 else None,
        float(rng.choice([0, 0, 1, 2, 5])),
        180.0 if hole and rng.random() < 0.12 else 360.0,
    )


def tell_pie(plan: Pie) -> Telling:
    """What can be seen of the slices."""
    telling = Telling()
    form = "donut chart" if plan.hole else "pie chart"
    telling.say(f"{form.capitalize()}.", "pie chart")
    telling.say_keyword(form)
    count = len(plan.shares)
    telling.say(f"It has {number_of(count, 'slice')}.", number_of(count, "slice"))
    best, least = clear_largest(plan.shares, 0.1), clear_smallest(plan.shares, 0.05)
    if best is not None:
        name = unique_name(plan.colours, best)
        if name:
            telling.say(f"The largest slice is {name}.", f"{name} slice")
        telling.facts["largest"] = best + 1
        share = float(plan.shares[best])
        if share > 0.53:
            telling.say("The largest slice is more than half.", "majority")
        elif share < 0.47:
            telling.say("No slice is more than half.")
    if least is not None and unique_name(plan.colours, least):
        telling.say(f"The smallest slice is {unique_name(plan.colours, least)}.")
    if plan.pulled is not None:
        telling.say("One slice is pulled out.", "pulled out slice")
    if plan.sweep < 360:
        telling.say("It is half a ring.", "half ring")
    names = colour_names(plan.colours)
    if len(set(names)) == count <= 4:
        telling.say(f"The slices are {', '.join(names[:-1])} and {names[-1]}.")
    telling.say_keyword("shares")
    telling.facts.update(slices=count, donut=bool(plan.hole), colours=names, names=list(plan.names))
    telling.facts["percentages"] = [f"{100 * share:.1f}" for share in plan.shares]
    return telling


def paint_pie(rng: np.random.Generator, canvas: Canvas, look: Look, plan: Pie, box: Box) -> None:
    """One pie inside the box."""
    labelled = rng.random() < 0.35
    box = legend(rng, canvas, look, box, list(zip(plan.names, plan.colours, strict=True)), bool(rng.random() < 0.3))
    left, top, right, bottom = box
    half = plan.sweep < 360
    margin = look.letter * 2.2 if labelled else look.letter * float(rng.uniform(0, 1.5))
    radius = min((right - left) / 2, (bottom - top) / (1 if half else 2)) - margin
    radius = max(20.0, radius * (0.9 if plan.pulled is not None else 1.0))
    centre = ((left + right) / 2, bottom - margin if half else (top + bottom) / 2)
    if rng.random() < 0.06:
        canvas.ellipse((centre[0] + 3, centre[1] + 4), radius, mix(look.ground, (90, 90, 90), 0.4))
    _paint_slices(rng, canvas, look, plan, centre, radius, labelled)


def _paint_slices(
    rng: np.random.Generator,
    canvas: Canvas,
    look: Look,
    plan: Pie,
    centre: tuple[float, float],
    radius: float,
    labelled: bool,
) -> None:
    inside = rng.random() < 0.4
    angle = 180.0 if plan.sweep < 360 else plan.start
    cuts = []
    for i, share in enumerate(plan.shares):
        turn = float(share) * plan.sweep
        middle = math.radians(angle + turn / 2)
        push = radius * 0.11 if i == plan.pulled else 0.0
        at = (centre[0] + push * math.cos(middle), centre[1] + push * math.sin(middle))
        canvas.arc_slice(at, (radius * plan.hole, radius), angle, angle + turn, plan.colours[i])
        cuts.append((at, math.radians(angle), math.radians(angle + turn)))
        if inside and share > 0.07 and plan.hole < 0.6:
            reach = radius * (0.65 if not plan.hole else (1 + plan.hole) / 2)
            place = (at[0] + reach * math.cos(middle), at[1] + reach * math.sin(middle))
            canvas.text(place, f"{share * 100:.0f}%", look.letter, ink_on(plan.colours[i]))
        if labelled:
            place = (at[0] + radius * 1.08 * math.cos(middle), at[1] + radius * 1.08 * math.sin(middle))
            canvas.text(place, plan.names[i], look.letter, look.ink, "lm" if math.cos(middle) > 0 else "rm")
        angle += turn
    edge = look.outline or look.ground
    if plan.gap or look.outline:
        for at, *angles in cuts:
            for a in angles:
                inner, outer = radius * plan.hole, radius * 1.01
                ends = [(at[0] + r * math.cos(a), at[1] + r * math.sin(a)) for r in (inner, outer)]
                canvas.line(ends, edge, plan.gap if not look.outline else 1)


def draw_pie(rng: np.random.Generator) -> Drawing:
    """A pie or donut chart in PIL."""
    look = pick_look(rng)
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    plan = plan_pie(rng, look)
    telling = tell_pie(plan)
    paint_pie(rng, canvas, look, plan, head(rng, canvas, look))
    return telling.drawing("pie chart", canvas.finish(), canvas.written)
