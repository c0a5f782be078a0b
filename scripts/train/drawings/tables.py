"""Draws tables: ruled, zebra, spreadsheet, academic, web page, plain; with the facts of what they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alttext_local.structure.colours import name_of
from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_canvas import Canvas
from scripts.train.drawings.chart_fonts import Face, font, pick_face
from scripts.train.drawings.chart_palettes import BLACK, WHITE, Colour, ink_on, luminance, mix, pick_palette, rgb
from scripts.train.drawings.chart_telling import Telling, number_of
from scripts.train.drawings.drawing import Drawing

_STYLES = "ruled thin-ruled horizontal plain zebra three-line header spreadsheet web cards dark boxed".split()


@dataclass(frozen=True)
class TableLook:
    """How a table is dressed."""

    style: str
    ground: Colour
    ink: Colour
    rule: Colour
    across: bool
    """Whether lines run between rows."""
    down: bool
    """Whether lines run between columns."""
    width: int
    header: Colour | None
    stripe: Colour | None
    face: Face
    letter: int
    pad_x: float
    pad_y: float
    bold_header: bool
    smooth: int

    @property
    def ruled(self) -> bool:
        """Whether lines run both ways."""
        return self.across and self.down


@dataclass(frozen=True)
class Grid:
    """The cells, header row first, with the measures of rows and columns in pixels."""

    cells: list[list[str]]
    widths: list[float]
    row_height: float
    aligns: list[str]
    caption: str
    note: str

    @property
    def rows(self) -> int:
        """How many rows, the header included."""
        return len(self.cells)

    @property
    def columns(self) -> int:
        """How many columns."""
        return len(self.widths)


def _pick_look(rng: np.random.Generator) -> TableLook:
    style = words.pick(rng, _STYLES)
    dark = style == "dark"
    accent = words_colour(rng)
    ground = (
        rgb("1e1e2e")
        if dark
        else WHITE
        if rng.random() < 0.85
        else rgb(words.pick(rng, ["fdf6e3", "f4f6f8", "fffdf5", "eeeeee"]))
    )
    pale = mix(ground, accent if rng.random() < 0.5 else (128, 128, 128), 0.16)
    shaded = {"header": accent, "boxed": accent, "web": pale, "spreadsheet": rgb("e6e6e6")}.get(style)
    if style in ("zebra", "ruled", "dark", "cards") and rng.random() < 0.55:
        shaded = accent if rng.random() < 0.6 else mix(ground, (128, 128, 128), 0.3)
    striped = style == "zebra" or (style in ("header", "web", "dark", "cards") and rng.random() < 0.45)
    return TableLook(
        style,
        ground,
        WHITE if dark else BLACK if rng.random() < 0.6 else rgb("333333"),
        BLACK if style in ("ruled", "three-line", "boxed") else mix(ground, (128, 128, 128), 0.45),
        across=style in ("ruled", "thin-ruled", "horizontal", "spreadsheet", "web", "boxed")
        or (style == "header" and rng.random() < 0.4),
        down=style in ("ruled", "thin-ruled", "spreadsheet", "boxed"),
        width=int(rng.choice([1, 2, 3], p=[0.7, 0.22, 0.08])),
        header=shaded,
        stripe=pale if striped else None,
        face=pick_face(rng, serif=0.6 if style in ("three-line", "ruled") else 0.25, odd=0.07),
        letter=int(rng.integers(8, 21)),
        pad_x=float(rng.uniform(0.3, 1.8)),
        pad_y=float(rng.uniform(0.1, 0.85)),
        bold_header=bool(rng.random() < 0.65),
        smooth=1 if rng.random() < 0.7 else 2,
    )


def words_colour(rng: np.random.Generator) -> Colour:
    """A colour for a header row."""
    palette = pick_palette(rng, 4)
    return palette[int(rng.integers(len(palette)))]


def _cells(rng: np.random.Generator) -> tuple[list[list[str]], list[str]]:
    rows, columns = int(rng.integers(2, 15)), int(rng.integers(2, 9))
    first = words.labels(rng, rows)
    first = first if len(set(first)) == len(first) else [f"Row {i + 1}" for i in range(rows)]
    filler = [str(rng.choice(["number", "number", "number", "word", "year", "tick", "phrase"])) for _ in range(columns)]
    head = [words.axis(rng) if rng.random() < 0.35 else words.topic(rng).split()[0] for _ in range(columns)]
    if rng.random() < 0.2:
        head = [word.lower().replace(" ", "_") for word in head]
    cells = [head, *([first[i], *(_cell(rng, filler[c]) for c in range(1, columns))] for i in range(1, rows))]
    aligns = [
        "l",
        *(
            str(rng.choice(["r", "r", "m"])) if filler[c] == "number" else str(rng.choice(["l", "m"]))
            for c in range(1, columns)
        ),
    ]
    if rng.random() < 0.25:
        aligns = ["m"] * columns
    return cells, aligns


def _cell(rng: np.random.Generator, filler: str) -> str:
    if rng.random() < 0.04:
        return str(rng.choice(["", "-", "n/a", "NA"]))
    if filler == "word":
        return words.labels(rng, 3)[int(rng.integers(3))]
    if filler == "phrase":
        return words.title(rng)[: int(rng.integers(12, 26))]
    if filler == "year":
        return (
            f"{rng.integers(1950, 2025)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
            if rng.random() < 0.5
            else str(rng.integers(1950, 2025))
        )
    return str(rng.choice(["yes", "no", "x", "ok"])) if filler == "tick" else words.number(rng)


def _measure(rng: np.random.Generator, look: TableLook) -> Grid:
    cells, aligns = _cells(rng)
    letters = [font(look.face[bold], look.letter) for bold in (0, 1)]
    widths = []
    for column in range(len(cells[0])):
        lengths = [letters[int(i == 0 and look.bold_header)].getlength(row[column]) for i, row in enumerate(cells)]
        widths.append(max(lengths) + 2 * look.pad_x * look.letter)
    if rng.random() < 0.25:
        widths = [max(widths)] * len(widths)
    while sum(widths) > 860 and len(widths) > 2:
        widths, aligns = widths[:-1], aligns[:-1]
        cells = [row[:-1] for row in cells]
    height = look.letter * (1.25 + 2 * look.pad_y)
    while height * len(cells) > 780:
        cells = cells[:-1]
    caption = f"Table {rng.integers(1, 9)}: {words.topic(rng)}" if rng.random() < 0.5 else words.title(rng)
    return Grid(
        cells,
        widths,
        height,
        aligns,
        caption if rng.random() < 0.3 else "",
        words.source(rng) if rng.random() < 0.15 else "",
    )


def tell_table(look: TableLook, grid: Grid) -> Telling:
    """What can be seen of the table; the header row counts as a row."""
    telling = Telling()
    telling.say("Table.", "table")
    telling.say(f"It has {number_of(grid.rows, 'row')} and {number_of(grid.columns, 'column')}.", f"{grid.rows} rows")
    telling.say_keyword(f"{grid.columns} columns")
    if look.header and _seen(look.header, look.ground):
        telling.say("The header row is shaded.", "shaded header")
        telling.say(f"The header row is {name_of(look.header)}.")
    if look.stripe and grid.rows > 3:
        telling.say("The rows have alternating shades.", "alternating rows")
    if look.ruled:
        telling.say("It has ruled lines around the cells.", "ruled lines")
    elif look.across:
        telling.say("It has lines between the rows.", "ruled lines")
    elif look.style == "three-line":
        telling.say("It has lines only above and below.", "ruled lines")
    elif not look.stripe and not look.header:
        telling.say("It has no ruled lines.", "plain table")
    if look.style == "dark":
        telling.say("The background is dark.", "dark background")
    telling.facts.update(
        rows=grid.rows,
        columns=grid.columns,
        rows_include_header=True,
        style=look.style,
        ruled=look.ruled,
        zebra=bool(look.stripe),
        header_shaded=bool(look.header),
    )
    return telling


def _seen(colour: Colour, ground: Colour) -> bool:
    return abs(luminance(colour) - luminance(ground)) > 0.05 or name_of(colour) != name_of(ground)


def _paint(rng: np.random.Generator, look: TableLook, grid: Grid) -> Canvas:
    edge = float(rng.choice([2, 8, 20, 45], p=[0.3, 0.35, 0.25, 0.1]))
    top = edge + (look.letter * 2.0 if grid.caption else 0)
    width, height = (
        sum(grid.widths) + 2 * edge,
        top + grid.rows * grid.row_height + edge + (look.letter * 1.6 if grid.note else 0),
    )
    canvas = Canvas((max(120, round(width)), max(60, round(height))), look.ground, look.smooth, look.face)
    right = edge + sum(grid.widths)
    if grid.caption:
        canvas.text(
            (edge, edge),
            grid.caption,
            look.letter * float(rng.uniform(0.9, 1.25)),
            look.ink,
            "lt",
            bool(rng.random() < 0.5),
        )
    if grid.note:
        canvas.text(
            (edge, top + grid.rows * grid.row_height + look.letter * 0.5), grid.note, look.letter * 0.8, look.ink, "lt"
        )
    for i in range(grid.rows):
        y = top + i * grid.row_height
        fill = look.header if i == 0 else look.stripe if i % 2 == 0 else None
        if fill:
            canvas.rect((edge, y, right, y + grid.row_height), fill)
        _paint_row(canvas, look, grid, i, (edge, y), ink_on(fill) if fill else look.ink)
    _paint_rules(canvas, look, grid, (edge, top, right, top + grid.rows * grid.row_height))
    return canvas


def _paint_row(canvas: Canvas, look: TableLook, grid: Grid, row: int, at: tuple[float, float], ink: Colour) -> None:
    x, y = at
    for text, width, align in zip(grid.cells[row], grid.widths, grid.aligns, strict=True):
        pad = look.pad_x * look.letter
        place = {"l": x + pad, "m": x + width / 2, "r": x + width - pad}[align]
        canvas.text(
            (place, y + grid.row_height / 2), text, look.letter, ink, f"{align}m", row == 0 and look.bold_header
        )
        x += width


def _paint_rules(canvas: Canvas, look: TableLook, grid: Grid, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    for i in range(grid.rows + 1):
        y = top + i * grid.row_height
        thick = look.style == "three-line" and i in (0, 1, grid.rows)
        if look.across or thick:
            canvas.line(((left, y), (right, y)), look.rule, look.width if not (thick and i != 1) else look.width + 1)
    if look.down:
        x = left
        for width in (0.0, *grid.widths):
            x += width
            canvas.line(((x, top), (x, bottom)), look.rule, look.width)


def draw_table(rng: np.random.Generator) -> Drawing:
    """A table of made-up numbers and words."""
    look = _pick_look(rng)
    grid = _measure(rng, look)
    return tell_table(look, grid).drawing("table", _paint(rng, look, grid).finish())
