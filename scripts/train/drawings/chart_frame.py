"""What stands around the marks of a chart: title, legend, axes, grid and their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_canvas import Box, Canvas, Point
from scripts.train.drawings.chart_looks import Look
from scripts.train.drawings.chart_palettes import Colour, ink_on

Tick = tuple[float, str]
"""Where on the axis, 0 to 1, and what is written there."""
Key = tuple[str, Colour]
"""One entry of a legend."""


@dataclass(frozen=True)
class Panel:
    """The plot itself, with its corner (0, 0) at the bottom left and (1, 1) at the top right."""

    box: Box

    def at(self, x: float, y: float) -> Point:
        """The pixel at a share of the width and of the height."""
        left, top, right, bottom = self.box
        return left + (right - left) * x, bottom - (bottom - top) * y

    @property
    def width(self) -> float:
        """In pixels."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """In pixels."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class Scale:
    """A number axis: `low` to `high`, with its ticks."""

    low: float
    high: float
    ticks: tuple[Tick, ...]
    per_length: float
    """What the axis shows for 1: a value times this is the number that can be read off."""

    def of(self, value: float) -> float:
        """Where a value lies on the axis: 0 is `low`, 1 is `high`."""
        return (value - self.low) / (self.high - self.low)


def number_scale(rng: np.random.Generator, low: float, high: float) -> Scale:
    """An axis from `low` to `high` in some unit, with about five round steps."""
    span = max(high - low, 1e-9)
    step = span / float(rng.integers(3, 9))
    unit = 10 ** float(rng.integers(-2, 5)) * float(rng.choice([1, 2, 5, 10, 25]))
    pattern = str(rng.choice(["{:,.0f}", "{:.1f}", "{:.0f}%", "{:,.0f}", "{:g}", "${:,.0f}", "{:.2f}", "{:,.0f}k"]))
    if unit < 1:
        pattern = "{:.3g}"
    first = int(np.ceil(low / step - 1e-6))
    marks = np.arange(first, int(np.floor(high / step + 1e-6)) + 1)
    ticks = tuple(((m * step - low) / span, pattern.format(float(m) * unit)) for m in marks)
    return Scale(low, high, ticks, unit / step)


def head(rng: np.random.Generator, canvas: Canvas, look: Look) -> Box:
    """Title, subtitle and source; what is left of the sheet comes back."""
    edge = float(rng.uniform(0.3, 1.5)) * look.letter
    left, top, right, bottom = edge, edge, canvas.width - edge, canvas.height - edge
    if look.stripe:
        canvas.rect(
            (left, 0, left + canvas.width * float(rng.choice([0.08, 0.12, 1.0])), look.letter * 0.4), look.stripe
        )
    if look.has_title:
        top = _titles(rng, canvas, look, (left, top, right, bottom))
    if rng.random() < 0.12 and canvas.height > 220:
        canvas.text((left, bottom), words.source(rng), look.letter * 0.85, look.ink, "lb")
        bottom -= look.letter * 1.5
    return left, top, right, bottom


def _titles(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> float:
    left, top, right, _ = box
    size = look.letter * float(rng.uniform(1.1, 1.7))
    x, anchor = (left, "lt") if look.title_side == "left" else ((left + right) / 2, "mt")
    title = words.title(rng)
    size = max(7.0, size * min(1.0, (right - left) / canvas.length(title, size, look.bold_title)))
    canvas.text((x, top), title, size, look.ink, anchor, look.bold_title)
    canvas.written["title"] = title
    top += size * 1.35
    if rng.random() < 0.22 and canvas.height > 180:
        canvas.text((x, top), words.subtitle(rng), look.letter, look.ink, anchor)
        top += look.letter * 1.5
    return top + look.letter * float(rng.uniform(0.2, 1.0))


def legend(
    rng: np.random.Generator, canvas: Canvas, look: Look, box: Box, keys: Sequence[Key], round_keys: bool = False
) -> Box:
    """The legend outside the plot, if the look has one; what is left of the box comes back."""
    if len(keys) < 2 or look.legend in ("none", "inside"):
        return box
    left, top, right, bottom = box
    longest = max(canvas.length(key, look.letter) for key, _ in keys) + look.letter * 2.2
    if look.legend == "right" and longest < 0.4 * (right - left):
        y = top + look.letter if rng.random() < 0.6 else max(top, (top + bottom) / 2 - len(keys) * look.letter * 0.8)
        legend_column(canvas, look, (right - longest + look.letter * 0.5, y), keys, round_keys)
        return left, top, right - longest - look.letter * 0.4, bottom
    row = look.letter * 1.7
    y = top + row / 2 if look.legend == "top" else bottom - row / 2
    x = left if rng.random() < 0.4 else max(left, (left + right - longest * len(keys)) / 2)
    for key, colour in keys:
        if x + look.letter * 2 > right:
            break
        _key(canvas, look, (x, y), key, colour, round_keys)
        x += canvas.length(key, look.letter) + look.letter * 2.2
    return (left, top + row, right, bottom) if look.legend == "top" else (left, top, right, bottom - row)


def legend_column(canvas: Canvas, look: Look, at: Point, keys: Sequence[Key], round_keys: bool = False) -> None:
    """A legend with one key below the other, from `at` down."""
    x, y = at
    for i, (key, colour) in enumerate(keys):
        _key(canvas, look, (x, y + i * look.letter * 1.6), key, colour, round_keys)


def legend_inside(rng: np.random.Generator, canvas: Canvas, look: Look, panel: Panel, keys: Sequence[Key]) -> None:
    """A small box of keys over a corner of the plot."""
    if len(keys) < 2 or look.legend != "inside":
        return
    wide = max(canvas.length(key, look.letter) for key, _ in keys) + look.letter * 2.4
    high = look.letter * 1.6 * len(keys)
    if wide > panel.width * 0.45 or high > panel.height * 0.5:
        return
    x = panel.box[2] - wide - 4 if rng.random() < 0.6 else panel.box[0] + 5
    y = panel.box[1] + 4
    if rng.random() < 0.7:
        canvas.rect((x - 2, y, x + wide, y + high), look.panel or look.ground, look.grid_colour)
    legend_column(canvas, look, (x + 2, y + look.letter * 0.8), keys)


def _key(canvas: Canvas, look: Look, at: Point, key: str, colour: Colour, round_keys: bool) -> None:
    x, y = at
    half = look.letter * 0.4
    if round_keys:
        canvas.ellipse((x + half, y), half, colour)
    else:
        canvas.rect((x, y - half, x + 2 * half, y + half), colour, look.outline)
    canvas.text((x + look.letter * 1.2, y), key, look.letter, look.ink, "lm")


def axes(
    rng: np.random.Generator, canvas: Canvas, look: Look, box: Box, across: Sequence[Tick], up: Sequence[Tick]
) -> Panel:
    """Ground, grid, frame and words of two axes inside the box; the plot comes back."""
    left, top, right, bottom = box
    letter = look.letter
    if look.has_axis_names and bottom - top > 100:
        across_name, up_name = words.axis(rng), words.axis(rng)
        canvas.text(((left + right) / 2, bottom), across_name, letter * 1.05, look.ink, "mb")
        bottom -= letter * 1.6
        canvas.text((left, (top + bottom) / 2), up_name, letter * 1.05, look.ink, "lm", turn=90)
        canvas.written.update(across=across_name, up=up_name)
        left += letter * 1.6
    turn = 0
    if look.has_labels:
        left += min(max((canvas.length(t, letter) for _, t in up), default=0), 0.33 * (right - left)) + letter * 0.6
        room = (right - left) / max(1, len(across)) * 0.95
        longest = max((canvas.length(t, letter) for _, t in across), default=0)
        turn = 0 if longest < room else int(rng.choice([90, 45])) if longest > 2 * letter else 0
        bottom -= (
            letter * 1.5
            if not turn
            else min(longest * (1 if turn == 90 else 0.75), 0.35 * (bottom - top)) + letter * 0.8
        )
        right -= letter * 0.8
        top += letter * 0.5
    panel = Panel((left, top, max(right, left + 30), max(bottom, top + 30)))
    _ground(canvas, look, panel, across, up)
    if look.has_labels:
        _tick_words(canvas, look, panel, across, up, turn)
    return panel


def _ground(canvas: Canvas, look: Look, panel: Panel, across: Sequence[Tick], up: Sequence[Tick]) -> None:
    if look.panel:
        canvas.rect(panel.box, look.panel)
    dash = 4.0 if look.dashed else 0.0
    if "v" in look.grid:
        for x, _ in across:
            canvas.line((panel.at(x, 0), panel.at(x, 1)), look.grid_colour, look.grid_width, dash)
    if "h" in look.grid:
        for y, _ in up:
            canvas.line((panel.at(0, y), panel.at(1, y)), look.grid_colour, look.grid_width, dash)


def frame(canvas: Canvas, look: Look, panel: Panel, zero: float = 0.0, flat: bool = False) -> None:
    """The lines of the frame, drawn over the marks; the axis itself stands where `zero` is."""
    sides = {"l": ((0, 0), (0, 1)), "b": ((0, 0), (1, 0)), "r": ((1, 0), (1, 1)), "t": ((0, 1), (1, 1))}
    for side in look.frame:
        (x0, y0), (x1, y1) = sides[side]
        canvas.line((panel.at(x0, y0), panel.at(x1, y1)), look.frame_colour)
    if zero > 0:
        ends = (panel.at(zero, 0), panel.at(zero, 1)) if flat else (panel.at(0, zero), panel.at(1, zero))
        canvas.line(ends, ink_on(look.panel or look.ground))


def _tick_words(
    canvas: Canvas, look: Look, panel: Panel, across: Sequence[Tick], up: Sequence[Tick], turn: int
) -> None:
    letter = look.letter
    longest = max((canvas.length(t, letter) for _, t in across), default=0)
    room = panel.width / max(1, len(across))
    every = max(1, int(np.ceil((letter * 1.1 if turn else longest * 1.05) / max(room, 1))))
    for i, (x, text) in enumerate(across):
        px, py = panel.at(x, 0)
        if look.ticks:
            canvas.line(((px, py), (px, py + letter * 0.35)), look.frame_colour)
        if i % every == 0:
            anchor = "ra" if turn == 45 else "ma"
            canvas.text((px, py + letter * 0.5), text, letter, look.ink, anchor, turn=turn)
    for y, text in up:
        px, py = panel.at(0, y)
        if look.ticks:
            canvas.line(((px - letter * 0.35, py), (px, py)), look.frame_colour)
        canvas.text((px - letter * 0.5, py), text, letter, look.ink, "rm")
