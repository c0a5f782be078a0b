"""What is told of pictures by their ground alone: its colour, and of a blank or decorative picture what follows."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL.Image import Image

from alttext_local.phrases.told import Told
from alttext_local.phrases.wording import worded
from alttext_local.structure.canvas import GROUND, Canvas, lay
from alttext_local.structure.colours import sure_name
from alttext_local.types import Reading

_phrase = partial(worded, "grounds", "ground")

BT601 = (0.299, 0.587, 0.114)
LIGHT, DARK = 0.7, 0.3
"""Luminance of a screen's ground, of 1."""
GROUND_SHARE, PLAIN_SHARE = 0.3, 0.4
"""Of the picture: where a screen has a ground, and where any picture has one to speak of."""
EVEN, EVEN_SHARE = 16, 0.9995
"""How far, of 255, pixels are from one colour at most, and how many of them, where there is certainly nothing."""


def tell_ground(image: Image, reading: Reading) -> Told:
    """The colour of the ground that figures and logos stand on, where it has a sure name."""
    return Told(details=ground_sentence(image, reading))


def tell_plain_ground(image: Image, reading: Reading) -> Told:
    """The same of a picture of whatever kind, where much of it is ground."""
    canvas = lay(image, reading)
    if canvas is None or float((canvas.labels == GROUND).mean()) < PLAIN_SHARE:
        return Told()
    return Told(details=_ground_of(canvas))


def tell_screen(image: Image, reading: Reading) -> Told:
    """Whether a screen is a light or a dark one, where its ground is plainly either."""
    canvas = lay(image, reading)
    if canvas is None or float((canvas.labels == GROUND).mean()) < GROUND_SHARE:
        return Told()
    luminance = float(np.dot(canvas.shades[GROUND], BT601)) / 255
    key = "light" if luminance > LIGHT else "dark" if luminance < DARK else ""
    return Told(details=(_phrase(key),)) if key else Told()


def tell_blank(image: Image, _: Reading) -> Told:
    """The one colour of a picture with nothing on it."""
    pixels = np.asarray(image.convert("RGB"), dtype=np.int16)
    ground = np.median(pixels, axis=(0, 1))
    red, green, blue = (round(float(part)) for part in ground)
    name = sure_name((red, green, blue))
    colour = (_phrase("blank", colour=name),) if name else ()
    even = float((np.abs(pixels - ground).max(axis=2) <= EVEN).mean()) >= EVEN_SHARE
    return Told(details=(*colour, _phrase("nothing")), certain=even)


def tell_decorative(_image: Image, _reading: Reading) -> Told:
    """That there is nothing to tell."""
    return Told(details=(_phrase("decorative"),))


def ground_sentence(image: Image, reading: Reading) -> tuple[str, ...]:
    """The colour behind everything; nothing where it has no sure name."""
    canvas = lay(image, reading)
    return _ground_of(canvas) if canvas else ()


def _ground_of(canvas: Canvas) -> tuple[str, ...]:
    name = sure_name(canvas.shades[GROUND])
    return (_phrase("ground", colour=name),) if name else ()
