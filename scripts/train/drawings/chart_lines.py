"""Line charts: what they show and how PIL paints them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_canvas import Box, Canvas, Point
from scripts.train.drawings.chart_frame import Tick, axes, frame, head, legend, legend_inside, number_scale
from scripts.train.drawings.chart_looks import Look, pick_look
from scripts.train.drawings.chart_palettes import Colour, apart, mix, pick_palette
from scripts.train.drawings.chart_series import line_values
from scripts.train.drawings.chart_telling import (
    Telling,
    clear_largest,
    clear_smallest,
    colour_names,
    number_of,
    plural_colours,
    singular,
    trend_of,
    unique_name,
)
from scripts.train.drawings.drawing import Drawing

COURSE = 24
"""Values of each line that are kept as facts, from end to end: enough to say how it runs."""


@dataclass(frozen=True)
class Lines:
    """The plan of a line chart: one row of `values` a line, all over the same points."""

    values: np.ndarray
    colours: tuple[Colour, ...]
    dashes: tuple[float, ...]
    marker: str
    """The shape of the markers, or nothing."""
    width: float
    names: tuple[str, ...]
    log: bool

    @property
    def low(self) -> float:
        """The smallest of all values."""
        return float(self.values.min())

    @property
    def high(self) -> float:
        """The largest of all values."""
        return float(self.values.max())


def plan_lines(rng: np.random.Generator, look: Look) -> Lines:
    """Decides on a line chart: how many lines, their values and looks."""
    count = int(rng.choice([1, 2, 3, 4, 5, 6], p=[0.36, 0.22, 0.18, 0.12, 0.07, 0.05]))
    points = int(rng.integers(3, 14)) if rng.random() < 0.55 else int(rng.integers(20, 160))
    rows = [line_values(rng, points) * rng.uniform(0.25, 1) + rng.uniform(0, 1.2) for _ in range(count)]
    if count > 1 and rng.random() < 0.3:
        shape = line_values(rng, points)
        rows = [shape * rng.uniform(0.5, 1) + 0.4 * i + rng.normal(0, 0.02, points) for i in rng.permutation(count)]
    palette = [apart(one, look.panel or look.ground) for one in pick_palette(rng, count, look.palette)]
    if count == 1:
        palette = palette[int(rng.integers(min(5, len(palette)))) :]
    dashed = rng.random(count) < float(rng.choice([0, 0.5], p=[0.8, 0.2]))
    dashed &= points <= 40  # dashes do not show on a line of many short pieces
    marked = points < 30 and rng.random() < 0.45
    return Lines(
        np.stack(rows),
        tuple(palette[:count]),
        tuple(float(rng.uniform(3, 7)) if d else 0.0 for d in dashed),
        str(rng.choice(["circle", "circle", "square", "triangle", "diamond", "cross"])) if marked else "",
        float(rng.choice([1, 1.5, 2, 3, 5], p=[0.3, 0.27, 0.27, 0.12, 0.04])),
        tuple(words.labels(rng, count)),
        bool(rng.random() < 0.1),
    )


def tell_lines(plan: Lines) -> Telling:
    """What can be seen of the lines."""
    telling = Telling()
    count, points = plan.values.shape
    telling.say("Line chart with markers." if plan.marker else "Line chart.", "line chart")
    telling.say(f"It has {number_of(count, 'line')}.", number_of(count, "line"))
    names = colour_names(plan.colours)
    if count == 1:
        telling.say(f"The line is {names[0]}.", f"{names[0]} line")
        trend = trend_of(plan.values[0])
        if trend and float(np.ptp(plan.values)) > 0.15 * plan.high:
            telling.say(f"The line {singular(trend)}.", "rising line" if trend == "rise" else "")
            telling.facts["trend"] = trend
    else:
        _tell_many(telling, plan, names)
    if plan.marker:
        telling.say_keyword("markers")
    if any(plan.dashes):
        dashed = sum(1 for dash in plan.dashes if dash)
        telling.say("All lines are dashed." if dashed == count > 1 else "It has a dashed line.", "dashed line")
    telling.say_keyword("trend over time" if points > 20 else "data points")
    some = np.unique(np.linspace(0, points - 1, min(points, COURSE)).round().astype(int))
    telling.facts["courses"] = [" ".join(f"{float(value):.4g}" for value in row[some]) for row in plan.values]
    telling.facts["heights"] = [f"{plan.low:.4g}", f"{plan.high:.4g}"]
    telling.facts.update(lines=count, points=points, markers=bool(plan.marker), colours=names)
    return telling


def _tell_many(telling: Telling, plan: Lines, names: list[str]) -> None:
    span = plan.high - plan.low
    last = plan.values[:, -1] - plan.low
    telling.facts["ends"] = [f"{float(value):.4g}" for value in last]
    for word, index in (("highest", clear_largest(last)), ("lowest", clear_smallest(last))):
        name = "" if index is None else unique_name(plan.colours, index)
        if name and index is not None:
            telling.say(f"The {word} line at the right end is {name}.", f"{name} line")
            telling.facts[f"{word}_at_right"] = name
    for i, row in enumerate(plan.values):
        name, trend = unique_name(plan.colours, i), trend_of(row)
        if name and trend and float(np.ptp(row)) > 0.25 * span:
            telling.say(f"The {name} line {singular(trend)}.")
    order = np.argsort(plan.values, axis=0)
    if bool((order == order[:, :1]).all()):
        telling.say("The lines do not cross.")
    elif plan.values.shape[1] < 30 and _cross_clearly(plan.values, span):
        telling.say("Some lines cross.")
    if len(set(names)) in (1, len(names)):
        telling.say(plural_colours(names, "lines"))


def _cross_clearly(values: np.ndarray, span: float) -> bool:
    """Whether two lines change places by more than a tenth of the height of the plot."""
    for i in range(len(values)):
        for k in range(i):
            gap = values[i] - values[k]
            if gap.max() > 0.1 * span and gap.min() < -0.1 * span:
                return True
    return False


def paint_lines(rng: np.random.Generator, canvas: Canvas, look: Look, plan: Lines, box: Box) -> None:
    """One line chart inside the box."""
    keys = list(zip(plan.names, plan.colours, strict=True))
    box = legend(rng, canvas, look, box, keys, round_keys=bool(rng.random() < 0.4))
    span = plan.high - plan.low
    low = 0.0 if plan.low > 0 and rng.random() < 0.4 else plan.low - span * float(rng.uniform(0, 0.15))
    scale = number_scale(rng, low, plan.high + span * float(rng.uniform(0.01, 0.2)))
    up: tuple[Tick, ...] = scale.ticks
    if not plan.log:
        canvas.written["per_length"] = f"{scale.per_length:.6g}"
    else:
        up = tuple((i / 4, f"1e{i}" if i > 1 else str(10**i)) for i in range(5))
    points = plan.values.shape[1]
    inset = 0.0 if rng.random() < 0.5 else 0.5 / points
    panel = axes(rng, canvas, look, box, _ticks(rng, points, inset), up)
    for row, colour, dash in zip(plan.values, plan.colours, plan.dashes, strict=True):
        places = [panel.at(inset + (1 - 2 * inset) * i / (points - 1), scale.of(float(v))) for i, v in enumerate(row)]
        _paint_line(rng, canvas, look, plan, places, colour, dash)
    _annotate(rng, canvas, look, panel.at(0, float(rng.uniform(0.2, 0.8))), panel.at(1, 0)[0])
    frame(canvas, look, panel)
    legend_inside(rng, canvas, look, panel, keys)


def _ticks(rng: np.random.Generator, points: int, inset: float) -> list[Tick]:
    count = points if points < 14 else int(rng.integers(4, 9))
    names = words.labels(rng, count)
    return [(inset + (1 - 2 * inset) * i / (count - 1), name) for i, name in enumerate(names)]


def _paint_line(
    rng: np.random.Generator, canvas: Canvas, look: Look, plan: Lines, places: list[Point], colour: Colour, dash: float
) -> None:
    canvas.line(places, colour, plan.width, dash)
    if plan.marker:
        size = plan.width * 1.1 + 1.5
        fill = look.panel or look.ground if rng.random() < 0.3 else colour
        for place in places:
            canvas.mark(place, size, plan.marker, colour, fill)


def _annotate(rng: np.random.Generator, canvas: Canvas, look: Look, start: Point, right: float) -> None:
    """Now and then a note in the plot."""
    if rng.random() < 0.07:
        x = start[0] + (right - start[0]) * float(rng.uniform(0.1, 0.5))
        canvas.text((x, start[1]), words.topic(rng), look.letter, mix(look.ink, (128, 128, 128), 0.3), "lm")


def draw_lines(rng: np.random.Generator) -> Drawing:
    """A line chart in PIL."""
    look = pick_look(rng)
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    plan = plan_lines(rng, look)
    telling = tell_lines(plan)
    paint_lines(rng, canvas, look, plan, head(rng, canvas, look))
    return telling.drawing("line chart", canvas.finish(), canvas.written)
