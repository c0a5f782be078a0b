"""A diagram in sentences: how many boxes it has, and what stands in them, in reading order."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL.Image import Image

from alttext_local.phrases.grounds import ground_sentence
from alttext_local.phrases.told import Told, Topic
from alttext_local.phrases.wording import worded
from alttext_local.structure.boxes import Boxes, find_boxes, levels_of
from alttext_local.types import Reading

_phrase = partial(worded, "diagrams", "diagram")

LEAST_READ = 2
"""Boxes that must be read for their words to be told."""
MOST_TOLD = 24
IN_LINE = 0.1
"""Boxes are in one column or row where their middles lie no farther apart across it, of its length."""


def tell_diagram(image: Image, reading: Reading) -> Told:
    """The boxes' words; their number where there is no hint at a further one."""
    boxes = find_boxes(image, reading)
    texts = [box.text.strip(" .;") for box in boxes.found if box.text]
    findings = []
    if boxes.counted:
        findings.append(_phrase("count", count=str(len(boxes.found))))
    if len(texts) >= LEAST_READ:
        whole = len(texts) == len(boxes.found) and boxes.counted and len(texts) <= MOST_TOLD
        joined = _phrase("between").join(texts[:MOST_TOLD])
        findings.append(_phrase("all" if whole else "some", texts=joined))
    counted: frozenset[Topic] = frozenset({"count"}) if boxes.counted else frozenset()
    details = (*_shape(boxes), *_arrows(boxes), *ground_sentence(image, reading))
    return Told(findings=tuple(findings), details=details, topics=counted, certain=boxes.linked)


def _shape(boxes: Boxes) -> tuple[str, ...]:
    """The levels of a tree, and a box that stands out by its form."""
    levels = levels_of(boxes)
    tree = (_phrase("levels", count=str(levels)), _phrase("top")) if levels else ()
    one = boxes.linked and sum(box.diamond for box in boxes.found) == 1
    return (*tree, *((_phrase("diamond"),) if one else ()))


def _arrows(boxes: Boxes) -> tuple[str, ...]:
    """That arrows link the boxes, and which way where all lie in one column or row."""
    if not (boxes.linked and boxes.links.arrows):
        return ()
    middles = np.array([(left + width / 2, top + height / 2) for left, top, width, height in _bounds(boxes)])
    across, down = np.ptp(middles, axis=0)
    in_line = boxes.links.onwards and min(across, down) <= IN_LINE * max(across, down)
    return (_phrase("arrows" if not in_line else "down" if down > across else "along"),)


def _bounds(boxes: Boxes) -> list[tuple[int, int, int, int]]:
    return [one.box for one in boxes.found]
