"""The rarer charts as matplotlib draws them: density, contours, hexagons, heat maps, box plots, histograms, polar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from alttext_local.structure.colours import name_of
from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_looks import Look
from scripts.train.drawings.chart_palettes import Colour, apart, hexed, pick_palette
from scripts.train.drawings.chart_series import cloud, line_values
from scripts.train.drawings.chart_telling import Telling, number_of, plural_colours, singular, trend_of

Axes = Any
_MAPS = "viridis plasma magma inferno coolwarm RdBu Blues Greens YlOrRd jet hot gray cividis Spectral BuGn Reds".split()


def _named(form: str) -> Telling:
    telling = Telling()
    telling.say(f"{form.capitalize()}.", form)
    telling.facts["form"] = form
    return telling


def _colours(rng: np.random.Generator, look: Look, count: int) -> list[Colour]:
    return [apart(one, look.ground) for one in pick_palette(rng, count, look.palette)][:count]


def _samples(rng: np.random.Generator, count: int) -> list[np.ndarray]:
    return [rng.normal(rng.uniform(0, 5), rng.uniform(0.5, 2), int(rng.integers(30, 120))) for _ in range(count)]


def _box_plot(rng: np.random.Generator, axes: Axes, look: Look) -> Telling:
    count, flat = int(rng.integers(1, 9)), bool(rng.random() < 0.25)
    filled = rng.random() < 0.55
    parts = axes.boxplot(
        _samples(rng, count),
        orientation="horizontal" if flat else "vertical",
        patch_artist=filled,
        notch=bool(rng.random() < 0.15),
        widths=float(rng.uniform(0.25, 0.8)),
    )
    telling = _named("box plot")
    telling.say(f"It has {number_of(count, 'box', 'boxes')}.", number_of(count, "box", "boxes"))
    telling.say(f"The boxes are {'horizontal' if flat else 'vertical'}.", "distribution")
    if filled:
        colours = _colours(rng, look, count)
        for box, colour in zip(parts["boxes"], colours, strict=True):
            box.set_facecolor(hexed(colour))
        telling.say(plural_colours([name_of(c) for c in colours], "boxes"))
    telling.facts.update(boxes=count, horizontal=flat)
    return telling


def _violin(rng: np.random.Generator, axes: Axes, look: Look) -> Telling:
    count = int(rng.integers(1, 7))
    parts = axes.violinplot(_samples(rng, count), showmedians=bool(rng.random() < 0.5), widths=0.8)
    colour = _colours(rng, look, 1)[0]
    for body in parts["bodies"]:
        body.set(facecolor=hexed(colour), alpha=0.8)
    telling = _named("violin plot")
    telling.say(f"It has {number_of(count, 'violin')}.", number_of(count, "violin"))
    telling.say_keyword("distribution")
    telling.facts["violins"] = count
    return telling


def _histogram(rng: np.random.Generator, axes: Axes, look: Look) -> Telling:
    colour, shape = _colours(rng, look, 1)[0], str(rng.choice(["middle", "left"]))
    data = rng.normal(50, 10, 2000) if shape == "middle" else rng.exponential(10, 2000)
    edge = words.pick(rng, ["none", "black", "white"])
    axes.hist(
        data, bins=int(rng.integers(9, 45)), color=hexed(colour), edgecolor=edge, density=bool(rng.random() < 0.4)
    )
    telling = _named("histogram")
    telling.say("It is highest in the middle." if shape == "middle" else "It is highest on the left.")
    telling.say(f"The bars are {name_of(colour)}.", f"{name_of(colour)} bars")
    telling.say_keyword("distribution")
    return telling


def _heat_map(rng: np.random.Generator, axes: Axes, _look: Look) -> Telling:
    rows, columns = int(rng.integers(3, 15)), int(rng.integers(3, 15))
    values = rng.uniform(0, 1, (rows, columns))
    image = axes.imshow(values, cmap=words.pick(rng, _MAPS), aspect="auto" if rng.random() < 0.6 else "equal")
    axes.grid(False)
    if rng.random() < 0.6:
        axes.figure.colorbar(image)
    if rng.random() < 0.25 and rows * columns < 70:
        for r in range(rows):
            for c in range(columns):
                axes.text(c, r, f"{values[r, c]:.1f}", ha="center", va="center", fontsize=7)
    telling = _named("heat map")
    telling.say(f"It has {rows} rows and {columns} columns of cells.", "coloured cells")
    telling.facts.update(rows=rows, columns=columns)
    return telling


def _field(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y = np.meshgrid(np.linspace(-3, 3, 40), np.linspace(-3, 3, 40))
    z = sum(
        (
            rng.uniform(-1, 1) * np.exp(-((x - rng.uniform(-2, 2)) ** 2) - (y - rng.uniform(-2, 2)) ** 2)
            for _ in range(4)
        ),
        np.zeros_like(x),
    )
    return x, y, z


def _contours(rng: np.random.Generator, axes: Axes, _look: Look) -> Telling:
    filled = bool(rng.random() < 0.6)
    (axes.contourf if filled else axes.contour)(
        *_field(rng), levels=int(rng.integers(5, 15)), cmap=words.pick(rng, _MAPS)
    )
    telling = _named("contour plot")
    telling.say("The contours are filled." if filled else "The contours are lines.", "contours")
    return telling


def _hexagons(rng: np.random.Generator, axes: Axes, _look: Look) -> Telling:
    points = cloud(rng, 3000, float(rng.uniform(-1, 1)), 0.15)
    axes.hexbin(
        points[:, 0],
        points[:, 1],
        gridsize=int(rng.integers(10, 28)),
        cmap=words.pick(rng, _MAPS),
        mincnt=int(rng.integers(0, 2)),
    )
    telling = _named("hexagon density plot")
    telling.say_keyword("hexagons")
    telling.say_keyword("density")
    return telling


def _area(rng: np.random.Generator, axes: Axes, look: Look) -> Telling:
    layers, points = int(rng.choice([1, 2, 3, 4])), int(rng.integers(5, 80))
    values = np.stack([line_values(rng, points) * rng.uniform(0.3, 1) + 0.2 for _ in range(layers)])
    colours = _colours(rng, look, layers)
    if layers == 1:
        axes.fill_between(range(points), values[0], color=hexed(colours[0]), alpha=float(rng.choice([1, 0.7])))
    else:
        axes.stackplot(range(points), values, colors=[hexed(c) for c in colours], labels=words.labels(rng, layers))
    axes.set_ylim(bottom=0)
    telling = _named("stacked area chart" if layers > 1 else "area chart")
    if layers > 1:
        telling.say(f"It has {layers} layers.", f"{layers} layers")
    elif trend_of(values[0]):
        telling.say(f"The area {singular(trend_of(values[0]))}.")
    telling.say_keyword(f"{name_of(colours[0])} area")
    telling.facts["layers"] = layers
    return telling


def _error_bars(rng: np.random.Generator, axes: Axes, look: Look) -> Telling:
    count, colour = int(rng.integers(3, 14)), _colours(rng, look, 1)[0]
    axes.errorbar(
        range(count),
        rng.uniform(3, 7, count),
        yerr=rng.uniform(0.4, 1.5, count),
        fmt=words.pick(rng, ["o", "s", "D"]),
        color=hexed(colour),
        capsize=float(rng.choice([0, 3, 5])),
    )
    telling = _named("error bar plot")
    telling.say(f"It has {count} points with error bars.", "error bars")
    telling.say(f"The points are {name_of(colour)}.", f"{name_of(colour)} points")
    return telling


def _stems(rng: np.random.Generator, axes: Axes, _look: Look) -> Telling:
    count = int(rng.integers(6, 30))
    axes.stem(range(count), line_values(rng, count) + 0.1)
    telling = _named("stem plot")
    telling.say_keyword("thin lines with dots")
    return telling


def _arrows(rng: np.random.Generator, axes: Axes, look: Look) -> Telling:
    x, y = np.meshgrid(np.linspace(-2, 2, 12), np.linspace(-2, 2, 12))
    turn = rng.uniform(-1, 1, 4)
    colour = _colours(rng, look, 1)[0]
    axes.quiver(x, y, turn[0] * x + turn[1] * y, turn[2] * x + turn[3] * y, color=hexed(colour))
    telling = _named("vector field")
    telling.say(f"The arrows are {name_of(colour)}.", "arrows")
    return telling


def _polar(rng: np.random.Generator, axes: Axes, look: Look) -> Telling:
    count, colour = int(rng.integers(4, 13)), hexed(_colours(rng, look, 1)[0])
    angles, reach = np.linspace(0, 2 * np.pi, count, endpoint=False), rng.uniform(0.3, 1, count)
    if rng.random() < 0.5:
        axes.bar(angles, reach, width=2 * np.pi / count * 0.9, color=colour)
        telling = _named("polar chart")
        telling.say(f"It has {count} wedges.", f"{count} wedges")
        return telling
    axes.plot([*angles, angles[0]], [*reach, reach[0]], color=colour)
    axes.fill(angles, reach, color=colour, alpha=0.3)
    axes.set_xticks(angles, words.labels(rng, count))
    telling = _named("radar chart")
    telling.say(f"It has {count} axes.", f"{count} axes")
    return telling


_FLAT: tuple[tuple[Callable[[np.random.Generator, Axes, Look], Telling], float], ...] = (
    (_box_plot, 0.17),
    (_violin, 0.09),
    (_histogram, 0.18),
    (_heat_map, 0.15),
    (_contours, 0.08),
    (_hexagons, 0.05),
    (_area, 0.14),
    (_error_bars, 0.07),
    (_stems, 0.04),
    (_arrows, 0.03),
)


def paint_other(rng: np.random.Generator, axes: Axes, look: Look) -> Telling:
    """One of them, as fits the axes."""
    if axes.name == "polar":
        return _polar(rng, axes, look)
    weights = np.array([weight for _, weight in _FLAT])
    return _FLAT[int(rng.choice(len(_FLAT), p=weights / weights.sum()))][0](rng, axes, look)
