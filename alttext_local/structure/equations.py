"""The numbers in brackets that stand beside displayed equations. OCR of the formulas themselves is not sure."""

from __future__ import annotations

import re
from itertools import pairwise

from PIL import Image

from alttext_local.structure.rulings import Mask, ink_of, inked, open_sheet, scaled
from alttext_local.types import Reading, Word

NUMBER = re.compile(r"\((\d{1,3})\)")
SURE = 0.8
APART = 1.5
"""Heights of a number that are white between it and its equation, at least."""


def find_numbers(image: Image.Image, reading: Reading) -> tuple[int, ...]:
    """The equations' numbers from the top down; none where they do not stand apart, below each other, and follow."""
    candidates = [word for word in reading.words if NUMBER.fullmatch(word.text) and word.confidence >= SURE]
    if not candidates:
        return ()
    sheet = open_sheet(image)
    ink = ink_of(sheet.grey, (), ())
    words = sorted((scaled(word, sheet.scale) for word in candidates), key=lambda word: word.box[1])
    numbers = [int(word.text.strip("()")) for word in words]
    follow = all(b - a == 1 for a, b in pairwise(numbers))
    below = all(abs(_end(a) - _end(b)) < a.box[3] and b.box[1] > a.box[1] + a.box[3] for a, b in pairwise(words))
    return tuple(numbers) if follow and below and all(_stands_apart(word, ink) for word in words) else ()


def _end(word: Word) -> int:
    return word.box[0] + word.box[2]


def _stands_apart(word: Word, ink: Mask) -> bool:
    """Whether the number is the last or the first of its line, with white between it and the rest."""
    left, top, width, height = word.box
    line = inked(ink[max(0, top) : top + height], 0)
    gap, margin = round(APART * height), round(0.3 * height)
    before, after = line[: max(0, left - margin)], line[left + width + margin :]
    ends = before.any() and not after.any() and not before[-gap:].any()
    begins = after.any() and not before.any() and not after[:gap].any()
    return bool(ends or begins)
