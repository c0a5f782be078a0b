"""The lines that rule a sheet, and the ink that is left without them: both from where the luminance steps.

A rule, a band of shade and a frame all show as a long straight step of one sign; a letter's strokes are short.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alttext_local.types import Word

MOST_PIXELS = 1_000_000
ENLARGED = 2.0
"""Small pictures are made larger: of letters of 7 pixels the gaps between are 2, and a step's width counts."""
STEP = 5
"""Luminance, of 255, by which a rule or a band differs from its ground at least."""
INK_STEP = 28
"""The same for letters, which are darker than JPEG's ripples around them."""
READ_INK = 0.85
"""Share of ink, in width, that must lie under words for a text to count as read."""
BESIDE = 2
"""Pixels beside a rule that its blur takes."""
NEAR = 3.5
"""Pixels of the picture between two edges of one rule, at most."""

Grey = NDArray[np.int16]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """A straight line along one axis: where it lies across the axis, from where to where it runs, in pixels."""

    at: float
    start: int
    end: int
    covered: int
    """Pixels of its length that are there; pieces of one line count as one rule."""
    edges: tuple[int, int]
    """First and last line of steps across the axis."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A picture at the size that structure needs."""

    grey: Grey
    """Luminance [height, width], 0..255."""
    scale: float
    """Pixels of this sheet in one of the picture."""


def open_sheet(image: Image.Image, most: int = MOST_PIXELS) -> Sheet:
    """The grey sheet of a picture, with at most `most` pixels; a small one twice as large as it was."""
    grey = image.convert("L")
    share = min(ENLARGED, (most / max(1, grey.width * grey.height)) ** 0.5)
    if 1 < share < ENLARGED:
        share = 1.0
    if share != 1:
        size = (max(1, round(grey.width * share)), max(1, round(grey.height * share)))
        grey = grey.resize(size, Image.Resampling.BICUBIC if share > 1 else Image.Resampling.BOX)
    return Sheet(np.asarray(grey, dtype=np.int16), share)


def rules_across(sheet: Sheet, least: int) -> list[Rule]:
    """Horizontal rules with a piece of at least `least` pixels, from the top down."""
    return _rules(sheet.grey, least, NEAR * max(1.0, sheet.scale) + 1)


def rules_down(sheet: Sheet, least: int) -> list[Rule]:
    """Vertical rules, from the left."""
    return _rules(np.ascontiguousarray(sheet.grey.T), least, NEAR * max(1.0, sheet.scale) + 1)


def _rules(grey: Grey, least: int, near: float) -> list[Rule]:
    step = np.diff(grey, axis=0)
    pieces = [piece for sign in (1, -1) for piece in _runs(sign * step > STEP, least)]
    return _joined(sorted(pieces), near)


def ink_of(grey: Grey, across: Iterable[Rule], down: Iterable[Rule]) -> Mask:
    """Where letters, marks or pictures are [height, width], with the rules taken away."""
    ink = np.zeros(grey.shape, dtype=bool)
    steps_down = np.abs(np.diff(grey, axis=0)) > INK_STEP
    steps_along = np.abs(np.diff(grey, axis=1)) > INK_STEP
    ink[:-1] |= steps_down
    ink[1:] |= steps_down
    ink[:, :-1] |= steps_along
    ink[:, 1:] |= steps_along
    for rule in across:
        ink[_beside(rule.edges), _beside((rule.start, rule.end))] = False
    for rule in down:
        ink[_beside((rule.start, rule.end)), _beside(rule.edges)] = False
    return ink


def _beside(edges: tuple[int, int]) -> slice:
    return slice(max(0, edges[0] - BESIDE), edges[1] + BESIDE + 2)


def inked(ink: Mask, axis: int) -> Mask:
    """Which columns (axis 0) or rows (axis 1) of a mask hold any ink."""
    return np.asarray(np.any(ink, axis=axis), dtype=bool)


def spans(profile: Mask, gap: float = 0.0) -> list[tuple[int, int]]:
    """Runs of True as (start, end), those joined that at most `gap` lies between."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], profile, [False])).astype(np.int8)))
    joined: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if joined and start - joined[-1][1] <= gap:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def scaled(word: Word, scale: float) -> Word:
    """A word of the picture with its box on a sheet of that scale."""
    left, top, width, height = (round(edge * scale) for edge in word.box)
    return Word(word.text, word.confidence, (left, top, max(1, width), max(1, height)), word.line)


def are_read(ink: Mask, words: Iterable[Word], left: int, height: float) -> bool:
    """Whether words in a line of this height cover the line's ink [width], which begins at `left`."""
    pieces = [piece for piece in spans(ink, 0.25 * height) if piece[1] - piece[0] > 1]
    covered = np.zeros(len(ink), dtype=bool)
    for word in words:
        covered[max(0, word.box[0] - left - 1) : max(0, word.box[0] + word.box[2] - left + 1)] = True
    marked = sum(end - start for start, end in pieces)
    return sum(int(covered[start:end].sum()) for start, end in pieces) >= READ_INK * marked


def _runs(mask: Mask, least: int) -> list[tuple[int, int, int]]:
    """(line, start, end) of each run of at least `least`, breaks of one pixel closed."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), dtype=bool)
    padded[:, 1:-1] = mask
    padded[:, 2:-2] |= mask[:, :-2] & mask[:, 2:]
    turns = padded[:, 1:] != padded[:, :-1]
    lines, places = np.nonzero(turns)
    starts, ends = places[::2], places[1::2]
    long = ends - starts >= least
    return list(zip(lines[::2][long].tolist(), starts[long].tolist(), ends[long].tolist(), strict=True))


def _joined(pieces: list[tuple[int, int, int]], near: float) -> list[Rule]:
    """Pieces on neighbouring lines are edges of one rule; `pieces` come sorted by their line."""
    groups: list[list[tuple[int, int, int]]] = []
    for piece in pieces:
        if groups and piece[0] - groups[-1][0][0] <= near:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return [_rule(group) for group in groups]


def _rule(pieces: list[tuple[int, int, int]]) -> Rule:
    start, end = min(p[1] for p in pieces), max(p[2] for p in pieces)
    line = np.zeros(end - start, dtype=bool)
    for _, first, last in pieces:
        line[first - start : last - start] = True
    middle = sum(p[0] for p in pieces) / len(pieces) + 0.5
    return Rule(middle, start, end, int(line.sum()), (pieces[0][0], pieces[-1][0]))
