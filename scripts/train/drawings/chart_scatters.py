"""Scatter plots: what they show and how PIL paints them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alttext_local.structure.colours import name_of
from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_canvas import Box, Canvas
from scripts.train.drawings.chart_frame import axes, frame, head, legend, legend_inside, number_scale
from scripts.train.drawings.chart_looks import Look, pick_look
from scripts.train.drawings.chart_palettes import BLACK, WHITE, Colour, apart, mix, pick_palette, rgb
from scripts.train.drawings.chart_series import cloud
from scripts.train.drawings.chart_telling import Telling, colour_names, plural_colours
from scripts.train.drawings.drawing import Drawing


@dataclass(frozen=True)
class Scatter:
    """The plan of a scatter plot. Points lie in 0..1 both ways; each has a group."""

    points: np.ndarray
    groups: np.ndarray
    colours: tuple[Colour, ...]
    sizes: np.ndarray
    marker: str
    hollow: bool
    shape: str
    """linear, bent, clusters or none: how the points were made."""
    line: tuple[float, float] | None
    """Slope and height at 0 of a trend line, if there is one."""
    line_colour: Colour
    bubbles: bool
    names: tuple[str, ...]


def plan_scatter(rng: np.random.Generator, look: Look) -> Scatter:
    """Decides on a scatter plot: its points, groups, marks and fitted line."""
    shape = str(rng.choice(["linear", "bent", "clusters", "none"], p=[0.4, 0.15, 0.25, 0.2]))
    bubbles = bool(rng.random() < 0.15)
    count = int(rng.integers(5, 30)) if bubbles or rng.random() < 0.15 else int(np.exp(rng.uniform(3.4, 6.4)))
    points, groups = _points(rng, shape, count)
    kinds = int(groups.max()) + 1
    palette = [apart(one, look.panel or look.ground) for one in pick_palette(rng, kinds, look.palette)]
    base = float(rng.uniform(1.2, 4.0)) * (0.7 if count > 250 else 1.2)
    if count < 80:  # few points that are also tiny are lost beside their trend line
        base = max(base, min(look.size) * 0.011)
    sizes = np.full(count, base) if not bubbles else rng.uniform(3, min(look.size) * 0.07, count)
    if kinds == 1:
        palette = palette[int(rng.integers(len(palette))) :]
    line = None
    if shape == "linear" and rng.random() < 0.35:
        slope, height = np.polyfit(points[:, 0], points[:, 1], 1)
        line = (float(slope), float(height))
    marker = str(
        rng.choice(["circle", "square", "triangle", "diamond", "cross", "plus"], p=[0.74, 0.07, 0.05, 0.05, 0.05, 0.04])
    )
    return Scatter(
        points,
        groups,
        tuple(palette[:kinds]),
        sizes,
        "circle" if bubbles else marker,
        bool(rng.random() < 0.22),
        shape,
        line,
        rgb(str(rng.choice(["d62728", "000000", "0000ff", "666666", "ff7f0e"]))),
        bubbles,
        tuple(words.labels(rng, kinds)),
    )


def _points(rng: np.random.Generator, shape: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points in 0..1 and their groups."""
    groups = np.zeros(count, int)
    if shape == "clusters":
        groups = rng.integers(0, int(rng.integers(2, 5)), count)
        groups = np.unique(groups, return_inverse=True)[1]
        middles = _middles(rng, int(groups.max()) + 1)
        xy = middles[groups] + rng.normal(0, rng.uniform(0.04, 0.07), (count, 2))
        if rng.random() < 0.25:
            groups = np.zeros(count, int)
    elif shape == "bent":
        x = rng.beta(1.5, 3, count)
        xy = np.stack([x, np.exp(-3 * x) + rng.normal(0, 0.06, count)], axis=1)
    else:
        slope = float(rng.choice([-1, 1]) * rng.uniform(0.6, 1.1)) if shape == "linear" else 0.0
        xy = cloud(rng, count, slope, float(rng.uniform(0.03, 0.14)) if shape == "linear" else 0.25)
        if rng.random() < 0.35:
            groups = np.unique(rng.integers(0, int(rng.integers(2, 5)), count), return_inverse=True)[1]
    low, high = xy.min(axis=0), xy.max(axis=0)
    return 0.05 + 0.9 * (xy - low) / np.maximum(high - low, 1e-9), groups


def _middles(rng: np.random.Generator, count: int) -> np.ndarray:
    """Middles of clusters well apart from each other."""
    while True:
        middles = rng.uniform(0, 1, (count, 2))
        gaps = np.linalg.norm(middles[:, None] - middles[None], axis=2) + 9 * np.eye(count)
        if gaps.min() > 0.42:
            return middles


def tell_scatter(plan: Scatter) -> Telling:
    """What can be seen of the points."""
    telling = Telling()
    telling.say("Bubble chart." if plan.bubbles else "Scatter plot.", "scatter plot")
    telling.say_keyword("bubbles" if plan.bubbles else "points")
    correlation = float(np.corrcoef(plan.points.T)[0, 1])
    things = "bubbles" if plan.bubbles else "points"
    clusters = _clusters(plan)
    if clusters:
        telling.say(f"The {things} form {clusters} clusters.", f"{clusters} clusters")
    elif plan.shape != "clusters" and abs(correlation) > 0.6:
        telling.say(
            f"The {things} {'rise' if correlation > 0 else 'fall'} from left to right.",
            "positive correlation" if correlation > 0 else "negative correlation",
        )
    elif plan.shape == "none" and abs(correlation) < 0.25:
        telling.say(f"The {things} show no clear trend.", "no clear trend")
    names = colour_names(plan.colours)
    if len(set(names)) in (1, len(names)):
        telling.say(
            plural_colours(names, things), f"{names[0]} {things}" if len(names) == 1 else f"{len(names)} colours"
        )
    if plan.line:
        telling.say(f"The trend line is {name_of(plan.line_colour)}.", "trend line")
    if len(plan.points) > 250:
        telling.say(f"It has very many {things}.", f"many {things}")
    telling.facts.update(
        points=len(plan.points),
        groups=len(names),
        colours=names,
        clusters=clusters,
        correlation=round(correlation, 2),
        trend_line=plan.line is not None,
    )
    return telling


def _clusters(plan: Scatter) -> int:
    """How many clusters one sees: as many as there are groups, if each has points enough."""
    if plan.shape != "clusters" or len(plan.colours) == 1:
        return 0
    counts = np.bincount(plan.groups)
    return len(counts) if counts.min() >= 4 else 0


def paint_scatter(rng: np.random.Generator, canvas: Canvas, look: Look, plan: Scatter, box: Box) -> None:
    """One scatter plot inside the box."""
    keys = list(zip(plan.names, plan.colours, strict=True))
    box = legend(rng, canvas, look, box, keys, round_keys=True)
    across, up = number_scale(rng, 0, 1), number_scale(rng, 0, 1)
    panel = axes(rng, canvas, look, box, across.ticks, up.ticks)
    frame(canvas, look, panel)
    ground = look.panel or look.ground
    faint = float(rng.choice([0, 0, 0.15, 0.3]))
    for (x, y), group, size in zip(plan.points, plan.groups, plan.sizes, strict=True):
        colour = mix(plan.colours[group], ground, faint * 0.5)
        edge = colour if plan.hollow or not plan.bubbles else mix(colour, WHITE if look.dark else BLACK, 0.35)
        canvas.mark(panel.at(float(x), float(y)), float(size), plan.marker, edge, None if plan.hollow else colour)
    if plan.line:
        slope, height = plan.line
        canvas.line([panel.at(x, slope * x + height) for x in (0.05, 0.95)], plan.line_colour, 2)
    legend_inside(rng, canvas, look, panel, keys)


def draw_scatter(rng: np.random.Generator) -> Drawing:
    """A scatter plot in PIL."""
    look = pick_look(rng)
    canvas = Canvas(look.size, look.ground, look.smooth, look.face)
    plan = plan_scatter(rng, look)
    telling = tell_scatter(plan)
    paint_scatter(rng, canvas, look, plan, head(rng, canvas, look))
    return telling.drawing("scatter plot", canvas.finish(), canvas.written)
