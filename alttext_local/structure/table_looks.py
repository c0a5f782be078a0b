"""How a table looks: the ground of its header, stripes of shade, where lines rule it. Nothing where it is not plain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alttext_local.structure.colours import Colour, distance, sure_name
from alttext_local.structure.grids import FULL_RULE, Grid, Span, TableSheet
from alttext_local.structure.rulings import Grey, Rule

Ruling = Literal["cells", "rows", "none", ""]
"""Lines around the cells, between the rows alone, nowhere; empty where neither is sure."""
SHADED = 24.0
"""Distance in RGB from which on the ground of a row is another."""
STRIPED, ALIKE = 5.0, 3.0
"""Distance in RGB of neighbouring rows' grounds at least, and of those next but one at most."""
MOST_RULED = 0.8
"""Share of the places between rows, or columns, that hold a line where lines rule them."""
LINE = 6
"""Luminance, of 255, by which a line differs from the ground on both its sides; the edge of a shade does on one."""
AROUND = 4
"""Pixels from a line's middle in which its ground begins."""


@dataclass(frozen=True)
class TableLook:
    """What is plain to see of a table besides its words."""

    header_shaded: bool = False
    header_colour: str = ""
    """Of a shaded header; empty where it has no sure name."""
    striped: bool = False
    ruling: Ruling = ""


def look_at_table(image: Image.Image, page: TableSheet, grid: Grid) -> TableLook:
    """How the table of a grid looks; a table of fewer than three rows has no look that is sure."""
    if len(grid.rows) < 3:
        return TableLook()
    grounds = _grounds(np.asarray(image.convert("RGB")), page, grid)
    header = grounds[0]
    shaded = min(distance(header, other) for other in grounds[1:3]) > SHADED
    striped = _alternate(grounds[1:])
    ruling = _ruling(page, replace(grid, rows=grid.rows[shaded:]))  # the edge of a shade hides a line
    return TableLook(
        header_shaded=shaded,
        header_colour=(sure_name(header) or "") if shaded else "",
        striped=striped,
        ruling="" if ruling == "none" and (shaded or striped) else ruling,
    )


def _grounds(pixels: NDArray[np.uint8], page: TableSheet, grid: Grid) -> list[Colour]:
    left, right = grid.columns[0][0], grid.columns[-1][1]
    return [_ground(pixels, row, (left, right), page.sheet.scale) for row in grid.rows]


def _ground(pixels: NDArray[np.uint8], row: Span, across: Span, scale: float) -> Colour:
    """The median of a row's pixels: letters cover less than half of it."""
    top, bottom, left, right = (round(edge / scale) for edge in (*row, *across))
    inside = pixels[top : max(bottom, top + 1), left : max(right, left + 1)].reshape(-1, 3)
    red, green, blue = (round(float(part)) for part in np.median(inside, axis=0)) if len(inside) else (0, 0, 0)
    return red, green, blue


def _alternate(grounds: Sequence[Colour]) -> bool:
    if len(grounds) < 3:
        return False
    beside = [distance(a, b) for a, b in pairwise(grounds)]
    next_but_one = [distance(a, b) for a, b in zip(grounds, grounds[2:], strict=False)]
    return min(beside) > STRIPED and max(next_but_one) < ALIKE


def _ruling(page: TableSheet, grid: Grid) -> Ruling:
    grey = page.sheet.grey
    height, width = grid.rows[-1][1] - grid.rows[0][0], grid.columns[-1][1] - grid.columns[0][0]
    across = [rule for rule in page.across if rule.covered >= FULL_RULE * width and _is_line(grey, rule)]
    down = [rule for rule in page.down if rule.covered >= FULL_RULE * height and _is_line(grey.T, rule)]
    rows, columns = _share_ruled(grid.rows, across), _share_ruled(grid.columns, down)
    if rows >= MOST_RULED and columns >= MOST_RULED:
        return "cells"
    if rows >= MOST_RULED and not down:
        return "rows"
    return "" if page.across or page.down else "none"


def _share_ruled(places: Sequence[Span], lines: Sequence[Rule]) -> float:
    """Of the places between neighbouring spans, those that hold a line; nothing of one span."""
    between = list(pairwise(places))
    ruled = [any(a[1] - AROUND <= line.at <= b[0] + AROUND for line in lines) for a, b in between]
    return sum(ruled) / len(between) if between else 0.0


def _is_line(grey: Grey, rule: Rule) -> bool:
    """Whether a rule differs from its ground on both sides, along most of its length; `grey` has it lie across."""
    reach = AROUND + (rule.edges[1] - rule.edges[0])
    lines = [round(rule.at) + step for step in range(-reach, reach + 1)]
    profile = [float(np.median(grey[line, rule.start : rule.end])) for line in lines if 0 <= line < len(grey)]
    offs = [(value - profile[0], value - profile[-1]) for value in profile[1:-1]]
    return any(min(abs(one), abs(other)) > LINE and one * other > 0 for one, other in offs)
