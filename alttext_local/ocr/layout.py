"""What a reading says as a whole: how much of the picture is text, how sure, and which line is the title."""

from __future__ import annotations

from itertools import groupby
from statistics import median

from alttext_local.types import Reading, Word

NEAR_TOP = 0.5
"""Share of the height in which a title begins."""
SURE = 0.6
LEAST_LETTERS = 3
LARGE = 0.06
"""Of the picture's height: a word as tall as this is large."""
LEGIBLE = 0.8
AS_TALL = 0.9
"""Of lines about as tall as the tallest, the topmost is the title."""


def coverage(reading: Reading) -> float:
    """Share of the picture's area under the boxes of words, 0..1."""
    area = reading.image_size[0] * reading.image_size[1]
    covered = sum(word.box[2] * word.box[3] for word in reading.words)
    return min(1.0, covered / area) if area else 0.0


def mean_confidence(reading: Reading) -> float:
    """Mean over the words, each weighed by its length; 0 without words."""
    weight = sum(len(word.text) for word in reading.words)
    return sum(word.confidence * len(word.text) for word in reading.words) / weight if weight else 0.0


def largest_line(reading: Reading) -> str | None:
    """The line with the tallest words near the top: a title. `None` when none is sure enough."""
    titles = [line for line in _lines(reading) if _may_be_title(line, reading.image_size[1])]
    if not titles:
        return None
    tallest = max(_height(line) for line in titles)
    topmost = min((line for line in titles if _height(line) >= AS_TALL * tallest), key=lambda line: line[0].box[1])
    return " ".join(word.text for word in topmost)


def large_words(reading: Reading) -> tuple[str, ...]:
    """The words that nobody who sees the picture could miss: tall, and surely read."""
    least = LARGE * reading.image_size[1]
    return tuple(
        word.text
        for word in reading.words
        if word.box[3] >= least and word.confidence >= LEGIBLE and sum(map(str.isalpha, word.text)) >= LEAST_LETTERS
    )


def _lines(reading: Reading) -> list[list[Word]]:
    return [list(words) for _, words in groupby(reading.words, key=lambda word: word.line)]


def _may_be_title(line: list[Word], height: int) -> bool:
    letters = sum(c.isalpha() for word in line for c in word.text)
    sure = all(word.confidence >= SURE for word in line)
    return sure and letters >= LEAST_LETTERS and line[0].box[1] < NEAR_TOP * height


def _height(line: list[Word]) -> float:
    return median(word.box[3] for word in line)
