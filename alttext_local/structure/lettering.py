"""What the words of a chart stand beside: titles, names of bars and slices, keys of a legend, printed values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from statistics import median

from alttext_local.structure.canvas import Canvas, Patch, patches
from alttext_local.types import Word

SURE = 0.6
"""Confidence of OCR from which on a word may name something."""
LETTERS = 3
MOST_NAMED = 0.75
"""Share of the slices that must have a name beside them for any to be said."""


def title(canvas: Canvas, plot_top: float) -> str:
    """The tallest line over the plot, of lines about as tall the topmost; empty where none is surely read.

    It stands in the middle or at the left; what stands at the right over a plot is a legend's or a mark's.
    """
    lines = [line for line in _lines(canvas.words) if _may_be_title(line, plot_top, canvas.width)]
    if not lines:
        return ""
    tallest = max(_height(line) for line in lines)
    first = min((line for line in lines if _height(line) >= 0.88 * tallest), key=lambda line: line[0].box[1])
    return _joined(first)


def below(canvas: Canvas, middles: Sequence[float], edge: float, step: float) -> list[str | None]:
    """The names under upright bars or groups: the first row of words under `edge`, by their middles."""
    words = [w for w in canvas.words if w.box[1] >= edge - 2]
    if not words:
        return [None] * len(middles)
    first = min(w.box[1] for w in words)
    row = [w for w in words if w.box[1] <= first + 1.2 * median(v.box[3] for v in words)]
    found: list[str | None] = []
    for middle in middles:
        mine = sorted((w for w in row if abs(_x(w) - middle) < 0.5 * step), key=lambda w: w.box[0])
        found.append(_name(mine, middle, 0.22 * step))
    return _distinct(found)


def beside(canvas: Canvas, middles: Sequence[float], edge: float, step: float) -> list[str | None]:
    """The names left of lying bars: the words that end before `edge` at each bar's height."""
    found: list[str | None] = []
    for middle in middles:
        mine = [w for w in canvas.words if w.box[0] + w.box[2] <= edge + 3 and abs(_y(w) - middle) < 0.3 * step + 1]
        chain = _chain_leftwards(sorted(mine, key=lambda w: -w.box[0]))
        sure = bool(chain) and all(w.confidence >= SURE for w in chain)
        found.append(_joined(chain) if sure else None)
    return _distinct(found)


def around(
    canvas: Canvas, centre: tuple[float, float], radius: float, slices: Sequence[tuple[float, float]]
) -> list[str | None]:
    """The names around a pie, by the slice (start and sweep in degrees, clockwise from the top) they stand at."""
    mine: list[list[Word]] = [[] for _ in slices]
    for word in canvas.words:
        left, top, wide, high = word.box
        # The corner or side of the word that is nearest to the pie is what points to a slice.
        x, y = min(max(centre[0], left), left + wide) - centre[0], min(max(centre[1], top), top + high) - centre[1]
        if not 0.97 * radius <= math.hypot(x, y) <= 1.3 * radius + 4 or not any(map(str.isalnum, word.text)):
            continue
        angle = math.degrees(math.atan2(y, x)) + 90
        for i, (start, sweep) in enumerate(slices):
            if abs((angle - start - sweep / 2 + 180) % 360 - 180) <= sweep / 2:
                mine[i].append(word)
    names = [_one_line(words) for words in mine]
    named = [name for name in names if name and any(map(str.isalpha, name)) and name[0].isalnum()]
    return _distinct(names) if len(named) >= MOST_NAMED * len(slices) else [None] * len(slices)


def legend(canvas: Canvas, shades: Iterable[int]) -> Mapping[int, str]:
    """The word behind the key of each shade, where it has exactly one."""
    if not canvas.words:
        return {}
    height = median(w.box[3] for w in canvas.words)
    named: dict[int, str] = {}
    for shade in dict.fromkeys(shades):
        names = {name for key in patches(canvas, shade) if (name := _named_key(canvas, key, height))}
        if len(names) == 1:
            named[shade] = names.pop()
    return named if len(set(named.values())) == len(named) else {}


def _named_key(canvas: Canvas, key: Patch, height: float) -> str:
    """What is written right of a patch as small as a key; nothing where it is none."""
    if key.area < 5 or key.height > 2.2 * height or key.width > 5 * height or key.width < 3:
        return ""
    middle = (key.top + key.bottom) / 2
    near = [
        w
        for w in canvas.words
        if -1 <= w.box[0] - key.right <= 1.6 * height and abs(_y(w) - middle) <= 0.45 * max(w.box[3], height)
    ]
    if not near:
        return ""
    first = min(near, key=lambda w: w.box[0])
    row = sorted((w for w in canvas.words if abs(_y(w) - _y(first)) <= 0.4 * height), key=lambda w: w.box[0])
    chain = [first]
    for word in row:
        gap = word.box[0] - (chain[-1].box[0] + chain[-1].box[2])
        if word.box[0] > chain[-1].box[0] and -2 <= gap <= 0.7 * height:
            chain.append(word)
    return _joined(chain) if all(w.confidence >= SURE for w in chain) else ""


def _one_line(words: Sequence[Word]) -> str | None:
    """The words as one name, where they stand in one line and were surely read."""
    if not words or any(w.confidence < SURE for w in words):
        return None
    ys = [_y(w) for w in words]
    if max(ys) - min(ys) > 0.6 * words[0].box[3]:
        return None
    ordered = sorted(words, key=lambda w: w.box[0])
    gaps = [b.box[0] - a.box[0] - a.box[2] for a, b in pairwise(ordered)]
    return _joined(ordered) if max(gaps, default=0) <= ordered[0].box[3] else None


def _lines(words: Iterable[Word]) -> list[list[Word]]:
    return [list(line) for _, line in groupby(words, key=lambda w: w.line)]


def _may_be_title(line: Sequence[Word], plot_top: float, width: int) -> bool:
    left, right = line[0].box[0], line[-1].box[0] + line[-1].box[2]
    if abs((left + right) / 2 - 0.53 * width) > 0.12 * width and left > 0.2 * width:
        return False
    letters = sum(c.isalpha() for w in line for c in w.text)
    over = all(w.box[1] + 0.6 * w.box[3] <= plot_top for w in line)
    return over and letters >= LETTERS and all(w.confidence >= SURE for w in line)


def _name(words: Sequence[Word], middle: float, slack: float) -> str | None:
    if not words or any(w.confidence < SURE for w in words):
        return None
    left, right = words[0].box[0], words[-1].box[0] + words[-1].box[2]
    return _joined(words) if abs((left + right) / 2 - middle) <= max(3.0, slack) else None


def _chain_leftwards(words: Sequence[Word]) -> list[Word]:
    """The words that hang together from the right end on."""
    chain: list[Word] = []
    for word in words:
        if chain and chain[0].box[0] - (word.box[0] + word.box[2]) > 0.9 * word.box[3]:
            break
        chain.insert(0, word)
    return chain


def _distinct(names: Sequence[str | None]) -> list[str | None]:
    """No name twice: one that comes again names nothing."""
    return [name if name and names.count(name) == 1 else None for name in names]


def _height(line: Sequence[Word]) -> float:
    return float(median(w.box[3] for w in line))


def _joined(words: Iterable[Word]) -> str:
    return " ".join(w.text for w in words)


def _x(word: Word) -> float:
    return word.box[0] + word.box[2] / 2


def _y(word: Word) -> float:
    return word.box[1] + word.box[3] / 2
