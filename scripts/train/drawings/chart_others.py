"""Charts of the rarer kinds, on axes: area, box plot, histogram, violin, error bars, waterfall, candles, heat map."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alttext_local.structure.colours import name_of
from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_canvas import Box, Canvas
from scripts.train.drawings.chart_frame import Panel, Tick, axes, frame, head, legend, number_scale
from scripts.train.drawings.chart_looks import Look, pick_look
from scripts.train.drawings.chart_palettes import BLACK, WHITE, Colour, apart, ink_on, mix, pick_palette
from scripts.train.drawings.chart_rounds import ROUNDS
from scripts.train.drawings.chart_series import line_values
from scripts.train.drawings.chart_telling import Telling, colour_names, number_of, plural_colours, singular, trend_of
from scripts.train.drawings.drawing import Drawing

Paint = Callable[[np.random.Generator, Canvas, Look, Box], Telling]


def _named(form: str) -> Telling:
    telling = Telling()
    telling.say(f"{form.capitalize()}.", form)
    telling.facts["form"] = form
    return telling


def _colours(rng: np.random.Generator, look: Look, count: int) -> list[Colour]:
    return [apart(one, look.panel or look.ground) for one in pick_palette(rng, count, look.palette)][:count]


def _slots(rng: np.random.Generator, count: int) -> list[Tick]:
    return [((i + 0.5) / count, name) for i, name in enumerate(words.labels(rng, count))]


def _spread(rng: np.random.Generator) -> list[Tick]:
    count = int(rng.integers(4, 9))
    return [(i / (count - 1), name) for i, name in enumerate(words.labels(rng, count))]


def _area(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    layers = int(rng.choice([1, 2, 3, 4, 5], p=[0.45, 0.2, 0.15, 0.12, 0.08]))
    points = int(rng.choice([int(rng.integers(4, 12)), int(rng.integers(30, 120))]))
    values = np.stack([line_values(rng, points) * rng.uniform(0.3, 1) + rng.uniform(0.1, 0.4) for _ in range(layers)])
    colours = _colours(rng, look, layers)
    telling = _named("stacked area chart" if layers > 1 else "area chart")
    if layers > 1:
        telling.say(f"It has {layers} layers.", f"{layers} layers")
        box = legend(rng, canvas, look, box, list(zip(words.labels(rng, layers), colours, strict=True)))
    else:
        trend = trend_of(values[0])
        if trend:
            telling.say(f"The area {singular(trend)}.")
    telling.say(
        f"The area is {name_of(colours[0])}." if layers == 1 else plural_colours(colour_names(colours), "layers")
    )
    scale = number_scale(rng, 0, float(values.sum(axis=0).max()) * float(rng.uniform(1.01, 1.2)))
    panel = axes(rng, canvas, look, box, _spread(rng), scale.ticks)
    base, faint, edged = np.zeros(points), float(rng.choice([0, 0.3, 0.6])), rng.random() < 0.5
    for row, colour in zip(values, colours, strict=True):
        top = base + row
        upper = [panel.at(i / (points - 1), scale.of(float(v))) for i, v in enumerate(top)]
        lower = [panel.at(i / (points - 1), scale.of(float(v))) for i, v in enumerate(base)]
        canvas.polygon([*upper, *reversed(lower)], mix(colour, look.panel or look.ground, faint if layers == 1 else 0))
        if edged:
            canvas.line(upper, colour if layers == 1 else mix(colour, BLACK, 0.2), 2)
        base = top
    frame(canvas, look, panel)
    telling.facts["layers"] = layers
    return telling


def _axes_for(
    rng: np.random.Generator, canvas: Canvas, look: Look, box: Box, count: int, flat: bool
) -> tuple[Panel, Callable[[float, float], tuple[float, float]]]:
    """A plot of `count` slots along and numbers across, and where (along, across) lies in it."""
    ticks, slots = number_scale(rng, 0, 1).ticks, _slots(rng, count)
    panel = axes(rng, canvas, look, box, ticks, slots) if flat else axes(rng, canvas, look, box, slots, ticks)
    return panel, (lambda a, v: panel.at(v, a)) if flat else panel.at


def _box_plot(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count, flat = int(rng.integers(1, 9)), bool(rng.random() < 0.25)
    panel, at = _axes_for(rng, canvas, look, box, count, flat)
    colours, one = _colours(rng, look, count), rng.random() < 0.5
    hollow, ink = bool(rng.random() < 0.3), ink_on(look.panel or look.ground)
    half = float(rng.uniform(0.12, 0.42)) / count
    for i in range(count):
        low, q1, middle, q3, high = (
            np.sort(rng.uniform(0.08, 0.92, 5))
            if rng.random() < 0.3
            else np.sort(
                np.clip(
                    rng.uniform(0.3, 0.7)
                    + np.array([-0.25, -0.1, 0, 0.1, 0.25]) * rng.uniform(0.4, 1.2)
                    + rng.normal(0, 0.02, 5),
                    0.03,
                    0.97,
                )
            )
        )
        x = (i + 0.5) / count
        canvas.line((at(x, low), at(x, high)), ink, 1, 3 if rng.random() < 0.1 else 0)
        for end in (low, high):
            canvas.line((at(x - half / 2, end), at(x + half / 2, end)), ink)
        canvas.rect(
            (*at(x - half, q1), *at(x + half, q3)),
            look.panel or look.ground if hollow else colours[0 if one else i],
            ink,
        )
        canvas.line((at(x - half, middle), at(x + half, middle)), ink, 2)
        for _ in range(int(rng.integers(0, 4))):
            canvas.mark(
                at(x, float(rng.choice([rng.uniform(0.01, max(low, 0.02)), rng.uniform(high, 0.99)]))),
                2,
                "circle",
                ink,
                None,
            )
    frame(canvas, look, panel)
    telling = _named("box plot")
    telling.say(f"It has {number_of(count, 'box', 'boxes')}.", number_of(count, "box", "boxes"))
    telling.say(f"The boxes are {'horizontal' if flat else 'vertical'}.", "distribution")
    if not hollow:
        telling.say(plural_colours(colour_names([colours[0]] if one else colours), "boxes"))
    telling.facts.update(boxes=count, horizontal=flat)
    return telling


def _violin(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count, flat = int(rng.integers(1, 7)), bool(rng.random() < 0.3)
    panel, at = _axes_for(rng, canvas, look, box, count, flat)
    colours, one = _colours(rng, look, count), rng.random() < 0.4
    ink = ink_on(look.panel or look.ground)
    for i in range(count):
        middle, wide = float(rng.uniform(0.35, 0.65)), float(rng.uniform(0.1, 0.2))
        heights = np.linspace(max(0.02, middle - 2.2 * wide), min(0.98, middle + 2.2 * wide), 40)
        swell = np.exp(-(((heights - middle) / wide) ** 2)) + rng.uniform(0, 0.6) * np.exp(
            -(((heights - middle - wide) / wide * 2) ** 2)
        )
        half = 0.44 / count * swell / swell.max()
        x = (i + 0.5) / count
        sides = (
            [at(x - h, v) for h, v in zip(half, heights, strict=True)],
            [at(x + h, v) for h, v in zip(half, heights, strict=True)],
        )
        canvas.polygon([*sides[0], *reversed(sides[1])], colours[0 if one else i], ink if rng.random() < 0.5 else None)
        canvas.line((at(x, middle - wide), at(x, middle + wide)), ink, 2)
    frame(canvas, look, panel)
    telling = _named("violin plot")
    telling.say(f"It has {number_of(count, 'violin')}.", number_of(count, "violin"))
    telling.say(plural_colours(colour_names([colours[0]] if one else colours), "violins"), "distribution")
    telling.facts["violins"] = count
    return telling


def _histogram(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    shape = str(rng.choice(["bell", "left", "right", "two"]))
    t = np.linspace(0, 1, int(rng.integers(9, 45)))
    heights = {
        "bell": np.exp(-(((t - 0.5) / 0.2) ** 2)),
        "left": np.exp(-(((t - 0.12) / 0.28) ** 2)),
        "right": np.exp(-(((t - 0.88) / 0.28) ** 2)),
        "two": np.exp(-(((t - 0.25) / 0.11) ** 2)) + np.exp(-(((t - 0.75) / 0.11) ** 2)),
    }[shape]
    heights = heights * rng.uniform(0.85, 1.1, len(t)) + 0.01
    panel = axes(rng, canvas, look, box, number_scale(rng, 0, 1).ticks, number_scale(rng, 0, 1).ticks)
    colour = _colours(rng, look, 3)[int(rng.integers(3))]
    edge = str(rng.choice(["none", "ground", "ink"]))
    line = {"none": None, "ground": look.panel or look.ground, "ink": BLACK if not look.dark else WHITE}[edge]
    for i, height in enumerate(heights / heights.max() * rng.uniform(0.8, 0.98)):
        canvas.rect((*panel.at(i / len(t), 0), *panel.at((i + 1) / len(t), float(height))), colour, line)
    frame(canvas, look, panel)
    telling = _named("histogram")
    telling.say(
        {
            "bell": "It is highest in the middle.",
            "left": "It is highest on the left.",
            "right": "It is highest on the right.",
            "two": "It has 2 peaks.",
        }[shape]
    )
    telling.say(f"The bars are {name_of(colour)}.", f"{name_of(colour)} bars")
    telling.say_keyword("distribution")
    telling.facts.update(shape=shape, bins=len(t))
    return telling


def _error_bars(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count, flat = int(rng.integers(3, 14)), bool(rng.random() < 0.3)
    panel, at = _axes_for(rng, canvas, look, box, count, flat)
    colour = _colours(rng, look, 2)[int(rng.integers(2))]
    cap = float(rng.choice([0, 0.12, 0.2])) / count
    marker = str(rng.choice(["circle", "square", "diamond"]))
    for i in range(count):
        x, middle, reach = (i + 0.5) / count, float(rng.uniform(0.25, 0.75)), float(rng.uniform(0.04, 0.2))
        canvas.line((at(x, middle - reach), at(x, middle + reach)), colour, 1.5)
        for end in (middle - reach, middle + reach) if cap else ():
            canvas.line((at(x - cap, end), at(x + cap, end)), colour, 1.5)
        canvas.mark(at(x, middle), 3, marker, colour, colour)
    frame(canvas, look, panel)
    telling = _named("error bar plot")
    telling.say(f"It has {count} points with error bars.", "error bars")
    telling.say(f"The points are {name_of(colour)}.", f"{name_of(colour)} points")
    telling.facts["points"] = count
    return telling


def _waterfall(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count = int(rng.integers(5, 12))
    steps = np.concatenate([[0.5], rng.uniform(0.05, 0.16, count - 2) * rng.choice([1, -1], count - 2)])
    level = np.clip(np.cumsum(steps), 0.08, 0.95)
    panel = axes(rng, canvas, look, box, _slots(rng, count), number_scale(rng, 0, 1).ticks)
    total, up, down = (_colours(rng, look, 3)) if rng.random() < 0.4 else ((79, 129, 189), (84, 162, 75), (200, 40, 40))
    previous = 0.0
    for i in range(count):
        last = i == count - 1
        low, high = (0.0, float(level[-1])) if last or i == 0 else (previous, float(level[i]))
        colour = total if i in (0, count - 1) else up if high > low else down
        canvas.rect((*panel.at((i + 0.12) / count, low), *panel.at((i + 0.88) / count, high)), colour, look.outline)
        previous = high
    frame(canvas, look, panel)
    telling = _named("waterfall chart")
    telling.say(f"It has {count} bars.", f"{count} bars")
    telling.facts["bars"] = count
    return telling


def _candles(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count = int(rng.integers(15, 70))
    close = np.cumsum(rng.normal(float(rng.choice([-0.25, 0, 0.25])), 1, count + 1))
    close = 0.15 + 0.7 * (close - close.min()) / np.ptp(close)
    panel = axes(rng, canvas, look, box, _spread(rng), number_scale(rng, 0, 1).ticks)
    pairs = [((38, 166, 91), (214, 48, 49)), ((255, 255, 255), (0, 0, 0)), ((50, 110, 220), (230, 120, 30))]
    up, down = (apart(one, look.panel or look.ground) for one in pairs[int(rng.integers(3))])
    ink, plain = ink_on(look.panel or look.ground), rng.random() < 0.5
    for i in range(count):
        x, start, end = (i + 0.5) / count, float(close[i]), float(close[i + 1])
        colour = up if end > start else down
        reach = float(rng.uniform(0.005, 0.06))
        canvas.line(
            (panel.at(x, min(start, end) - reach), panel.at(x, max(start, end) + reach)), colour if plain else ink
        )
        canvas.rect(
            (*panel.at(x - 0.35 / count, start), *panel.at(x + 0.35 / count, end)), colour, None if plain else ink
        )
    frame(canvas, look, panel)
    telling = _named("candlestick chart")
    trend = trend_of(close)
    if trend in ("rise", "fall"):
        telling.say(f"The price {singular(trend)}.")
    telling.say_keyword("prices")
    telling.facts.update(candles=count, trend=trend)
    return telling


def _heat_map(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    rows, columns = int(rng.integers(3, 14)), int(rng.integers(3, 18))
    names = [words.labels(rng, n) for n in (columns, rows)]
    across, up = ([((i + 0.5) / len(part), name) for i, name in enumerate(part)] for part in names)
    panel = axes(rng, canvas, look, box, across, up)
    ends = pick_palette(rng, 2)
    cold, hot = (WHITE, ends[0]) if rng.random() < 0.6 else (ends[0], ends[1])
    values = rng.uniform(0, 1, (rows, columns))
    if rng.random() < 0.5:
        values = (
            (values + np.linspace(0, 1, columns)[None] + np.linspace(0, 1, rows)[:, None] * rng.choice([-1, 1]))
            % 1.6
            / 1.6
        )
    numbered = rows * columns < 90 and rng.random() < 0.3 and panel.width / columns > look.letter * 2
    for r in range(rows):
        for c in range(columns):
            colour = mix(cold, hot, float(values[r, c]))
            canvas.rect(
                (*panel.at(c / columns, r / rows), *panel.at((c + 1) / columns, (r + 1) / rows)),
                colour,
                WHITE if numbered else None,
            )
            if numbered:
                canvas.text(
                    panel.at((c + 0.5) / columns, (r + 0.5) / rows),
                    f"{values[r, c]:.1f}",
                    look.letter * 0.8,
                    ink_on(colour),
                )
    telling = _named("heat map")
    telling.say(f"It has {rows} rows and {columns} columns of cells.", "coloured cells")
    telling.say(
        f"The cells go from {name_of(cold)} to {name_of(hot)}."
        if name_of(cold) != name_of(hot)
        else f"The cells are {name_of(hot)}."
    )
    telling.facts.update(rows=rows, columns=columns)
    return telling


_PAINTS: tuple[tuple[Paint, float], ...] = (
    (_area, 0.2),
    (_box_plot, 0.14),
    (_histogram, 0.13),
    (_violin, 0.06),
    (_error_bars, 0.06),
    (_waterfall, 0.05),
    (_candles, 0.07),
    (_heat_map, 0.1),
    *((paint, 0.19 / len(ROUNDS)) for paint in ROUNDS),
)


def draw_other(rng: np.random.Generator) -> Drawing:
    """One of the rarer charts in PIL."""
    look = pick_look(rng)
    weights = np.array([weight for _, weight in _PAINTS])
    paint = _PAINTS[int(rng.choice(len(_PAINTS), p=weights / weights.sum()))][0]
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    telling = paint(rng, canvas, look, head(rng, canvas, look))
    return telling.drawing("other chart", canvas.finish(), canvas.written)
