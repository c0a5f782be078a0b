"""The pixels of each colour in a plot, with a colour's paler rims counted to it: what may be a line of a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from alttext_local.structure.canvas import Canvas, Mask, grown, thick, word_mask
from alttext_local.structure.colours import Colour

STRAIGHT = 0.35
"""Share of the plot from which on a straight grey row or column belongs to the grid or the frame."""
VIVID = 40
"""Difference of the channels from which on a colour is no grey."""
AMID = 0.15
"""Share of the plot's width that words stand behind its left end for them to be a legend's, not the ticks'."""
SURE = 0.6
"""Confidence of OCR from which on a word is one."""
WRITING = 0.6
"""Share of a colour's pixels in words from which on it is the colour of the writing."""
PEAK = 14.0
"""Distance in RGB within which the strongest pixels of a line show its own colour."""
SEEN = 0.06
"""Share of a line's pixels, and (`SEEN_COLUMNS`)
of its columns, that must lie there: where they do not, each is mixed with the ground's colour."""
SEEN_COLUMNS = 0.12

Offset = NDArray[np.float64]


@dataclass(eq=False)
class Trace:
    """The pixels of one colour, or of a colour and its paler rims."""

    shade: int
    colour: Colour
    core: Mask
    """Pixels of the colour itself, without its rims."""
    mask: Mask

    @property
    def vivid(self) -> bool:
        """Whether it is no grey."""
        return max(self.colour) - min(self.colour) >= VIVID

    @cached_property
    def beside(self) -> Mask:
        """Where a rim of the colour itself may lie."""
        return grown(self.core, 2, 1)


def traces(canvas: Canvas) -> list[Trace]:
    """One trace for each colour of a plot that is not ground, writing, grid or frame, the rims with their colour."""
    words = word_mask(canvas)
    written = np.bincount(canvas.labels[words] + 1, minlength=len(canvas.shades) + 1)[1:]
    least = max(12, canvas.width // 14)
    found = []
    for shade, (colour, count) in enumerate(zip(canvas.shades, canvas.counts, strict=True)):
        if shade in canvas.grounds or count < least or written[shade] > WRITING * count:
            continue
        mask = canvas.labels == shade
        trace = Trace(shade, colour, mask, mask)
        if not trace.vivid:  # a word that OCR sees in a coloured line is none
            mask &= ~words
        _drop_straight(mask, trace.vivid)
        _drop_keys(mask, canvas)
        if int(mask.sum()) >= least:
            found.append(trace)
    return _merged(canvas, found)


def own_colour(canvas: Canvas, trace: Trace) -> tuple[Colour, bool]:
    """The colour of a line by its strongest pixels, and whether enough of them agree for it to be named."""
    ground = np.array(canvas.plot_ground, np.float32)
    pixels = canvas.pixels[trace.core].astype(np.float32)
    offset = np.array(trace.colour, np.float32) - ground
    along = (pixels - ground) @ (offset / max(float(np.linalg.norm(offset)), 1e-6))
    peak = along >= float(np.quantile(along, 0.98)) - PEAK
    colour = np.rint(np.median(pixels[peak], 0)).astype(int).tolist()
    alike = np.abs(pixels - np.array(colour, np.float32)).max(1) <= PEAK
    columns = int(trace.mask.any(0).sum())
    plain = alike.sum() >= max(SEEN * trace.mask.sum(), SEEN_COLUMNS * columns, 6)
    return (colour[0], colour[1], colour[2]), bool(plain)


def _drop_straight(mask: Mask, vivid: bool) -> None:
    """Takes rows and columns of the grid and the frame away; of a vivid colour only where it has both or many."""
    rows = mask.sum(1) >= STRAIGHT * mask.shape[1]
    columns = mask.sum(0) >= STRAIGHT * mask.shape[0]
    apart = (np.diff(np.flatnonzero(rows)) > 3).sum() + 1
    if vivid and not (rows.any() and columns.any()) and apart < 3:
        return
    mask[rows] = False
    mask[:, columns] = False


def _drop_keys(mask: Mask, canvas: Canvas) -> None:
    """Takes small pieces away that a word stands right of: keys of a legend that lies in the plot."""
    words = [w for w in canvas.words if w.box[0] > AMID * canvas.width and w.confidence >= SURE]
    if not words:
        return
    pieces, _ = pieces_of(mask)
    for i, box in enumerate(ndimage.find_objects(pieces), 1):
        if box is None:
            continue
        y, x = box
        middle, high, wide = (y.start + y.stop) / 2, y.stop - y.start, x.stop - x.start
        for word in words:
            left, top, _, tall = word.box
            beside = -1 <= left - x.stop <= 1.6 * tall and abs(top + tall / 2 - middle) <= 0.45 * tall
            if beside and high <= 2 * tall and wide <= 6 * tall:
                mask[box][pieces[box] == i] = False
                break


def _merged(canvas: Canvas, found: list[Trace]) -> list[Trace]:
    """Each colour with the paler ones that are its rims: in its direction from the ground, and always beside it."""
    ground = np.array(canvas.plot_ground, float)
    found = sorted(found, key=lambda t: -float(np.linalg.norm(np.array(t.colour) - ground)))
    kept: list[Trace] = []
    for trace in found:
        offset = np.array(trace.colour) - ground
        host = next((other for other in kept if _rim_of(trace, offset, other, np.array(other.colour) - ground)), None)
        if host is not None:
            host.mask = host.mask | trace.mask
        elif not _between(trace, kept):
            kept = [other for other in kept if not _edge_of(other, trace, ground)]
            kept.append(trace)
    return kept


def _edge_of(darker: Trace, trace: Trace, ground: Offset) -> bool:
    """Whether a stronger colour is but the edge of a thick line, as sharpening or the grid leaves it."""
    if 2 * darker.mask.sum() > trace.mask.sum():
        return False
    if cosine(np.array(darker.colour) - ground, np.array(trace.colour) - ground) < 0.975:
        return False
    runs = (np.diff(darker.mask.astype(np.int8), axis=0, prepend=0) == 1).sum(0)
    both_sides = (runs > 1).sum() >= 0.5 * (runs > 0).sum()
    return bool(both_sides and (darker.mask & trace.beside).sum() >= 0.9 * darker.mask.sum())


def _rim_of(trace: Trace, offset: Offset, other: Trace, stronger: Offset) -> bool:
    if cosine(offset, stronger) < 0.975:
        return False
    both = trace.mask.any(0) & other.mask.any(0)
    if both.sum() < 3:
        return not is_area(trace.mask, len(trace.mask))
    near = grown(other.mask[:, both], 2, 1)
    mine = trace.mask[:, both]
    beside = float((mine & near).sum()) / max(int(mine.sum()), 1)
    return beside >= 0.75 or (beside >= 0.5 and cosine(offset, stronger) > 0.995 and not is_area(mine, len(mine)))


def cosine(one: Offset, other: Offset) -> float:
    """Of the angle between two directions in RGB."""
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-9))


def _between(trace: Trace, kept: Sequence[Trace]) -> bool:
    """Whether a colour is only seen right beside others: a blend of two, or of one and the grid."""
    if not kept:
        return False
    union = np.logical_or.reduce([other.mask for other in kept])
    near = grown(union, 2, 2)
    return bool((trace.mask & near).sum() >= 0.85 * trace.mask.sum())


def is_area(part: Mask, height: int) -> bool:
    """Whether most of a colour is thicker than any line."""
    return bool(thick(part, int(max(7, 0.025 * height))).sum() > 0.6 * part.sum())


def is_outline(piece: Mask) -> bool:
    """Whether a piece is the frame of a box, as a legend's: its sides are there, and nothing else."""
    sides = piece[[0, -1]].mean(1).min() > 0.7 and piece[:, [0, -1]].mean(0).min() > 0.5
    return bool(sides and piece[3:-3, 3:-3].mean() < 0.1) if min(piece.shape) > 8 else False


def pieces_of(mask: Mask) -> tuple[NDArray[np.int32], int]:
    """What hangs together, corners too."""
    pieces, count = ndimage.label(mask, np.ones((3, 3), bool))
    return pieces, int(count)
