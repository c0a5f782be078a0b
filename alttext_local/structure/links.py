"""What links the boxes of a diagram: thin ink that meets two of them or more, with a head where it is an arrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alttext_local.structure.canvas import grown
from alttext_local.structure.rulings import Grey, Mask

INK = 24
"""Luminance, of 255, by which a link differs from the ground at least."""
WIDEST = 18
"""Pixels of the sheet that the outline of a box takes at most, all round; twice that of a picture that was enlarged."""
OUTLINED = 0.5
"""Share of the pixels at one distance from the inside of a box that are ink as long as its outline goes on."""
BLUR = 3
"""Pixels beyond an outline that its blur takes."""
REACH = 4
"""Pixels beyond the rim within which a link's end lies."""
MEETING = 34
"""Pixels along a rim that the end of a link takes at most, an arrow's head too."""
THIN = 9.0
"""Pixels of ink for each pixel of a link's length, at most."""
LEAST, LOOSE = 12, 36
"""Pixels of the longer side of a link, and of a line that seems to lead to a box that was missed."""
HEAD, AT_END = 1.8, 26
"""How many times as thick as the line an arrow's head is, and within how many pixels of the box it lies."""
SURE = 0.8
"""Share of the links that must have a head where they are arrows; where they are lines, at most what is left of 1."""


@dataclass(frozen=True)
class Link:
    """One piece of ink between boxes."""

    boxes: frozenset[int]
    """Two or more, by their places in the list."""
    headed: frozenset[int]
    """Those of them at which it has a head."""


@dataclass(frozen=True)
class Links:
    """All links that were found, and ends that meet but one box."""

    found: tuple[Link, ...] = ()
    loose: int = 0
    """Lines that start at a box and lead to none: a box may have been missed."""

    def joined(self, boxes: int) -> int:
        """How many of the boxes hang together, in the largest group."""
        group = list(range(boxes))
        for link in self.found:
            lowest = min(group[box] for box in link.boxes)
            others = {group[box] for box in link.boxes}
            group = [lowest if one in others else one for one in group]
        return max((group.count(one) for one in set(group)), default=0)

    def renumbered(self, places: Sequence[int]) -> Links:
        """The same, where the box that was number `i` has become number `places[i]`."""

        def moved(boxes: frozenset[int]) -> frozenset[int]:
            return frozenset(places[box] for box in boxes)

        return Links(tuple(Link(moved(one.boxes), moved(one.headed)) for one in self.found), self.loose)

    @property
    def onwards(self) -> bool:
        """Whether nearly all are arrows that lead to the later one of two boxes."""
        led = [one.headed == {max(one.boxes)} for one in self.found if len(one.boxes) == 2]
        return bool(led) and sum(led) >= SURE * len(self.found)

    @property
    def arrows(self) -> bool | None:
        """Whether they are arrows, or lines without heads; None where there are both, or none."""
        if not self.found:
            return None
        share = sum(bool(link.headed) for link in self.found) / len(self.found)
        return True if share >= SURE else False if share <= 1 - SURE else None


def find_links(grey: Grey, insides: Sequence[tuple[tuple[slice, slice], Mask]], words: Mask) -> Links:
    """The links between boxes on a sheet [height, width], of which the inside of each is given by its place and mask.

    `words` is where letters stand: they link nothing.
    """
    ground = int(np.bincount(grey.ravel().clip(0, 255)).argmax())
    dark = np.abs(grey - ground) >= INK
    owner = np.full(grey.shape, -1, np.int16)
    for number, (place, mask) in enumerate(insides):
        around = _around(place, grey.shape)
        owner[around][_with_outline(mask, place, around, dark[around])] = number
    ink = dark & (owner < 0) & ~words
    pieces, count = ndimage.label(ink, np.ones((3, 3), bool))
    met = _meetings(pieces, owner, count)
    found, loose = [], 0
    for number, place in enumerate(ndimage.find_objects(pieces), 1):
        ends = met.get(number, {})
        mask = pieces[place] == number
        if not ends or max(mask.shape) < LEAST or max(ends.values()) > MEETING or not _is_thin(mask):
            continue
        if len(ends) == 1:
            loose += max(mask.shape) >= LOOSE
            continue
        found.append(Link(frozenset(ends), _headed(mask, place, owner, ends)))
    return Links(tuple(found), loose)


def _around(place: tuple[slice, slice], shape: tuple[int, int]) -> tuple[slice, slice]:
    rows, columns = place
    wide = WIDEST + BLUR
    return (
        slice(max(0, rows.start - wide), min(shape[0], rows.stop + wide)),
        slice(max(0, columns.start - wide), min(shape[1], columns.stop + wide)),
    )


def _with_outline(mask: Mask, place: tuple[slice, slice], around: tuple[slice, slice], dark: Mask) -> Mask:
    """The inside of a box and the outline around it, on the place around it."""
    above, left = place[0].start - around[0].start, place[1].start - around[1].start
    below, right = around[0].stop - place[0].stop, around[1].stop - place[1].stop
    whole = np.pad(mask, ((above, below), (left, right)))
    for _ in range(WIDEST):
        larger = grown(whole, 1, 1)
        ring = larger & ~whole
        if not ring.any() or float(dark[ring].mean()) < OUTLINED:
            break
        whole = larger
    return grown(whole, BLUR, BLUR)


def _meetings(pieces: NDArray[np.int32], owner: NDArray[np.int16], count: int) -> dict[int, dict[int, int]]:
    """Of each piece: the boxes that it meets, and the pixels of it that lie beside each."""
    near = ndimage.maximum_filter(owner, 2 * REACH + 1)
    beside = (pieces > 0) & (near >= 0)
    boxes = int(owner.max()) + 1
    pairs = np.bincount(pieces[beside] * max(1, boxes) + near[beside], minlength=(count + 1) * max(1, boxes))
    met: dict[int, dict[int, int]] = {}
    for pair in np.flatnonzero(pairs):
        piece, box = divmod(int(pair), max(1, boxes))
        met.setdefault(piece, {})[box] = int(pairs[pair]) // REACH
    return met


def _is_thin(mask: Mask) -> bool:
    return float(mask.sum()) <= THIN * float(sum(mask.shape))


def _headed(mask: Mask, place: tuple[slice, slice], owner: NDArray[np.int16], ends: dict[int, int]) -> frozenset[int]:
    """At which ends the ink is plainly thicker than it is in general."""
    thickness = ndimage.distance_transform_cdt(np.pad(mask, 1), "chessboard")[1:-1, 1:-1]
    line = max(1.0, float(np.median(thickness[thickness > 0])))
    rows, columns = (slice(max(0, side.start - AT_END), side.stop + AT_END) for side in place)
    inner = (
        slice(place[0].start - rows.start, place[0].stop - rows.start),
        slice(place[1].start - columns.start, place[1].stop - columns.start),
    )
    headed = set()
    for box in ends:
        near = grown(owner[rows, columns] == box, AT_END, AT_END)[inner]
        if near.any() and float(thickness[near].max(initial=0)) >= HEAD * line + 1:
            headed.add(box)
    return frozenset(headed)
