"""How the words that OCR read lie in a picture: set in lines, in columns, at the edges, numbers or prose.

It is no text and no verdict: `kinds` weighs it beside a model's scores, as it does the texture of the pixels. A page
has long lines of words, a table numbers in columns, a chart numbers at its left and lower edge, a map words all over.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from alttext_local.types import Reading, Word

DOUBTFUL = 0.3
"""Words of less confidence are counted as doubtful and measured no further."""
ALIGNED = 0.012
"""Of the picture's width: edges this close are one edge."""
COLUMN = 3
"""Edges that make a column."""
WIDE = 0.5
"""Of the picture's width: a line as wide as this."""
GAP = 2.0
"""Of a word's height: a gap as wide as this is none between words of a sentence."""
LEFT, TOP, BOTTOM = 0.15, 0.15, 0.8
"""Where a picture's edges end, of its width and height."""
MIDDLE = (0.3, 0.7)
LETTERS, LONG_WORD = 3, 8
SYMBOLS = frozenset("=+-−–×÷∑∫√^_{}\\<>≤≥≈∞∂πλμσαβγθ()[]|")
PUNCTUATION = ".,;:()!?\"'“”"
Array = NDArray[np.float64]
NOTHING_MEASURED = dict.fromkeys(
    (
        *("word area", "word confidence", "word height", "tall words", "uneven heights"),
        *("numbers", "single characters", "prose words", "long words", "capitals", "symbols", "log characters"),
        *("log words a line", "log lines", "full lines", "wide lines", "lines that begin together", "words in columns"),
        *("wide gaps", "spread across", "spread down", "words in the middle", "words on the left", "words on top"),
        *("words at the bottom", "numbers on the left", "numbers at the bottom"),
    ),
    0.0,
)


def measure_typesetting(reading: Reading) -> dict[str, float]:
    """Measures by name, the same names for every reading."""
    words = [word for word in reading.words if word.confidence >= DOUBTFUL and word.text.strip()]
    counted = {
        "log words": math.log1p(len(words)),
        "doubtful words": 1 - len(words) / len(reading.words) if reading.words else 0.0,
    }
    if not words:
        return counted | NOTHING_MEASURED
    width, height = (max(1, side) for side in reading.image_size)
    boxes = np.array([word.box for word in words], np.float64) / (width, height, width, height)
    return (
        counted | _sizes(words, boxes) | _spelling(words) | _places(words, boxes) | _lines(words, boxes, width / height)
    )


def _sizes(words: Sequence[Word], boxes: Array) -> dict[str, float]:
    heights = boxes[:, 3]
    return {
        "word area": min(1.0, float((boxes[:, 2] * heights).sum())),
        "word confidence": float(np.mean([word.confidence for word in words])),
        "word height": float(np.median(heights)),
        "tall words": float(np.percentile(heights, 95)),
        "uneven heights": float(heights.std() / max(1e-6, np.median(heights))),
    }


def _spelling(words: Sequence[Word]) -> dict[str, float]:
    texts = [word.text for word in words]
    characters = "".join(texts)
    return {
        "numbers": float(np.mean(_numbers(words))),
        "single characters": _share(len(text) <= 1 for text in texts),
        "prose words": _share(len(text) >= LETTERS and text.strip(PUNCTUATION).isalpha() for text in texts),
        "long words": _share(len(text) >= LONG_WORD for text in texts),
        "capitals": _share(c.isupper() for c in characters),
        "symbols": _share(c in SYMBOLS for c in characters),
        "log characters": math.log1p(len(characters)),
    }


def _share(marks: Iterable[bool]) -> float:
    marked = list(marks)
    return sum(marked) / len(marked) if marked else 0.0


def _numbers(words: Sequence[Word]) -> NDArray[np.bool_]:
    return np.array([sum(map(str.isdigit, word.text)) * 2 >= len(word.text) for word in words])


def _places(words: Sequence[Word], boxes: Array) -> dict[str, float]:
    across, down = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3] / 2
    left, bottom, numbers = across < LEFT, down > BOTTOM, _numbers(words)
    middle = (across > MIDDLE[0]) & (across < MIDDLE[1]) & (down > MIDDLE[0]) & (down < MIDDLE[1])
    return {
        "spread across": float(across.std()),
        "spread down": float(down.std()),
        "words in the middle": float(middle.mean()),
        "words on the left": float(left.mean()),
        "words on top": float((down < TOP).mean()),
        "words at the bottom": float(bottom.mean()),
        "numbers on the left": float((numbers & left).sum() / max(1, left.sum())),
        "numbers at the bottom": float((numbers & bottom).sum() / max(1, bottom.sum())),
    }


def _lines(words: Sequence[Word], boxes: Array, aspect: float) -> dict[str, float]:
    """`aspect` is the picture's width over its height."""
    lines: dict[int, list[int]] = defaultdict(list)
    for number, word in enumerate(words):
        lines[word.line].append(number)
    ordered = [sorted(line, key=lambda number: boxes[number, 0]) for line in lines.values()]
    starts = np.array([boxes[line[0], 0] for line in ordered])
    ends = np.array([(boxes[line, 0] + boxes[line, 2]).max() for line in ordered])
    gaps = [_gap(boxes[one], boxes[other], aspect) for line in ordered for one, other in pairwise(line)]
    inner = np.array([boxes[number, 0] for line in ordered for number in line[1:]])
    return {
        "log words a line": math.log(len(words) / len(ordered)),
        "log lines": math.log1p(len(ordered)),
        "full lines": _share(len(line) >= COLUMN for line in ordered),
        "wide lines": float((ends - starts > WIDE).mean()),
        "lines that begin together": _aligned(starts),
        "words in columns": _aligned(inner),
        "wide gaps": float((np.array(gaps) > GAP).mean()) if gaps else 0.0,
    }


def _gap(one: Array, other: Array, aspect: float) -> float:
    """Between two words of a line, in heights of the first."""
    return float((other[0] - one[0] - one[2]) * aspect / max(1e-6, one[3]))


def _aligned(edges: Array) -> float:
    """Share of the edges that are one of a column."""
    if len(edges) < COLUMN:
        return 0.0
    ordered = np.sort(edges)
    near = np.searchsorted(ordered, edges + ALIGNED) - np.searchsorted(ordered, edges - ALIGNED, "right")
    return float((near >= COLUMN).mean())
