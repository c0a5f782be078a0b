"""Padding, so that no aspect ratio reaches a model's processor that it was not made for.

A processor that scales the shorter edge to 336 pixels turns a rule of 20000x1 into 6,720,000x336.
"""

from __future__ import annotations

from PIL import Image

LONGEST = 2016
"""Pixels that the longer side keeps at most once padding is needed: more than any of our models looks at."""

MUCH = 4
"""Times twice what is looked at, from which a picture is made smaller first: about 7 million pixels and more."""


def letterbox(image: Image.Image, fill: tuple[int, int, int], aspect: float = 1.0) -> Image.Image:
    """The picture, centred on `fill`, its longer side at most `aspect` (at least 1) times the shorter.

    Nothing is squashed or cropped. A picture that is within `aspect` already comes back as it is.
    """
    if max(image.size) <= aspect * min(image.size):
        return image
    image = _bounded(image)
    longer = max(image.size)
    shorter = max(min(image.size), -int(-longer // aspect))
    canvas = (longer, shorter) if image.width >= image.height else (shorter, longer)
    sheet = Image.new("RGB", canvas, fill)
    sheet.paste(image, ((canvas[0] - image.width) // 2, (canvas[1] - image.height) // 2))
    return sheet


def shrink(image: Image.Image, side: int) -> Image.Image:
    """A picture that is much larger than what is looked at, made smaller by a whole factor: the average of blocks.

    Its longer side stays at least twice `side`, so that the bicubic resize that follows gives the same but for
    a step of 255 or less on average, and reads a small part of the pixels (12 million: 25 ms in place of 68). What
    is not `MUCH` too large comes back as it is:
    there the time is short, and the model sees the very pixels that transformers alone would show it.
    """
    factor = max(image.size) // (2 * side)
    return image.reduce(factor) if factor >= MUCH else image


def _bounded(image: Image.Image) -> Image.Image:
    """At most `LONGEST` long. A strip of one pixel stays one pixel thick: thinner cannot be drawn."""
    longer = max(image.size)
    if longer <= LONGEST:
        return image
    width, height = (max(1, round(side * LONGEST / longer)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BOX)
