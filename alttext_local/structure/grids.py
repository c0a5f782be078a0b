"""The grid of a table: from rules, bands of shade and the gaps between the ink.

Where lines rule the cells, they are the grid. Elsewhere columns are what is left between the rivers of
white that run down through the rows, and rows are the lines of text. What does not agree gives nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
from PIL import Image

from alttext_local.structure.rulings import (
    Mask,
    Rule,
    Sheet,
    are_read,
    ink_of,
    inked,
    open_sheet,
    rules_across,
    rules_down,
    scaled,
    spans,
)
from alttext_local.types import Reading, Word

LEAST_WORDS = 4
LEAST_HEIGHT = 4.0
"""Pixels of the sheet under which letters are specks."""
MOST_COLUMNS, MOST_ROWS = 30, 80
WORD_GAP = 0.5
"""Heights of a line: what is less apart is of one cell."""
HEAD_GAP = 0.35
"""The same where a head is wider than its column and comes close to the next."""
LETTER_GAP = 0.15
DOUBTFUL_GAP = 0.2
"""A river as narrow as this is one of words or of columns: nobody knows."""
LINE_GAP = 0.12
FULL_RULE = 0.8
"""Share of the table that a rule must cover to bound rows or columns."""
WIDEST_PITCH = 2.5
"""Of the usual distance of lines: further down another table begins."""
SURE_WORD, SURE_TITLE = 0.5, 0.8

Span = tuple[int, int]


@dataclass(frozen=True)
class _Line:
    """A line of ink, with its pieces that lie further apart than words."""

    top: int
    bottom: int
    pieces: tuple[Span, ...]

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, eq=False)
class TableSheet:
    """What was found on the sheet before anything is a table."""

    sheet: Sheet
    words: tuple[Word, ...]
    """With boxes in the sheet's pixels."""
    height: float
    """Of a word."""
    across: list[Rule]
    down: list[Rule]
    ink: Mask


@dataclass(frozen=True)
class Grid:
    """Where rows and columns begin and end, in pixels of the sheet, with the title over them."""

    rows: list[Span]
    columns: list[Span]
    title: str = ""
    counted: bool = True
    """Whether the number of rows is sure."""


def find_grid(page: TableSheet) -> Grid | None:
    """The one grid on a sheet; None where there is none, several, or an unsure one."""
    return _ruled(page) or _unruled(page)


def look_for_table(image: Image.Image, reading: Reading) -> TableSheet | None:
    """The sheet of a picture with enough words of some size on it."""
    words = [word for word in reading.words if word.confidence >= SURE_WORD]
    if len(words) < LEAST_WORDS or min(image.size) < 16:
        return None
    sheet = open_sheet(image)
    words = [scaled(word, sheet.scale) for word in words]
    height = float(median(word.box[3] for word in words))
    if height < LEAST_HEIGHT:
        return None
    across = rules_across(sheet, max(32, round(6 * height)))
    down = rules_down(sheet, max(12, round(1.6 * height)))
    return TableSheet(sheet, tuple(words), height, across, down, ink_of(sheet.grey, across, down))


# Ruled


def _ruled(page: TableSheet) -> Grid | None:
    """The grid of rules both ways."""
    if len(page.across) < 3 or len(page.down) < 3:
        return None
    widest = max(rule.covered for rule in page.across)
    across = [rule for rule in page.across if rule.covered >= FULL_RULE * widest]
    top, bottom = across[0].at, across[-1].at
    left, right = min(r.start for r in across), max(r.end for r in across)
    down = [
        rule for rule in page.down if _within(rule, top, bottom) >= FULL_RULE * (bottom - top)
    ]  # fmt: skip
    if (
        len(across) < 3
        or len(down) < 3
        or abs(down[0].at - left) > 2 * page.height
        or abs(down[-1].at - right) > 2 * page.height
    ):
        return None
    rows = [band for band in _bands([r.at for r in across]) if band[1] - band[0] > 0.9 * page.height]
    columns = [band for band in _bands([r.at for r in down]) if band[1] - band[0] > 0.6 * page.height]
    if not (2 <= len(rows) <= MOST_ROWS and 2 <= len(columns) <= MOST_COLUMNS):
        return None
    return Grid(rows, columns, _title_above(page, top), _lattice_is_whole(page, rows, columns, across))


def _within(rule: Rule, top: float, bottom: float) -> float:
    length = max(1, rule.end - rule.start)
    return rule.covered / length * (min(rule.end, bottom) - max(rule.start, top))


def _bands(edges: Sequence[float]) -> list[Span]:
    return [(round(a) + 1, round(b)) for a, b in pairwise(edges)]


def _lattice_is_whole(page: TableSheet, rows: list[Span], columns: list[Span], across: list[Rule]) -> bool:
    """No rule runs through a part of the rows: cells merged or split would make the count doubtful."""
    used = {rule.at for rule in across}
    inner = [r for r in page.across if r.at not in used and rows[0][0] < r.at < rows[-1][1]]
    stray = [r for r in inner for a, b in columns if min(r.end, b) - max(r.start, a) > 0.9 * (b - a)]
    return not stray and not any(_holds_rows(page, row, columns) for row in rows)


def _holds_rows(page: TableSheet, row: Span, columns: list[Span]) -> bool:
    """Whether two columns at once have several lines in one band: rows that no rule parts, or cells that wrap."""
    several = 0
    for left, right in columns:
        ink = inked(page.ink[row[0] + 2 : row[1] - 1, left + 2 : right - 1], 1)
        several += len([s for s in spans(ink, LINE_GAP * page.height) if s[1] - s[0] > 0.4 * page.height]) > 1
    return several > 1


# Not ruled, or one way only


def _unruled(page: TableSheet) -> Grid | None:
    lines = _lines(page)
    cores = _cores(page, lines)
    if not 2 <= len(cores) <= MOST_COLUMNS:
        return None
    body, title = _body(page, lines, cores)
    if not 2 <= len(body) <= MOST_ROWS:
        return None
    rows, counted = _rows(page, body, cores)
    return Grid(rows, _grown(cores, page.ink.shape[1]), title, counted)


def _lines(page: TableSheet) -> list[_Line]:
    lines = []
    for top, bottom in spans(page.ink.sum(axis=1) > 1, LINE_GAP * page.height):
        if bottom - top >= 0.35 * page.height:
            pieces = spans(inked(page.ink[top:bottom], 0), WORD_GAP * page.height)
            lines.append(_Line(top, bottom, tuple(p for p in pieces if p[1] - p[0] > 2)))
    return [line for line in lines if line.pieces]


def _cores(page: TableSheet, lines: list[_Line]) -> list[Span]:
    """Where most rows have ink, column by column; none where too few lines have several pieces."""
    several = [line for line in lines if len(line.pieces) > 1]
    if len(several) < 2 or len(several) < 0.5 * len(lines):
        return []
    count = np.zeros(page.ink.shape[1], dtype=np.int32)
    for line in several:
        for start, end in line.pieces:
            count[start:end] += 1
    spared = 0 if len(several) < 6 else max(1, len(several) // 10)
    if len(spans(count > spared, DOUBTFUL_GAP * page.height)) > len(spans(count > spared, WORD_GAP * page.height)):
        return []
    return [
        (start, end)
        for start, end in spans(count > spared, WORD_GAP * page.height)
        if count[start:end].max() >= 0.4 * len(several)
    ]


def _grown(cores: list[Span], width: int) -> list[Span]:
    """Each column up to the middle of the rivers beside it."""
    middles = [0, *(round((a[1] + b[0]) / 2) for a, b in pairwise(cores)), width]
    return list(pairwise(middles))


def _filled_columns(page: TableSheet, line: _Line, cores: list[Span], strictly: bool = False) -> set[int] | None:
    """Which columns a line's words stand in; None where it runs on from a column into the next.

    With `strictly` the gaps between columns must be wider than those within, as a title's are not.
    """
    ink = inked(page.ink[line.top : line.bottom], 0)
    words = spans(ink, LETTER_GAP * page.height)
    places = _placed(words, cores, page.height)
    if any(len(place) > 1 for place in places):
        return None
    gaps = [(b[0] - a[1], p != q) for (a, p), (b, q) in pairwise(zip(words, places, strict=True))]
    between, within = [g for g, apart in gaps if apart], [g for g, apart in gaps if not apart]
    if between and min(between) < HEAD_GAP * page.height:
        return None
    if strictly and between and within and min(between) < 1.4 * max(within):
        return None
    return {place[0] for place in places}


def _placed(words: list[Span], cores: list[Span], height: float) -> list[list[int]]:
    """The columns each word touches; one between columns belongs where the word nearest to it does."""
    places = [
        [i for i, (a, b) in enumerate(cores) if min(end, b) - max(start, a) > 0.3 * height] for start, end in words
    ]
    gaps = [b[0] - a[1] for a, b in pairwise(words)]
    for i in range(1, len(words)):
        if not places[i] and (i == len(gaps) or gaps[i - 1] <= gaps[i]):
            places[i] = places[i - 1][-1:]
    for i in reversed(range(len(words) - 1)):
        places[i] = places[i] or places[i + 1][:1]
    return [place or [0] for place in places]


def _body(page: TableSheet, lines: list[_Line], cores: list[Span]) -> tuple[list[_Line], str]:
    """The lines that are rows, and the title above them. Doubt about a line at either end gives none."""
    filled = [
        None if i < 2 and _opens_title(page, line) else _filled_columns(page, line, cores, i < 3)
        for i, line in enumerate(lines)
    ]
    whole = [i for i, found in enumerate(filled) if found and len(found) >= max(2, len(cores) / 2)]
    if len(whole) < 2:
        return [], ""
    first, last = whole[0], whole[-1]
    if any(found is not None and found != {0} for found in (*filled[:first], *filled[last + 1 :])):
        return [], ""
    if any(_may_be_head(page, line, cores) for line in lines[:first]):
        return [], ""
    title = _title_above(page, lines[first].top) if first and lines[0].pieces[0][0] < cores[1][0] else ""
    return lines[first : last + 1], title


def _may_be_head(page: TableSheet, line: _Line, cores: list[Span]) -> bool:
    """Whether a line over the rows may head their columns, though not column by column."""
    if _opens_title(page, line) or len(line.pieces) == 1:
        return False
    width = cores[-1][0] - cores[0][1]
    under_rule = any(rule.at < line.middle and rule.covered >= FULL_RULE * width for rule in page.across)
    return under_rule or len(line.pieces) >= max(2, len(cores) / 2)


def _opens_title(page: TableSheet, line: _Line) -> bool:
    words = [w.text for w in page.words if line.top <= w.box[1] + w.box[3] / 2 < line.bottom]
    return len(words) > 1 and words[0].lower().startswith("tab") and words[1][:1].isdigit()


def _rows(page: TableSheet, body: list[_Line], cores: list[Span]) -> tuple[list[Span], bool]:
    """A row for each line, or for each band between rules where cells have several lines; and whether it is sure."""
    edges = [rule.at for rule in page.across if rule.covered >= FULL_RULE * (cores[-1][0] - cores[0][1])]
    edges = [at for at in edges if body[0].top < at < body[-1].bottom]
    single = [(line.top, line.bottom) for line in body]
    filled = [_filled_columns(page, line, cores) for line in body]
    doubtful = [found for found in filled if found is not None and 0 not in found and len(found) < len(cores) - 1]
    pitches = [b.middle - a.middle for a, b in pairwise(body)]
    even = _is_even(pitches)
    apart = max(pitches) > WIDEST_PITCH * median(pitches)
    if not doubtful and not apart and (even or len(edges) >= len(body) - 1):
        return single, True
    bands = _bands([body[0].top - 2, *edges, body[-1].bottom + 2])
    if len(bands) >= 3 and len(bands) >= 0.5 * len(body) and all(_lines_of(band, body) >= 1 for band in bands):
        return bands, False
    return single, False


def _lines_of(band: Span, body: list[_Line]) -> int:
    return sum(band[0] <= line.middle < band[1] for line in body)


def _is_even(pitches: list[float]) -> bool:
    """Whether lines follow each other at one pitch, a larger gap here or there allowed."""
    usual = median(pitches)
    wider = sum(pitch > 1.4 * usual for pitch in pitches)
    return wider <= len(pitches) / 3 and all(pitch > 0.75 * usual for pitch in pitches)


def _title_above(page: TableSheet, top: float) -> str:
    """The topmost line of words over the grid, where all of it is surely read."""
    above = [word for word in page.words if word.box[1] + word.box[3] <= top + 2]
    if not above:
        return ""
    line = [word for word in above if word.line == above[0].line]
    upper, lower = min(w.box[1] for w in line), max(w.box[1] + w.box[3] for w in line)
    ink = inked(page.ink[upper:lower], 0)
    if not are_read(ink, line, 0, page.height) or min(word.confidence for word in line) < SURE_TITLE:
        return ""
    text = " ".join(word.text for word in line)
    return text if sum(map(str.isalpha, text)) > 2 else ""
