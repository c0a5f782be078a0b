"""Charts drawn by matplotlib in its own styles: the look of most charts of science and data work.

The plans and what is told of them are those of the PIL charts; only the painting differs.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib import style as mpl_style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_bars import Bars, plan_bars, tell_bars
from scripts.train.drawings.chart_fonts import pick_face
from scripts.train.drawings.chart_lines import plan_lines, tell_lines
from scripts.train.drawings.chart_looks import Look, pick_look
from scripts.train.drawings.chart_mpl_others import paint_other
from scripts.train.drawings.chart_palettes import WHITE, Colour, hexed
from scripts.train.drawings.chart_pies import plan_pie, tell_pie
from scripts.train.drawings.chart_scatters import plan_scatter, tell_scatter
from scripts.train.drawings.chart_telling import Telling
from scripts.train.drawings.drawing import Drawing

Axes = Any
"""matplotlib's axes: its own annotations are too loose to be of help here."""
Paint = Callable[[np.random.Generator, Axes, Look], Telling]

_STYLES = (
    "default default default classic ggplot bmh fivethirtyeight grayscale dark_background Solarize_Light2 seaborn-v0_8 "
    "seaborn-v0_8-whitegrid seaborn-v0_8-darkgrid seaborn-v0_8-white seaborn-v0_8-ticks tableau-colorblind10"
).split()
_MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "cross": "x", "plus": "+", "": ""}


def _settings(rng: np.random.Generator) -> Any:
    """One of matplotlib's styles, with some of the settings that people change."""
    name = words.pick(rng, _STYLES)
    settings: Any = dict(mpl.rcParamsDefault.items())
    settings.update(mpl_style.library.get(name, {}))
    for key in ("backend", "backend_fallback", "toolbar", "interactive", "date.epoch"):
        settings.pop(key, None)
    if rng.random() < 0.6:
        settings["font.family"] = [_family(pick_face(rng)[0])]
    if rng.random() < 0.3:
        settings["axes.grid"] = not settings["axes.grid"]
        settings["grid.linestyle"] = words.pick(rng, ["-", "--", ":", "-."])
        settings["axes.grid.axis"] = words.pick(rng, ["both", "x", "y"])
    if rng.random() < 0.25:
        settings["axes.spines.top"] = settings["axes.spines.right"] = False
    if rng.random() < 0.15:
        settings["xtick.direction"] = settings["ytick.direction"] = "in"
    settings["axes.axisbelow"] = True
    settings["text.usetex"] = False
    return settings


_known: dict[str, str] = {}


def _family(path: str) -> str:
    """The name matplotlib knows this font file by."""
    if not path:
        return "DejaVu Sans"
    if path not in _known:
        font_manager.fontManager.addfont(path)
        _known[path] = font_manager.FontProperties(fname=path).get_name()
    return _known[path]


def _draw(rng: np.random.Generator, kind: str, paint: Paint) -> Drawing:
    look = pick_look(rng)
    with mpl.rc_context(_settings(rng)):
        ground = mpl.rcParams["axes.facecolor"]
        look = _on(look, ground)
        dpi = float(rng.uniform(50, 100)) if min(look.size) < 350 else float(rng.uniform(70, 120))
        figure = Figure(figsize=(look.size[0] / dpi, look.size[1] / dpi), dpi=dpi)
        FigureCanvasAgg(figure)
        polar = kind == "other chart" and rng.random() < 0.12
        axes: Axes = figure.add_subplot(projection="polar" if polar else None)
        telling = paint(rng, axes, look)
        written = _words(rng, axes, look)
        return telling.drawing(kind, _finish(rng, figure), written)


def _on(look: Look, ground: Any) -> Look:
    """The same look on the ground of matplotlib's style, for colours to stand out from it."""
    colour: Colour = tuple(round(255 * part) for part in mpl.colors.to_rgb(ground))  # type: ignore[assignment]
    return replace(look, ground=colour, panel=None)


def _words(rng: np.random.Generator, axes: Axes, look: Look) -> dict[str, str]:
    """Title, names of the axes and legend; the first two come back."""
    written: dict[str, str] = {}
    if look.has_title:
        written["title"] = words.title(rng)
        axes.set_title(written["title"], loc="left" if rng.random() < 0.2 else "center", wrap=True)
    if look.has_axis_names and axes.name != "polar" and axes.axison:
        written.update(across=words.axis(rng), up=words.axis(rng))
        axes.set_xlabel(written["across"])
        axes.set_ylabel(written["up"])
    handles, names = axes.get_legend_handles_labels()
    if len(names) > 1 and look.legend != "none":
        outside = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)} if look.legend == "right" else {"loc": "best"}
        axes.legend(handles, names, frameon=bool(rng.random() < 0.7), fontsize="small", **outside)
    return written


def _finish(rng: np.random.Generator, figure: Figure) -> Image.Image:
    """The figure as a picture; now and then cropped tightly, as `bbox_inches="tight"` does it."""
    if rng.random() < 0.75:
        figure.set_layout_engine("tight")
    sheet = io.BytesIO()
    figure.savefig(sheet, format="png", dpi=figure.dpi, metadata={"Software": None})
    image = Image.open(sheet).convert("RGBA")
    flat = Image.new("RGB", image.size, WHITE)
    flat.paste(image, mask=image.getchannel("A"))
    return flat


def _bars(rng: np.random.Generator, axes: Axes, look: Look) -> Telling:
    plan = plan_bars(rng, look)
    groups, series = plan.values.shape
    places, wide = np.arange(groups), 1 - max(plan.gap, 0.02)
    base = np.zeros(groups)
    edge = words.pick(rng, ["none", "none", "black", "white"])
    for i in range(series):
        colours = [hexed(c) for c in plan.colours] if plan.layout == "single" else hexed(plan.colours[i])
        shift, width = (wide * ((i + 0.5) / series - 0.5), wide / series) if plan.layout == "grouped" else (0.0, wide)
        options: dict[str, Any] = {"color": colours, "edgecolor": edge, "label": plan.keys[i] if series > 1 else None}
        if plan.flat:
            axes.barh(places + shift, plan.values[:, i], width, left=base, **options)
        else:
            axes.bar(places + shift, plan.values[:, i], width, bottom=base, **options)
        base = base + plan.values[:, i] if plan.layout == "stacked" else base
    _bar_labels(rng, axes, plan, places)
    telling = tell_bars(plan)
    telling.facts["per_length"] = "1"
    return telling


def _bar_labels(rng: np.random.Generator, axes: Axes, plan: Bars, places: np.ndarray) -> None:
    if plan.flat:
        axes.invert_yaxis()
        axes.set_yticks(places, plan.names)
    else:
        axes.set_xticks(places, plan.names, rotation=float(rng.choice([0, 45, 90])) if len(places) > 4 else 0)
    if plan.layout == "single" and rng.random() < 0.2:
        axes.bar_label(axes.containers[0], fmt="%.2f", fontsize="small")


def _lines(rng: np.random.Generator, axes: Axes, look: Look) -> Telling:
    plan = plan_lines(rng, look)
    start, step = float(rng.choice([0, 1, 1990, 2000])), float(rng.choice([0.1, 1, 1, 2]))
    x = start + step * np.arange(plan.values.shape[1])
    per_length = 1.0 if plan.log else 10 ** float(rng.integers(-1, 5))
    values = 10 ** (3 * plan.values) if plan.log else plan.values * per_length
    for row, colour, dash, name in zip(values, plan.colours, plan.dashes, plan.names, strict=True):
        axes.plot(
            x,
            row,
            color=hexed(colour),
            linestyle="--" if dash else "-",
            marker=_MARKERS[plan.marker],
            linewidth=plan.width,
            label=name if len(values) > 1 else None,
            markersize=float(rng.uniform(3, 8)),
        )
    if plan.log:
        axes.set_yscale("log")
    telling = tell_lines(plan)
    if not plan.log:
        telling.facts["per_length"] = f"{per_length:.6g}"
    return telling


def _pie(rng: np.random.Generator, axes: Axes, look: Look) -> Telling:
    plan = replace(plan_pie(rng, look), sweep=360.0)
    pulled = [0.12 if i == plan.pulled else 0.0 for i in range(len(plan.shares))]
    ring: dict[str, Any] = {"width": 1 - plan.hole} if plan.hole else {}
    if plan.gap:
        ring |= {"edgecolor": hexed(look.ground), "linewidth": plan.gap}
    labelled = rng.random() < 0.6
    axes.pie(
        plan.shares,
        colors=[hexed(c) for c in plan.colours],
        explode=pulled,
        startangle=-plan.start,
        counterclock=False,
        labels=plan.names if labelled else None,
        autopct="%1.1f%%" if rng.random() < 0.45 else None,
        wedgeprops=ring,
        shadow=bool(rng.random() < 0.08),
    )
    if not labelled:
        axes.legend(
            axes.patches[: len(plan.names)], plan.names, loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small"
        )
    axes.axison = False
    return tell_pie(plan)


def _scatter(rng: np.random.Generator, axes: Axes, look: Look) -> Telling:
    plan = plan_scatter(rng, look)
    marker = _MARKERS[plan.marker]
    low, wide = rng.uniform(-5, 50, 2), 10 ** rng.uniform(0, 4, 2)
    points = low + plan.points * wide
    alpha = float(rng.choice([1, 1, 0.8, 0.6]))
    for group, (colour, name) in enumerate(zip(plan.colours, plan.names, strict=True)):
        mine = plan.groups == group
        faces = (
            {"facecolors": "none", "edgecolors": hexed(colour)}
            if plan.hollow and marker not in "x+"
            else {"c": hexed(colour)}
        )
        axes.scatter(*points[mine].T, s=plan.sizes[mine] ** 2 * 2.5, marker=marker, alpha=alpha, label=name, **faces)
    if plan.line:
        slope, height = plan.line
        ends = np.array([0.05, 0.95])
        axes.plot(
            low[0] + ends * wide[0], low[1] + (slope * ends + height) * wide[1], color=hexed(plan.line_colour), lw=2
        )
    if len(plan.colours) == 1:
        axes.collections[0].set_label("_one")
    return tell_scatter(plan)


def draw_bars(rng: np.random.Generator) -> Drawing:
    """One bar chart in matplotlib's looks."""
    return _draw(rng, "bar chart", _bars)


def draw_lines(rng: np.random.Generator) -> Drawing:
    """One line chart in matplotlib's looks."""
    return _draw(rng, "line chart", _lines)


def draw_pie(rng: np.random.Generator) -> Drawing:
    """One pie chart in matplotlib's looks."""
    return _draw(rng, "pie chart", _pie)


def draw_scatter(rng: np.random.Generator) -> Drawing:
    """One scatter plot in matplotlib's looks."""
    return _draw(rng, "scatter plot", _scatter)


def draw_other(rng: np.random.Generator) -> Drawing:
    """One chart of another form in matplotlib's looks."""
    return _draw(rng, "other chart", paint_other)
