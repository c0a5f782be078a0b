"""A chart as its readers look at it: shrunk, its pixels sorted by flat colour, its ground and its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from alttext_local.structure.colours import Colour, distance
from alttext_local.types import Reading, Word

LONGEST = 900
"""Pixels of the longer side that is looked at."""
SHORTEST = 48
"""A picture with a shorter side under this holds no chart that can be read."""
APART = 27.0
"""Distance in RGB from which on two flat colours are two."""
NEAR = 38.0
"""Distance in RGB up to which a pixel belongs to a flat colour."""
FAR = 125.0
"""Distance in RGB from which on a colour is too unlike the ground to be the plot's own ground."""
MOST_SHADES = 40
GROUND = 0

Labels = NDArray[np.int16]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Patch:
    """A connected area of one flat colour, its sides in pixels of the canvas, `right` and `bottom` behind the last."""

    shade: int
    left: int
    top: int
    right: int
    bottom: int
    area: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top

    @property
    def fill(self) -> float:
        """Share of the box around it that it fills; 1 for an upright rectangle."""
        return self.area / (self.width * self.height)


@dataclass(frozen=True, eq=False)
class Canvas:
    """What the readers work on. Words' boxes are in pixels of the canvas, not of the picture."""

    pixels: NDArray[np.uint8]
    """[height, width, 3]."""
    shades: tuple[Colour, ...]
    """The flat colours: `shades[0]` is the ground of the whole picture, the others follow by how frequent they are."""
    labels: Labels
    """[height, width], the index of each pixel's shade; -1 for a pixel between shades."""
    counts: tuple[int, ...]
    """Pixels of each shade."""
    words: tuple[Word, ...]
    panel: int | None = None
    """The shade of the plot's own ground, where it has one."""

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.labels.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.labels.shape[0])

    @property
    def grounds(self) -> frozenset[int]:
        """Shades that marks lie on."""
        return frozenset({GROUND} if self.panel is None else {GROUND, self.panel})

    @property
    def plot_ground(self) -> Colour:
        """The colour that the marks of the plot lie on."""
        return self.shades[GROUND if self.panel is None else self.panel]


def lay(image: Image.Image, reading: Reading) -> Canvas | None:
    """The canvas of an RGB picture; None for one too narrow or without flat colours."""
    longer, shorter = max(image.size), min(image.size)
    scale = min(1.0, LONGEST / longer)
    if shorter * scale < SHORTEST:
        return None
    if scale < 1:
        size = (round(image.width * scale), round(image.height * scale))
        image = image.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    pixels = np.asarray(image.convert("RGB"))
    sorted_out = _sort_by_shade(pixels)
    if sorted_out is None:
        return None
    shades, labels = sorted_out
    counts = np.bincount(labels.ravel() + 1, minlength=len(shades) + 1)[1:]
    words = tuple(_scaled(word, scale) for word in reading.words)
    canvas = Canvas(pixels, shades, labels, tuple(int(n) for n in counts), words)
    return replace(canvas, panel=_panel(canvas))


def cropped(canvas: Canvas, box: tuple[int, int, int, int]) -> Canvas:
    """What lies between top, bottom, left and right (the last two of each pair left out), words by their middles."""
    top, bottom, left, right = box
    labels = canvas.labels[top:bottom, left:right]
    words = (replace(w, box=(w.box[0] - left, w.box[1] - top, *w.box[2:])) for w in canvas.words)
    inside = tuple(
        w for w in words if 0 <= w.box[0] + w.box[2] / 2 < right - left and 0 <= w.box[1] + w.box[3] / 2 < bottom - top
    )
    counts = np.bincount(labels.ravel() + 1, minlength=len(canvas.shades) + 1)[1:]
    return replace(
        canvas,
        pixels=canvas.pixels[top:bottom, left:right],
        labels=labels,
        counts=tuple(int(n) for n in counts),
        words=inside,
    )


def patches(canvas: Canvas, shade: int, opened: int = 0) -> Iterator[Patch]:
    """The connected areas of a shade; with `opened`, only what is more than that many pixels thick both ways."""
    box = ndimage.find_objects((canvas.labels == shade).astype(np.int8))
    if not box:
        return
    rows, columns = box[0]
    mask = canvas.labels[box[0]] == shade
    mask = thick(mask, opened) if opened else mask
    pieces, count = ndimage.label(mask)
    areas = np.bincount(pieces.ravel(), minlength=count + 1)
    for i, piece in enumerate(ndimage.find_objects(pieces), 1):
        if piece is None:
            continue
        y, x = piece
        yield Patch(
            shade,
            x.start + columns.start,
            y.start + rows.start,
            x.stop + columns.start,
            y.stop + rows.start,
            int(areas[i]),
        )


def thick(mask: Mask, size: int) -> Mask:
    """The mask with lines of up to `size` pixels taken away: an opening by a square of `size` + 1."""
    return _dilated_1d(_dilated_1d(_eroded_1d(_eroded_1d(mask, size, 0), size, 1), size, 0), size, 1)


def grown(mask: Mask, rows: int, columns: int) -> Mask:
    """The mask with all that lies up to so many rows and columns beside it: a dilation by a rectangle."""
    values = mask.view(np.uint8)
    if rows:
        values = ndimage.maximum_filter1d(values, 2 * rows + 1, axis=0, mode="constant")
    if columns:
        values = ndimage.maximum_filter1d(values, 2 * columns + 1, axis=1, mode="constant")
    return np.asarray(values.astype(bool))


def word_mask(canvas: Canvas, margin: int = 1) -> Mask:
    """Where words stand, by their boxes."""
    mask = np.zeros(canvas.labels.shape, bool)
    for word in canvas.words:
        left, top, wide, high = word.box
        rows = slice(max(0, top - margin), max(0, top + high + margin))
        mask[rows, max(0, left - margin) : max(0, left + wide + margin)] = True
    return mask


def _eroded_1d(mask: Mask, size: int, axis: int) -> Mask:
    """Anchored at the first pixel: true where this and the next `size` pixels are true."""
    result = mask.copy()
    for step in range(1, size + 1):
        shifted = np.zeros_like(mask)
        if axis == 0:
            shifted[:-step] = mask[step:]
        else:
            shifted[:, :-step] = mask[:, step:]
        result &= shifted
    return result


def _dilated_1d(mask: Mask, size: int, axis: int) -> Mask:
    """The counterpart of `_eroded_1d`."""
    result = mask.copy()
    for step in range(1, size + 1):
        if axis == 0:
            result[step:] |= mask[:-step]
        else:
            result[:, step:] |= mask[:, :-step]
    return result


def _sort_by_shade(pixels: NDArray[np.uint8]) -> tuple[tuple[Colour, ...], Labels] | None:
    """Flat colours by how many pixels share them (bins of 5 bits a channel), and each pixel's own."""
    packed = (pixels >> 3).astype(np.int32)
    bins = packed[..., 0] << 10 | packed[..., 1] << 5 | packed[..., 2]
    counts = np.bincount(bins.ravel(), minlength=1 << 15)
    used = np.flatnonzero(counts)
    centres = np.stack([used >> 10, used >> 5 & 31, used & 31], 1).astype(np.float32) * 8 + 4
    least = max(10, bins.size // 12000)
    chosen: list[int] = []
    for place in np.argsort(-counts[used], kind="stable"):
        if counts[used[place]] < least or len(chosen) == MOST_SHADES:
            break
        if not chosen or float(np.linalg.norm(centres[chosen] - centres[place], axis=1).min()) > APART:
            chosen.append(int(place))
    if len(chosen) < 2:
        return None
    gaps = np.linalg.norm(centres[:, None] - centres[None, chosen], axis=2)
    nearest = np.where(gaps.min(1) <= NEAR, gaps.argmin(1), -1)
    table = np.full(1 << 15, -1, np.int16)
    table[used] = nearest
    labels = table[bins]
    ground = _bordering(labels, len(chosen))
    if ground != GROUND:
        swapped = np.where(labels == ground, GROUND, np.where(labels == GROUND, ground, labels))
        labels = swapped.astype(np.int16)
        chosen[GROUND], chosen[ground] = chosen[ground], chosen[GROUND]
    return _means(pixels, bins, used[chosen]), labels


def _means(pixels: NDArray[np.uint8], bins: NDArray[np.int32], chosen: NDArray[np.int64]) -> tuple[Colour, ...]:
    """The mean colour of each chosen bin; of the ground's many pixels a few rows say enough."""
    places = np.full(1 << 15, -1, np.int8)
    places[chosen[1:]] = np.arange(1, len(chosen))
    found = places[bins]
    some = np.flatnonzero(found > 0)
    which, flat = found.ravel()[some], pixels.reshape(-1, 3)
    sums = np.stack([np.bincount(which, flat[some, channel], len(chosen)) for channel in range(3)], 1)
    counts = np.bincount(which, minlength=len(chosen))
    ground = flat[np.flatnonzero(bins == chosen[GROUND])[::16]]
    sums[GROUND], counts[GROUND] = ground.sum(0, np.float64), len(ground)
    means = np.rint(sums / counts[:, None]).astype(int).tolist()
    return tuple((red, green, blue) for red, green, blue in means)


def _bordering(labels: Labels, shades: int) -> int:
    """The shade of the ground: the one along the picture's rim, or the most frequent where the rim has many."""
    rim = np.concatenate([labels[:2].ravel(), labels[-2:].ravel(), labels[:, :2].ravel(), labels[:, -2:].ravel()])
    counts = np.bincount(rim + 1, minlength=shades + 1)[1:]
    most = int(counts.argmax())
    return most if counts[most] > 0.4 * len(rim) and (labels == most).mean() > 0.1 else GROUND


def _panel(canvas: Canvas) -> int | None:
    """The shade that fills a large upright rectangle up to its corners under everything else, in a pale colour."""
    size = canvas.labels.size
    for shade, (colour, count) in enumerate(zip(canvas.shades, canvas.counts, strict=True)):
        if shade == GROUND or count < 0.08 * size or max(colour) - min(colour) > 45:
            continue
        if distance(colour, canvas.shades[GROUND]) > FAR:
            continue
        if _fills_corners(thick(canvas.labels == shade, 3)):
            return shade
    return None


def _fills_corners(mask: Mask) -> bool:
    """Whether a mask is a large rectangle with things on it: it has the upper right corner and one beside it."""
    rows, columns = _long(mask, 1), _long(mask, 0)
    if len(rows) < 2 or len(columns) < 2:
        return False
    top, bottom, left, right = rows[0], rows[-1], columns[0], columns[-1]
    if (bottom - top) * (right - left) < 0.25 * mask.size:
        return False

    def filled(y: int, x: int) -> bool:
        return bool(mask[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5].mean() > 0.1)

    far = filled(top, right)
    return far and (filled(top, left) or filled(bottom, right))


def _long(mask: Mask, axis: int) -> NDArray[np.int64]:
    """Rows (axis 1) or columns (axis 0) in which the mask reaches over nearly its whole extent."""
    counts = mask.sum(axis)
    length = mask.shape[axis]
    extent = np.flatnonzero(mask.sum(1 - axis) > 0.15 * mask.shape[1 - axis])
    if not len(extent):
        return np.zeros(0, np.int64)
    first = mask.argmax(axis)
    last = length - 1 - np.flip(mask, axis).argmax(axis)
    reach = np.where(counts > 0.15 * length, last - first, 0)
    return np.flatnonzero(reach >= 0.7 * (extent[-1] - extent[0]))


def _scaled(word: Word, scale: float) -> Word:
    left, top, wide, high = (round(side * scale) for side in word.box)
    return replace(word, box=(left, top, max(1, wide), max(1, high)))
