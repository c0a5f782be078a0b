"""A table: the texts of its cells from OCR, over the grid that the pixels show, and whether a row heads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from PIL import Image

from alttext_local.structure.grids import FULL_RULE, Grid, Span, TableSheet, find_grid, look_for_table
from alttext_local.structure.rulings import are_read, inked
from alttext_local.structure.table_looks import TableLook, look_at_table
from alttext_local.types import Reading, Word

SURE_CELL = 0.8
LEAST_READ = 0.3
"""Share of the cells that must be read for the grid to be believed."""

Cell = str | None
"""The text of a cell, empty where nothing stands in it, None where something stands that was not read."""


@dataclass(frozen=True)
class Table:
    """What a table holds. The header counts as a row."""

    cells: tuple[tuple[Cell, ...], ...]
    header: bool
    """Whether the first row heads the columns."""
    title: str = ""
    counted: bool = True
    """Whether the number of rows is sure; columns always are."""
    look: TableLook = field(default_factory=TableLook)

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.cells)

    @property
    def columns(self) -> int:
        """How many columns."""
        return len(self.cells[0])


def find_table(image: Image.Image, reading: Reading) -> Table | None:
    """The one table that the picture is of; None where it has none, several, or an unsure one."""
    page = look_for_table(image, reading)
    grid = find_grid(page) if page else None
    if page is None or grid is None:
        return None
    cells = _without_sheet_edges(page, grid)
    if cells is None:
        return None
    table = replace(_filled(page, cells), look=look_at_table(image, page, cells))
    return table if _is_read(table) else None


def _is_read(table: Table) -> bool:
    """Whether words were found in a good part of the cells, and something in every row and column."""
    inked = [cell for row in table.cells for cell in row if cell != ""]
    blank = [line for line in (*table.cells, *zip(*table.cells, strict=True)) if not any(cell != "" for cell in line)]
    return not blank and sum(cell is not None for cell in inked) >= LEAST_READ * len(inked)


def _filled(page: TableSheet, grid: Grid) -> Table:
    cells = tuple(tuple(_cell(page, row, column) for column in grid.columns) for row in grid.rows)
    return Table(cells, _has_header(page, grid, cells), grid.title, grid.counted)


def _cell(page: TableSheet, row: Span, column: Span) -> Cell:
    ink = inked(page.ink[row[0] : row[1], column[0] + 2 : column[1] - 1], 0)
    inside = [word for word in page.words if _stands_in(word, row, column)]
    if not inside:
        return None if ink.sum() > 2 else ""
    sure = all(word.confidence >= SURE_CELL and _is_within(word, column) for word in inside)
    if not sure or not are_read(ink, inside, column[0] + 2, page.height):
        return None
    return " ".join(word.text for word in sorted(inside, key=lambda w: (w.line, w.box[0])))


def _stands_in(word: Word, row: Span, column: Span) -> bool:
    left, top, width, height = word.box
    inside = min(left + width, column[1]) - max(left, column[0])
    return inside > 0.2 * height and row[0] <= top + height / 2 < row[1]


def _is_within(word: Word, column: Span) -> bool:
    """Not so where OCR ran two cells into one word."""
    left, _, width, height = word.box
    return left >= column[0] - 0.3 * height and left + width <= column[1] + 0.3 * height


def _has_header(page: TableSheet, grid: Grid, cells: tuple[tuple[Cell, ...], ...]) -> bool:
    """By a shade or a rule that sets the first row apart, an empty corner, or words over numbers."""
    if len(cells) < 3:
        return False
    return _words_over_numbers(cells) or _is_set_apart(page, grid)


def _words_over_numbers(cells: tuple[tuple[Cell, ...], ...]) -> bool:
    columns = list(zip(*cells, strict=True))
    return any(_is_words(column[0]) and _are_numbers(column[1:]) for column in columns) and not any(
        _are_numbers(column[:1]) and column[0] for column in columns
    )


def _is_words(cell: Cell) -> bool:
    return bool(cell) and sum(c.isalpha() for c in cell or "") > 2 and not any(c.isdigit() for c in cell or "")


def _are_numbers(cells: Sequence[Cell]) -> bool:
    read = [cell for cell in cells if cell]
    numeric = [sum(c.isdigit() for c in cell) > 0.5 * len(cell.replace(" ", "")) for cell in read]
    return len(read) >= max(1, 0.4 * len(cells)) and all(numeric)


def _is_set_apart(page: TableSheet, grid: Grid) -> bool:
    """Whether the ground of the first row differs from that of the two below."""
    grounds = [_ground(page, row, grid.columns) for row in grid.rows[:3]]
    if min(abs(grounds[0] - grounds[1]), abs(grounds[0] - grounds[2])) > 2 * max(4.0, abs(grounds[1] - grounds[2])):
        return True
    width = grid.columns[-1][0] - grid.columns[0][1]
    long = [rule.at for rule in page.across if rule.covered >= FULL_RULE * max(width, 1)]
    between = [any(a[1] - 3 <= at <= b[0] + 3 for at in long) for a, b in pairwise(grid.rows[:4])]
    return between[0] and not any(between[1:])


def _ground(page: TableSheet, row: Span, columns: list[Span]) -> float:
    return float(np.median(page.sheet.grey[row[0] : row[1], columns[0][0] : columns[-1][1]]))


def _without_sheet_edges(page: TableSheet, grid: Grid) -> Grid | None:
    """A spreadsheet's letters over the columns and numbers before the rows are no cells of its table; None in doubt."""
    rows, columns = grid.rows, grid.columns
    if len(rows) < 3 or len(columns) < 3 or _marked(page, rows[0], columns[0]):
        return grid
    letters = [_marked(page, rows[0], column) for column in columns[1:]]
    numbers = [_marked(page, row, columns[0]) for row in rows[1:]]
    if not all(0 < width < 2 * page.height for width in (*letters, *numbers)):
        return grid
    heads = [word.text for column in columns[1:] for word in page.words if _stands_in(word, rows[0], column)]
    if any(len(head) > 1 or not head.isalpha() for head in heads):
        return None
    return Grid(rows[1:], columns[1:], grid.title, grid.counted)


def _marked(page: TableSheet, row: Span, column: Span) -> int:
    """Pixels from the first to the last ink of a cell."""
    marked = np.flatnonzero(inked(page.ink[row[0] + 2 : row[1] - 1, column[0] + 2 : column[1] - 1], 0))
    return int(marked[-1] - marked[0] + 1) if len(marked) else 0
