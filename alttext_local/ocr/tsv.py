"""From Tesseract's table of words (its TSV output) to a `Reading`, noise left out.

The columns: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from alttext_local.types import Reading, Word

WORD_LEVEL = "5"
LEAST_CONFIDENCE = 0.3
LEAST_CONFIDENCE_SHORT = 0.7
"""For words of one or two characters: what Tesseract sees in leaves and fur is short."""
LEAST_CONFIDENCE_AMID_NOISE = 0.8
"""For every word of a picture whose words are unsure on the whole: most likely a photograph."""
UNSURE = 0.6
SHORT = 2
PARAGRAPH_GAP = 1.2
"""Heights of a line that lie between two paragraphs at least. In sparse text each line is a block of its own."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class _Row:
    line: tuple[int, int, int]
    """Block, paragraph, line."""
    box: Box
    confidence: float
    text: str


def to_reading(tsv: str, scale: float, image_size: tuple[int, int], engine: str, language: str) -> Reading:
    """The words of a table that was read at `scale`, with boxes in pixels of the picture itself."""
    lines = [list(rows) for _, rows in groupby(_without_noise(list(_rows(tsv))), key=lambda row: row.line)]
    words = tuple(
        Word(row.text, row.confidence, _unscaled(row.box, scale), number)
        for number, line in enumerate(lines)
        for row in line
    )
    return Reading(_text(lines), words, engine, language, image_size)


def _rows(tsv: str) -> Iterator[_Row]:
    for line in tsv.splitlines():
        cells = line.split("\t")
        if len(cells) == 12 and cells[0] == WORD_LEVEL:
            block, paragraph, number, _, left, top, width, height = (int(c) for c in cells[2:10])
            text = cells[11].strip()
            yield _Row((block, paragraph, number), (left, top, width, height), float(cells[10]) / 100, text)


def _without_noise(rows: list[_Row]) -> list[_Row]:
    sure = median(row.confidence for row in rows) if rows else 0.0
    return [row for row in rows if row.confidence >= _least_confidence(row.text, sure < UNSURE)]


def _least_confidence(text: str, amid_noise: bool) -> float:
    """How sure a word must be to stay; what has no letter or digit never stays."""
    characters = sum(c.isalnum() for c in text)
    if characters == 0 or (amid_noise and characters <= SHORT):
        return 2.0
    if amid_noise:
        return LEAST_CONFIDENCE_AMID_NOISE
    return LEAST_CONFIDENCE_SHORT if characters <= SHORT else LEAST_CONFIDENCE


def _text(lines: list[list[_Row]]) -> str:
    """One line a line, a blank line between paragraphs."""
    texts = [" ".join(row.text for row in line) for line in lines]
    gaps = ["\n\n" if _is_apart(above, below) else "\n" for above, below in pairwise(lines)]
    return "".join(text + gap for text, gap in zip(texts, [*gaps, ""], strict=False))


def _is_apart(above: list[_Row], below: list[_Row]) -> bool:
    bottom = max(row.box[1] + row.box[3] for row in above)
    gap = min(row.box[1] for row in below) - bottom
    return gap > PARAGRAPH_GAP * min(max(row.box[3] for row in above), max(row.box[3] for row in below))


def _unscaled(box: Box, scale: float) -> Box:
    left, top, width, height = box
    return round(left / scale), round(top / scale), max(1, round(width / scale)), max(1, round(height / scale))
