"""What a picture becomes before Tesseract sees it: the same for every engine, so that all read alike."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

MOST_PIXELS = 12_000_000
"""Pixels that Tesseract gets at most: an A4 page at 350 dpi."""
ENLARGED: tuple[tuple[int, int], ...] = ((400, 4), (640, 3), (1400, 2))
"""Pictures whose longer side is at most the first number are enlarged by the second.

Tesseract reads best where a capital is 20 to 40 pixels high; labels of a small chart have 7. Of lines set in
10 to 13 pixels, bicubic kept more words whole than Lanczos.
"""
DARK = 0.4
"""Median luminance under which a picture counts as light on dark."""
DPI = 300
"""What Tesseract is told, so that it does not guess one from the size of the letters."""


def prepare(image: Image.Image) -> tuple[Image.Image, float]:
    """A grey picture, dark on light, and how many of its pixels make one of `image`'s."""
    grey = image.convert("L")
    if np.median(np.asarray(grey.reduce(max(1, max(grey.size) // 256)))) < DARK * 255:
        grey = ImageOps.invert(grey)
    scale = scale_of(grey.size)
    if scale == 1:
        return grey, 1.0
    size = (max(1, round(grey.width * scale)), max(1, round(grey.height * scale)))
    return grey.resize(size, Image.Resampling.BICUBIC), scale


def scale_of(size: tuple[int, int]) -> float:
    """The factor by which a picture of this size is scaled."""
    pixels = size[0] * size[1]
    if pixels > MOST_PIXELS:
        return float((MOST_PIXELS / pixels) ** 0.5)
    return float(next((factor for longest, factor in ENLARGED if max(size) <= longest), 1))
