"""What is told of pictures by their ground alone: its colour, and of a blank or decorative picture what follows."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

import numpy as np
from PIL.Image import Image

from alttext_local.phrases.told import Told
from alttext_local.structure.canvas import GROUND, lay
from alttext_local.structure.colours import sure_name
from alttext_local.types import Reading


def tell_ground(image: Image, reading: Reading) -> Told:
    """The colour of the ground that figures and logos stand on, where it has a sure name."""
    return Told(details=ground_sentence(image, reading))


def tell_blank(image: Image, _: Reading) -> Told:
    """The one colour of a picture with nothing on it."""
    red, green, blue = (round(float(part)) for part in np.median(np.asarray(image.convert("RGB")), axis=(0, 1)))
    name = sure_name((red, green, blue))
    colour = (_phrase("blank", colour=name),) if name else ()
    return Told(details=(*colour, _phrase("nothing")))


def tell_decorative(_image: Image, _reading: Reading) -> Told:
    """That there is nothing to tell."""
    return Told(details=(_phrase("decorative"),))


def ground_sentence(image: Image, reading: Reading) -> tuple[str, ...]:
    """The colour behind everything; nothing where it has no sure name."""
    canvas = lay(image, reading)
    name = sure_name(canvas.shades[GROUND]) if canvas else None
    return (_phrase("ground", colour=name),) if name else ()


def _phrase(key: str, **values: str) -> str:
    phrase = _phrases()["ground"][key]
    for name, value in values.items():
        phrase = phrase.replace(f"{{{name}}}", value)
    return phrase


@cache
def _phrases() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((resources.files("alttext_local.phrases") / "grounds.toml").read_text(encoding="utf-8"))
