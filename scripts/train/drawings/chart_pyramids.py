"""Bars on both sides of a middle line: population pyramids, and bars above and below zero."""

from __future__ import annotations

import numpy as np

from alttext_local.structure.colours import name_of
from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_canvas import Canvas
from scripts.train.drawings.chart_frame import axes, frame, head, number_scale
from scripts.train.drawings.chart_looks import pick_look
from scripts.train.drawings.chart_palettes import apart, pick_palette
from scripts.train.drawings.chart_telling import Telling, number_of
from scripts.train.drawings.drawing import Drawing


def _pyramid(rng: np.random.Generator) -> Drawing:
    """Two groups back to back, one bar to each side a row, wider at the foot as populations are."""
    look = pick_look(rng)
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    rows = int(rng.integers(5, 19))
    shape = np.linspace(1, float(rng.uniform(0.1, 0.6)), rows) ** float(rng.uniform(0.6, 1.8))
    sides = [np.clip(shape * rng.normal(0.9, 0.06, rows), 0.04, 1) for _ in range(2)]
    left, right = [apart(one, look.panel or look.ground) for one in pick_palette(rng, 2, look.palette)][:2]
    names = [((row + 0.5) / rows, str(row * 5)) for row in range(rows)]
    panel = axes(rng, canvas, look, head(rng, canvas, look), number_scale(rng, -1, 1).ticks, names)
    thick = float(rng.uniform(0.3, 0.49))
    for row in range(rows):
        low, high = (row + 0.5 - thick) / rows, (row + 0.5 + thick) / rows
        for sign, lengths, colour in ((-1, sides[0], left), (1, sides[1], right)):
            end = 0.5 + sign * 0.5 * float(lengths[row])
            canvas.rect((*panel.at(0.5, low), *panel.at(end, high)), colour, look.outline)
    frame(canvas, look, panel)
    telling = Telling()
    telling.say("Bar chart with horizontal bars.", "bar chart")
    telling.say("The bars run to both sides of a middle line.", "two sides")
    telling.say(f"It has {number_of(rows, 'row')} of bars.", f"{rows} rows")
    one, two = name_of(left), name_of(right)
    if one != two:
        telling.say(f"The bars are {one} on the left and {two} on the right.")
    telling.facts.update(rows=rows, bars=2 * rows, sides=2, colours=[one, two])
    return telling.drawing("bar chart", canvas.finish(), canvas.written)


def _above_and_below(rng: np.random.Generator) -> Drawing:
    """Upright bars that rise above or hang below a line of zero."""
    look = pick_look(rng)
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    count = int(rng.integers(4, 22))
    values = rng.uniform(0.15, 0.95, count) * rng.choice([-1, 1], count)
    values[0], values[-1] = abs(values[0]), -abs(values[-1])
    up, down = [apart(one, look.panel or look.ground) for one in pick_palette(rng, 2, look.palette)][:2]
    down = up if rng.random() < 0.4 else down
    labels = words.labels(rng, count)
    names = [((i + 0.5) / count, labels[i % len(labels)]) for i in range(count)]
    panel = axes(rng, canvas, look, head(rng, canvas, look), names, number_scale(rng, -1, 1).ticks)
    thick = float(rng.uniform(0.25, 0.48))
    for i, value in enumerate(values.tolist()):
        corner, end = panel.at((i + 0.5 - thick) / count, 0.5), panel.at((i + 0.5 + thick) / count, 0.5 + value / 2)
        canvas.rect((*corner, *end), up if value > 0 else down, look.outline)
    canvas.line((panel.at(0, 0.5), panel.at(1, 0.5)), look.ink, 1)
    frame(canvas, look, panel)
    above = int((values > 0).sum())
    telling = Telling()
    telling.say("Bar chart with vertical bars.", "bar chart")
    telling.say(f"It has {number_of(count, 'bar')}." if count <= 12 else "It has more than 12 bars.", "bars")
    telling.say("Some bars go below the line of zero.", "negative values")
    one, two = name_of(up), name_of(down)
    telling.say(f"The bars are {one}." if one == two else f"The bars are {one} above the line and {two} below it.")
    telling.facts.update(bars=count, above=above, below=count - above, colours=[one, two])
    return telling.drawing("bar chart", canvas.finish(), canvas.written)


def draw_two_sided_bars(rng: np.random.Generator) -> Drawing:
    """One of the two."""
    return (_pyramid if rng.random() < 0.5 else _above_and_below)(rng)
