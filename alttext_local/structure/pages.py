"""A page of text in the order in which it is read: its heading, its columns, its paragraphs, from OCR's boxes alone.

In sparse text OCR runs neighbouring columns into one line. A gutter, a white band that runs down between
words, parts them again; lines that cross it (headings, abstracts) part the page into storeys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from PIL import Image
from scipy.ndimage import maximum_filter1d

from alttext_local.structure.rulings import Mask, are_read, ink_of, inked, open_sheet, scaled, spans
from alttext_local.types import Reading, Word

LEAST_WORDS = 30
"""With fewer, a picture of text is a sign, a title, a slide: it has no columns to speak of."""
LEAST_LINES = 6
"""Lines beside a gutter, on each side, that make columns of it."""
SURE_HEADING = 0.75
LEAST_SURE = 0.5
OPENING_LINES = 5
UNREAD = 0.08
"""Share of the ink that may stand outside all words where a text is said to begin."""
GUTTER = 0.8
"""Heights of a line: white as wide as this runs between columns at least."""
CROSSING = 0.12
"""Share of the inked height that may cross a gutter."""
FULL_LINE, FULL_LINES = 0.7, 0.4
"""A line is full that runs unbroken over this share of its column; a column of text has this share of such lines."""
LARGER = 1.3
"""Of the page's usual height: letters of a heading."""
HEADING_WORDS = 14
PARAGRAPH_GAP = 1.7
"""Of the usual distance of lines."""


@dataclass(frozen=True)
class Page:
    """A page as it is read. All but `text` is empty or 0 where it is not sure."""

    text: str = ""
    """Paragraphs apart by a line break, hyphenation mended, running heads and page numbers left out."""
    heading: str = ""
    columns: int = 0
    headings: int = 0
    """Lines in larger letters, those on several lines counted once."""
    opening: str = ""
    """The first paragraph under the heading, as far as all that stands down to there was read."""


@dataclass(frozen=True)
class _Line:
    words: tuple[Word, ...]

    @property
    def left(self) -> int:
        return min(word.box[0] for word in self.words)

    @property
    def right(self) -> int:
        return max(word.box[0] + word.box[2] for word in self.words)

    @property
    def top(self) -> int:
        return min(word.box[1] for word in self.words)

    @property
    def bottom(self) -> int:
        return max(word.box[1] + word.box[3] for word in self.words)

    @property
    def middle(self) -> float:
        return float(median(word.box[1] + word.box[3] / 2 for word in self.words))

    @property
    def height(self) -> int:
        return max(word.box[3] for word in self.words)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def read_page(image: Image.Image, reading: Reading) -> Page:
    """The page of a reading; with few words its text in OCR's own order, and nothing else."""
    if len(reading.words) < LEAST_WORDS:
        return Page(text=_joined([_Line(tuple(group)) for _, group in groupby(reading.words, key=lambda w: w.line)]))
    sheet = open_sheet(image)
    ink = ink_of(sheet.grey, (), ())
    words = [scaled(word, sheet.scale) for word in reading.words]
    usual = _usual_height(words)
    gutters = _gutters(words, ink, usual)
    lines = _without_edges(_lines(words, gutters), usual)
    ordered = _in_order(lines, gutters)
    heads = [head for head in _headings(ordered, usual) if _is_sure(head, ink)]
    opens = heads[:1] if heads and heads[0][0].top <= min(line.top for line in lines) + 3 * usual else []
    text = "\n".join(_joined(paragraph) for paragraph in _paragraphs(ordered, usual))
    heading = " ".join(line.text for head in opens for line in head)
    body = [line for line in ordered if all(line not in head for head in heads)]
    opening = _opening(_first_long(body, usual), words, ink, gutters)
    return Page(text, heading, _column_count(lines, gutters, usual), len(heads), opening)


def _usual_height(words: Sequence[Word]) -> float:
    """Of a line from the top of its tallest letter to the foot of its lowest."""
    lines = [list(group) for _, group in groupby(words, key=lambda word: word.line)]
    long = [line for line in lines if len(line) >= 3] or lines
    return float(median(max(word.box[3] for word in line) for line in long))


# Columns


def _gutters(words: Sequence[Word], ink: Mask, usual: float) -> list[float]:
    """Where the white bands between columns have their middle."""
    top, bottom = min(w.box[1] for w in words), max(w.box[1] + w.box[3] for w in words)
    left, right = min(w.box[0] for w in words), max(w.box[0] + w.box[2] for w in words)
    block = ink[max(0, top) : bottom, max(0, left) : right]
    joined = maximum_filter1d(block, max(1, round(0.5 * GUTTER * usual)), axis=1)
    white = joined.sum(axis=0) <= CROSSING * max(1, int(joined.any(axis=1).sum()))
    bands = [band for band in spans(white) if band[1] - band[0] >= 0.5 * GUTTER * usual]
    rows = _rows(words, usual)
    return [middle for a, b in bands if _parts_text(middle := left + (a + b) / 2, rows)]


def _pieces(row: Sequence[Word], usual: float) -> list[tuple[int, int]]:
    """Words of a row that follow each other with a blank between, as (left, right)."""
    pieces: list[tuple[int, int]] = []
    for word in sorted(row, key=lambda word: word.box[0]):
        left, right = word.box[0], word.box[0] + word.box[2]
        if pieces and left - pieces[-1][1] < GUTTER * usual:
            pieces[-1] = (pieces[-1][0], max(right, pieces[-1][1]))
        else:
            pieces.append((left, right))
    return pieces


def _rows(words: Sequence[Word], usual: float) -> list[list[Word]]:
    """Words on one height, whichever column they are of."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.box[1] + word.box[3] / 2):
        middle = word.box[1] + word.box[3] / 2
        if rows and middle - (rows[-1][0].box[1] + rows[-1][0].box[3] / 2) < 0.5 * usual:
            rows[-1].append(word)
        else:
            rows.append([word])
    return rows


def _parts_text(at: float, rows: Sequence[Sequence[Word]]) -> bool:
    """Whether text stands on both sides: in rows at once, several words to a side."""
    both = 0
    for row in rows:
        before = sum(word.box[0] + word.box[2] <= at for word in row)
        both += before >= 2 and len(row) - before >= 2
    return both >= LEAST_LINES


def _column_count(lines: Sequence[_Line], gutters: Sequence[float], usual: float) -> int:
    """Columns of running text; 0 where some column's lines are few, or too broken to tell."""
    if not lines:
        return 0
    edges = [min(line.left for line in lines), *gutters, max(line.right for line in lines)]
    full = [0] * (len(gutters) + 1)
    count = [0] * (len(gutters) + 1)
    for line in lines:
        place = _place(line, gutters)
        if place is not None:
            count[place] += 1
            longest = max(b - a for a, b in _pieces(line.words, usual))
            full[place] += longest > FULL_LINE * (edges[place + 1] - edges[place])
    sure = all(f >= LEAST_LINES and f >= FULL_LINES * n for f, n in zip(full, count, strict=True))
    return len(count) if sure else 0


def _place(line: _Line, gutters: Sequence[float]) -> int | None:
    """The column a line stands in; None where it crosses a gutter."""
    places = {sum(edge > gutter for gutter in gutters) for edge in (line.left + 1, line.right - 1)}
    return places.pop() if len(places) == 1 else None


# Lines


def _lines(words: Sequence[Word], gutters: Sequence[float]) -> list[_Line]:
    """OCR's lines, cut at the gutters that lie in a gap of theirs."""
    lines = []
    for _, group in groupby(words, key=lambda word: word.line):
        rest = sorted(group, key=lambda word: word.box[0])
        start = 0
        for i, (a, b) in enumerate(pairwise(rest), 1):
            end, begin = a.box[0] + a.box[2], b.box[0]
            wide = begin - end > GUTTER * min(a.box[3], b.box[3])
            if wide and any(end <= gutter <= begin for gutter in gutters):
                lines.append(_Line(tuple(rest[start:i])))
                start = i
        lines.append(_Line(tuple(rest[start:])))
    return sorted(lines, key=lambda line: line.middle)


def _without_edges(lines: list[_Line], usual: float) -> list[_Line]:
    """Without a page number or a running head above, and a page number below."""
    kept = list(lines)
    for end in (0, -1):
        edge = [line for line in kept if abs(line.middle - kept[end].middle) < 0.6 * usual]
        beyond = [line for line in kept if line not in edge]
        if beyond and _is_numbered(edge) and _gap(edge, beyond) > 0.6 * usual:
            kept = beyond
    return kept


def _is_numbered(edge: Sequence[_Line]) -> bool:
    """Whether a line at the edge of a page is its number, alone or beside a running head."""
    texts = [word.text.strip(".-–—[]()") for line in sorted(edge, key=lambda line: line.left) for word in line.words]
    return len(texts) <= 8 and (texts[0].isdigit() or texts[-1].isdigit())


def _gap(some: Sequence[_Line], others: Sequence[_Line]) -> float:
    return min(max(o.top - s.bottom, s.top - o.bottom) for s in some for o in others)


def _in_order(lines: Sequence[_Line], gutters: Sequence[float]) -> list[_Line]:
    """Storeys from the top down, in each the columns from the left; a line over several columns is a storey."""
    ordered: list[_Line] = []
    for crosses, group in groupby(lines, key=lambda line: _place(line, gutters) is None):
        storey = list(group)
        ordered += storey if crosses else sorted(storey, key=lambda line: (_place(line, gutters) or 0, line.middle))
    return ordered


# Headings and paragraphs


def _headings(lines: Sequence[_Line], usual: float) -> list[list[_Line]]:
    """Lines in larger letters, surely read, those that follow each other together."""
    heads: list[list[_Line]] = []
    for above, line in zip((None, *lines), lines, strict=False):
        if not _is_heading(line, usual):
            continue
        if heads and above is heads[-1][-1] and line.top - above.bottom < line.height:
            heads[-1].append(line)
        else:
            heads.append([line])
    return [head for head in heads if sum(len(line.words) for line in head) <= HEADING_WORDS]


def _is_heading(line: _Line, usual: float) -> bool:
    return line.height >= LARGER * usual and sum(map(str.isalpha, line.text)) >= 4


def _is_sure(head: Sequence[_Line], ink: Mask) -> bool:
    """Whether each of its lines was read whole, and well."""
    return all(
        min(word.confidence for word in line.words) >= SURE_HEADING
        and are_read(inked(ink[max(0, line.top) : line.bottom], 0), line.words, 0, line.height)
        for line in head
    )


def _paragraphs(lines: Sequence[_Line], usual: float) -> list[list[_Line]]:
    """Cut where a line starts anew: further down than lines do, in other letters, or in another column."""
    steps = [b.middle - a.middle for a, b in pairwise(lines) if b.middle > a.middle]
    step = median(steps) if steps else usual
    paragraphs: list[list[_Line]] = []
    for line in lines:
        above = paragraphs[-1][-1] if paragraphs else None
        if above is None or line.middle - above.middle > PARAGRAPH_GAP * step or _differ(above, line, usual):
            paragraphs.append([line])
        else:
            paragraphs[-1].append(line)
    return paragraphs


def _differ(above: _Line, line: _Line, usual: float) -> bool:
    return (above.height >= LARGER * usual) != (line.height >= LARGER * usual)


def _first_long(lines: Sequence[_Line], usual: float) -> list[_Line]:
    paragraphs = (paragraph for paragraph in _paragraphs(lines, usual) if len(_joined(paragraph).split()) > 5)
    return next(paragraphs, [])


def _opening(lines: Sequence[_Line], words: Sequence[Word], ink: Mask, gutters: Sequence[float]) -> str:
    """The first lines of a paragraph, as far as all down to them is read."""
    if not lines:
        return ""
    place = _place(lines[0], gutters)
    edges = [0.0, *gutters, float(ink.shape[1])]
    left, right = (0, ink.shape[1]) if place is None else (int(edges[place]), int(edges[place + 1]))
    sure = [_is_read_down_to(line, words, ink[:, left:right], left) for line in lines[:OPENING_LINES]]
    return _joined(lines[: sure.index(False) if False in sure else OPENING_LINES])


def _is_read_down_to(last: _Line, words: Sequence[Word], ink: Mask, left: int) -> bool:
    """Whether nearly all ink [height, width] above the foot of a line, and it itself, lies under words well read."""
    unread = ink[: last.bottom].copy()
    marked = int(unread.sum())
    for word in words:
        x, y, width, height = word.box
        unread[max(0, y - 2) : y + height + 2, max(0, x - left - 2) : max(0, x - left + width + 2)] = False
    sure = median(word.confidence for word in last.words) >= SURE_HEADING
    return sure and int(unread.sum()) <= UNREAD * marked and min(w.confidence for w in last.words) >= LEAST_SURE


def _joined(lines: Sequence[_Line]) -> str:
    text = ""
    for line in lines:
        hyphenated = text.endswith("-") and line.text[:1].islower()
        text = text[:-1] + line.text if hyphenated else f"{text} {line.text}".strip()
    return text
