"""How a chart is dressed: the ground, grid, frame, letters and palette of well-known software."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from scripts.train.drawings.chart_fonts import Face, pick_face
from scripts.train.drawings.chart_palettes import BLACK, WHITE, Colour, mix, rgb

_GREY = rgb("cccccc")


_INK = rgb("333333")
_GRID = rgb("dddddd")


@dataclass(frozen=True)
class Look:
    """One way to dress a chart. Widths are in pixels of the finished picture."""

    ground: Colour = WHITE
    panel: Colour | None = None
    ink: Colour = _INK
    grid: str = "h"
    """Which grid lines there are: any of the letters h and v."""
    grid_colour: Colour = _GRID
    grid_width: int = 1
    dashed: bool = False
    frame: str = "lb"
    """Which sides of the plot have a line: any of l, b, r, t."""
    frame_colour: Colour = BLACK
    ticks: bool = True
    palette: str = ""
    title_side: str = "centre"
    stripe: Colour | None = None
    """A bar of colour at the top left, as some newspapers have it."""
    outline: Colour | None = None
    """The edge of bars and slices."""
    face: Face = ("", "")
    bold_title: bool = True
    letter: int = 11
    """The size of tick labels."""
    size: tuple[int, int] = (400, 300)
    smooth: int = 2
    """How many times larger it is drawn before it is scaled down; 1 leaves jagged edges."""
    legend: str = "right"
    """Where a legend stands, if there is something for it to say: right, top, bottom, inside, none."""
    has_title: bool = True
    has_axis_names: bool = True
    has_labels: bool = True
    outside_ticks: bool = field(default=True)

    @property
    def dark(self) -> bool:
        """Whether the ground is dark."""
        return sum(self.ground) < 240


_BASES: tuple[Look, ...] = (
    Look(
        panel=rgb("ebebeb"),
        grid="hv",
        grid_colour=WHITE,
        frame="",
        palette="ggplot3",
        title_side="left",
        bold_title=False,
    ),
    Look(
        panel=rgb("ebebeb"),
        grid="hv",
        grid_colour=WHITE,
        frame="",
        palette="ggplot6",
        title_side="left",
        bold_title=False,
    ),
    Look(
        grid="hv",
        grid_colour=rgb("ebebeb"),
        frame="lbrt",
        frame_colour=rgb("333333"),
        palette="ggplot4",
        title_side="left",
    ),
    Look(grid="hv", grid_colour=rgb("e5e5e5"), frame="", ticks=False, palette="set2"),
    Look(grid="", frame="lbrt", palette="matplotlib", bold_title=False),
    Look(grid="hv", grid_colour=rgb("b0b0b0"), frame="lbrt", palette="matplotlib", bold_title=False),
    Look(panel=rgb("eaeaf2"), grid="hv", grid_colour=WHITE, frame="", ticks=False, palette="deep"),
    Look(grid="", frame="lb", palette="deep", bold_title=False),
    Look(panel=rgb("c0c0c0"), grid="h", grid_colour=BLACK, frame="lbrt", palette="excel97", outline=BLACK),
    Look(grid="h", grid_colour=rgb("868686"), frame="lb", frame_colour=rgb("868686"), palette="excel2007"),
    Look(
        grid="h",
        grid_colour=rgb("d9d9d9"),
        frame="b",
        frame_colour=rgb("d9d9d9"),
        ticks=False,
        ink=rgb("595959"),
        palette="excel2013",
        bold_title=False,
    ),
    Look(grid="h", grid_colour=rgb("d9d9d9"), frame="b", frame_colour=rgb("bfbfbf"), ticks=False, palette="office2023"),
    Look(
        grid="h",
        grid_colour=rgb("cccccc"),
        frame="b",
        frame_colour=rgb("333333"),
        ticks=False,
        palette="google",
        title_side="left",
    ),
    Look(
        grid="h",
        grid_colour=rgb("e0e0e0"),
        frame="b",
        ticks=False,
        palette="sheets",
        title_side="left",
        bold_title=False,
    ),
    Look(
        grid="hv",
        grid_colour=rgb("e5e5e5"),
        frame="lb",
        frame_colour=rgb("e5e5e5"),
        ink=rgb("666666"),
        palette="chartjs",
    ),
    Look(
        panel=rgb("e5ecf6"),
        grid="hv",
        grid_colour=WHITE,
        frame="",
        ticks=False,
        ink=rgb("2a3f5f"),
        palette="plotly",
        title_side="left",
    ),
    Look(
        grid="h", grid_colour=rgb("e6e6e6"), frame="b", frame_colour=rgb("ccd6eb"), palette="highold", bold_title=False
    ),
    Look(
        grid="h", grid_colour=rgb("e0e6f1"), frame="b", frame_colour=rgb("6e7079"), palette="echarts", ink=rgb("6e7079")
    ),
    Look(
        grid="h",
        grid_colour=rgb("b7c6cf"),
        frame="b",
        ticks=False,
        palette="economist",
        title_side="left",
        stripe=rgb("e3120b"),
    ),
    Look(
        ground=rgb("d5e4eb"),
        grid="h",
        grid_colour=WHITE,
        frame="b",
        palette="economist",
        title_side="left",
        stripe=rgb("e3120b"),
    ),
    Look(
        ground=rgb("fff1e5"),
        grid="h",
        grid_colour=rgb("ccc1b7"),
        frame="b",
        frame_colour=rgb("66605c"),
        palette="ft",
        title_side="left",
        stripe=BLACK,
    ),
    Look(grid="", frame="lbrt", palette="gnuplot", outline=BLACK, bold_title=False, ink=BLACK),
    Look(grid="hv", dashed=True, grid_colour=rgb("a0a0a0"), frame="lbrt", palette="gnuplot", ink=BLACK),
    Look(grid="", frame="lb", palette="grey", outline=BLACK, ink=BLACK),
    Look(grid="", frame="lbrt", palette="pure", outline=BLACK, ink=BLACK),
    Look(grid="", frame="lb", palette="grey", outline=BLACK, ink=BLACK, bold_title=False),
    Look(grid="h", dashed=True, frame="l", palette="steel", outline=BLACK, ink=BLACK),
    Look(
        ground=rgb("111827"),
        grid="h",
        grid_colour=rgb("374151"),
        frame="b",
        frame_colour=rgb("6b7280"),
        ink=rgb("d1d5db"),
        palette="neon",
    ),
    Look(
        ground=BLACK, grid="hv", grid_colour=rgb("333333"), frame="lbrt", frame_colour=WHITE, ink=WHITE, palette="set2"
    ),
    Look(
        ground=rgb("2b2b3a"),
        panel=rgb("343446"),
        grid="h",
        grid_colour=rgb("4a4a60"),
        frame="",
        ink=rgb("e0e0e8"),
        palette="pastel",
    ),
    Look(grid="hv", grid_colour=rgb("dddddd"), frame="lbrt", frame_colour=rgb("dddddd"), palette="vega", ink=BLACK),
    Look(grid="h", grid_colour=rgb("dddddd"), frame="lb", frame_colour=rgb("888888"), palette="vega", ink=BLACK),
    Look(grid="", frame="", ticks=False, palette="web"),
    Look(grid="", frame="b", ticks=False, palette="flat", title_side="left"),
    Look(
        ground=rgb("f0f0f0"),
        grid="hv",
        grid_colour=rgb("cbcbcb"),
        frame="",
        ticks=False,
        palette="matplotlib",
        title_side="left",
    ),
    Look(ground=rgb("fdf6e3"), panel=rgb("eee8d5"), grid="hv", grid_colour=rgb("fdf6e3"), frame="", palette="okabe"),
    Look(
        panel=rgb("f7fbff"),
        grid="hv",
        grid_colour=rgb("c9d6e6"),
        frame="lbrt",
        frame_colour=rgb("7f9db9"),
        palette="tableau",
    ),
    Look(grid="h", grid_colour=rgb("eeeeee"), frame="", ticks=False, palette="material", ink=rgb("777777")),
    Look(
        ground=rgb("f8fafc"),
        panel=WHITE,
        grid="h",
        grid_colour=rgb("e2e8f0"),
        frame="",
        ticks=False,
        palette="tailwind",
    ),
)


def pick_size(rng: np.random.Generator) -> tuple[int, int]:
    """Width and height: 150 to 800 pixels, from twice as high as wide to twice as wide as high."""
    aspect = float(np.clip(math.exp(rng.normal(0.3, 0.33)), 0.5, 2.2))
    mean = math.exp(rng.uniform(math.log(190), math.log(560)))
    width, height = mean * math.sqrt(aspect), mean / math.sqrt(aspect)
    return round(float(np.clip(width, 150, 800))), round(float(np.clip(height, 130, 800)))


def pick_look(rng: np.random.Generator) -> Look:
    """A known look with its own letters, size and small liberties."""
    look = _BASES[int(rng.integers(len(_BASES)))]
    size = pick_size(rng)
    look = replace(
        look,
        size=size,
        face=pick_face(rng),
        letter=int(np.clip(min(size) / rng.uniform(17, 36), 7, 22)),
        smooth=1 if rng.random() < 0.22 else 2,
        legend=str(rng.choice(["right", "top", "bottom", "inside", "none"], p=[0.35, 0.2, 0.17, 0.13, 0.15])),
        has_title=bool(rng.random() < 0.62),
        has_axis_names=bool(rng.random() < 0.55),
        has_labels=bool(rng.random() < 0.92),
        bold_title=bool(rng.random() < 0.5) if rng.random() < 0.4 else look.bold_title,
    )
    return _with_liberties(rng, look)


def _with_liberties(rng: np.random.Generator, look: Look) -> Look:
    if rng.random() < 0.4:
        look = replace(look, palette="")
    if rng.random() < 0.15:
        look = replace(look, grid=str(rng.choice(["", "h", "v", "hv"])))
    if rng.random() < 0.15:
        look = replace(look, frame=str(rng.choice(["", "b", "lb", "l", "lbrt", "rb"])))
    if rng.random() < 0.1:
        look = replace(look, dashed=True)
    if rng.random() < 0.1:
        look = replace(look, grid_colour=mix(look.grid_colour, _GREY if not look.dark else BLACK, 0.4))
    if rng.random() < 0.06:
        tint = rgb(str(rng.choice(["fff8e1", "eef6ff", "f3f3f3", "f5fff5", "fff0f5", "e0e0e0"])))
        look = replace(look, ground=tint) if not look.dark else look
    if rng.random() < 0.06:
        look = replace(look, has_title=False, has_axis_names=False, has_labels=False, grid="", frame="", ticks=False)
    return look
