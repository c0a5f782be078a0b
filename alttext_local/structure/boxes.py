"""The boxes of a diagram: even areas with an edge all round and words inside; their texts in reading order.

An area within which no pixel steps is a component; a box is one that, with the letters' holes filled, has
the shape of a rectangle (its corners round or not), an ellipse or a diamond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

import numpy as np
from PIL import Image
from scipy.ndimage import binary_fill_holes, find_objects, label

from alttext_local.structure.links import Links, find_links
from alttext_local.structure.rulings import Grey, Mask, open_sheet, scaled
from alttext_local.types import Reading, Word

MOST_PIXELS = 600_000
EDGE = 10
"""Luminance, of 255, by which a pixel differs from its neighbour at an edge."""
LEAST_SIDE = 12
LEAST_SHARE, MOST_SHARE = 0.001, 0.3
"""Of the picture's area."""
NEAR = 12
"""Pixels of the sheet between areas that touch: the lines between are no thicker."""
LEAST_READ = 0.5
"""Share of the boxes whose words must be read where their number is to be sure."""
MOST_BOXES = 60
LEAST_LINKED, MOST_LINKED = 3, 0.6
"""Boxes that hang together from which on their links say something, and their share of all."""
SURE = 0.85
READ_HOLES = 0.8
"""Share of a box's letters that must lie under words for its text to count as read."""


Shape = Literal["rectangle", "ellipse", "diamond"]


@dataclass(frozen=True)
class Box:
    """One box, in pixels of the picture."""

    box: tuple[int, int, int, int]
    """Left, top, width, height."""
    text: str | None
    """None where something stands in it that was not read."""
    diamond: bool = False
    """Whether it stands on a corner."""


@dataclass(frozen=True)
class Boxes:
    """The boxes that were found, row by row, whether they are all there are, and what links them."""

    found: tuple[Box, ...] = ()
    counted: bool = False
    links: Links = field(default_factory=Links)
    linked: bool = False
    """Whether most of them hang together by links, and none touches another, as cells do."""


@dataclass(frozen=True, eq=False)
class _Area:
    top: int
    bottom: int
    left: int
    right: int
    even: float
    """Median luminance of what is even in it."""
    shape: Shape | None
    """None where its outline is no box's."""
    letters: Mask
    """Within the bounds: what is inside the edge and is not even."""
    whole: Mask
    """Within the bounds: all that is inside the edge."""

    def holds(self, other: _Area) -> bool:
        """Whether another area lies inside."""
        across = self.left <= other.left and other.right <= self.right
        return self is not other and across and self.top <= other.top and other.bottom <= self.bottom

    def outlines(self, other: _Area) -> bool:
        """Whether this is the thick outline of another area."""
        sides = (other.left - self.left, self.right - other.right, other.top - self.top, self.bottom - other.bottom)
        return self.holds(other) and max(sides) <= NEAR


def find_boxes(image: Image.Image, reading: Reading) -> Boxes:
    """All boxes with something inside; none where too much was found to make sense."""
    if min(image.size) < 3 * LEAST_SIDE:
        return Boxes()
    sheet = open_sheet(image, MOST_PIXELS)
    areas = [area for area in _areas(sheet.grey) if area.letters.any()]
    ground = float(np.bincount(sheet.grey.ravel().clip(0, 255)).argmax())
    shaped = [area for area in areas if area.shape]
    inner = [area for area in shaped if not any(area.holds(other) for other in shaped)]
    boxes = [area for area in inner if not _is_between(area, inner, ground)]
    if len(boxes) > MOST_BOXES:
        return Boxes()
    words = [scaled(word, sheet.scale) for word in reading.words]
    told = [Box(_unscaled(area, sheet.scale), _text(area, words), area.shape == "diamond") for area in boxes]
    read = sum(box.text is not None for box in told)
    ordered = [box for row in rows_of(told) for box in row]
    links = _links(sheet.grey, boxes, words).renumbered([ordered.index(box) for box in told])
    joined, touching = links.joined(len(boxes)), any(_touch(a, b) for a, b in combinations(boxes, 2))
    whole = joined >= LEAST_LINKED and joined == len(boxes) and not links.loose
    counted = (whole or read >= LEAST_READ * len(told)) and not touching and _are_all(boxes, areas, words, whole)
    linked = joined >= max(LEAST_LINKED, MOST_LINKED * len(boxes)) and not touching
    return Boxes(tuple(ordered), counted, links, linked)


def _links(grey: Grey, boxes: Sequence[_Area], words: Sequence[Word]) -> Links:
    insides = [((slice(one.top, one.bottom), slice(one.left, one.right)), one.whole) for one in boxes]
    letters = np.zeros(grey.shape, bool)
    for word in words:
        x, y, width, height = word.box
        letters[max(0, y) : y + height, max(0, x) : x + width] = True
    return find_links(grey, insides, letters)


def _is_between(area: _Area, others: Sequence[_Area], ground: float) -> bool:
    """Whether it is no box but the ground that boxes and their links enclose."""
    if abs(area.even - ground) > EDGE:
        return False
    filled = [other for other in others if abs(other.even - ground) > EDGE]
    return any(_touch(area, other) for other in filled)


def _touch(a: _Area, b: _Area) -> bool:
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    beside = -NEAR <= across <= NEAR and down > 0.5 * min(a.bottom - a.top, b.bottom - b.top)
    above = -NEAR <= down <= NEAR and across > 0.5 * min(a.right - a.left, b.right - b.left)
    return beside or above


def _are_all(boxes: Sequence[_Area], areas: Sequence[_Area], words: Sequence[Word], linked: bool) -> bool:
    """Whether nothing hints at a box that was missed or cut in parts: other areas, words outside.

    Words outside boxes that are all `linked` may be the names of links.
    """
    areas = [area for area in areas if not any(area.outlines(box) for box in boxes)]
    missed = [area for area in areas if area.shape is None]
    outside = [word for word in words if not any(_is_in(word, box) for box in boxes)]
    return len(boxes) > 1 and len(areas) == len(boxes) and not (missed or (outside and not linked))


def _areas(grey: Grey) -> list[_Area]:
    edges = np.zeros(grey.shape, dtype=bool)
    edges[:, 1:] = np.abs(np.diff(grey, axis=1)) > EDGE
    edges[1:] |= np.abs(np.diff(grey, axis=0)) > EDGE
    labels, count = label(~edges)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    areas = []
    for number, place in enumerate(find_objects(labels), 1):
        if sizes[number] >= 0.3 * LEAST_SHARE * grey.size and _is_sized(place, grey.shape):
            even = labels[place] == number
            areas.append(_area(place, even, float(np.median(grey[place][even]))))
    return areas


def _area(place: tuple[slice, slice], even: Mask, colour: float) -> _Area:
    rows, columns = place
    whole = binary_fill_holes(even)
    letters = _without_specks(whole & ~even)
    return _Area(rows.start, rows.stop, columns.start, columns.stop, colour, _shape(whole), letters, whole)


def _is_sized(place: tuple[slice, slice], shape: tuple[int, int]) -> bool:
    rows, columns = place
    high, wide = int(rows.stop - rows.start), int(columns.stop - columns.start)
    inside = bool(rows.start > 0 and columns.start > 0 and rows.stop < shape[0] and columns.stop < shape[1])
    share = float(high * wide) / (shape[0] * shape[1])
    return inside and min(high, wide) >= LEAST_SIDE and LEAST_SHARE <= share <= MOST_SHARE


def _shape(whole: Mask) -> Shape | None:
    """By the share of the bounds that is filled and by where that is."""
    share = float(whole.mean())
    high, wide = whole.shape
    across, down = whole[high // 3 : high - high // 3], whole[:, wide // 3 : wide - wide // 3]
    middle = min(float(across.mean()), float(down.mean()))
    if share > 0.88:
        return "rectangle"
    if 0.7 < share < 0.88 and middle > 0.85 and _is_symmetrical(whole):
        return "ellipse"
    if 0.44 < share < 0.58 and middle > 0.7 and _is_symmetrical(whole):
        return "diamond"
    return None


def _is_symmetrical(whole: Mask) -> bool:
    return float((whole != whole[:, ::-1]).mean()) < 0.06 and float((whole != whole[::-1]).mean()) < 0.1


def _without_specks(letters: Mask) -> Mask:
    return letters if letters.sum() >= 12 else np.zeros_like(letters)


def _text(area: _Area, words: list[Word]) -> str | None:
    """The words in an area, where they are all of its letters and surely read."""
    inside = [word for word in words if _is_in(word, area)]
    unread = area.letters.copy()
    for word in inside:
        x, y, width, height = word.box
        x, y = x - area.left, y - area.top
        unread[max(0, y - 2) : max(0, y + height + 2), max(0, x - 2) : max(0, x + width + 2)] = False
    if not inside or unread.sum() > (1 - READ_HOLES) * area.letters.sum():
        return None
    if min(word.confidence for word in inside) < SURE:
        return None
    return " ".join(word.text for word in sorted(inside, key=lambda word: (word.line, word.box[0])))


def _is_in(word: Word, area: _Area) -> bool:
    left, top, width, height = word.box
    return area.left <= left + width / 2 < area.right and area.top <= top + height / 2 < area.bottom


def _unscaled(area: _Area, scale: float) -> tuple[int, int, int, int]:
    bounds = area.left, area.top, area.right - area.left, area.bottom - area.top
    left, top, width, height = (round(edge / scale) for edge in bounds)
    return left, top, width, height


def rows_of(boxes: Sequence[Box]) -> list[list[Box]]:
    """Rows from the top down, each from the left; boxes are of one row whose middles are close."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.box[1] + box.box[3] / 2):
        middle = box.box[1] + box.box[3] / 2
        first = rows[-1][0].box if rows else (0, 0, 0, 0)
        if rows and middle - (first[1] + first[3] / 2) < 0.4 * first[3]:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [sorted(row, key=lambda box: box.box[0]) for row in rows]


def levels_of(boxes: Boxes) -> int | None:
    """The levels of a tree that grows down from one box; None where it is no such tree, or not surely whole."""
    rows = rows_of(boxes.found)
    if not (boxes.counted and boxes.linked and boxes.links.arrows is False and len(rows[0]) == 1 < len(rows)):
        return None
    level = [number for number, row in enumerate(rows) for _ in row]
    for link in boxes.links.found:
        upper, *lower = sorted(level[box] for box in link.boxes)
        if set(lower) != {upper + 1}:
            return None
    return len(rows) if max(len(row) for row in rows) > 1 else None
