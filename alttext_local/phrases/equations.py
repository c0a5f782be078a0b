"""An equation in sentences: by which number a text refers to it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from PIL.Image import Image

from alttext_local.phrases.told import Told
from alttext_local.structure.equations import find_numbers
from alttext_local.types import Reading


def tell_equation(image: Image, reading: Reading) -> Told:
    """The numbers beside the equations; nothing where there are none, or they do not follow each other."""
    numbers = find_numbers(image, reading)
    if not numbers:
        return Told()
    phrase = _phrases()["equation"]["one" if len(numbers) == 1 else "several"]
    return Told(findings=(phrase.replace("{first}", str(numbers[0])).replace("{last}", str(numbers[-1])),))


@cache
def _phrases() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((resources.files("alttext_local.phrases") / "equations.toml").read_text(encoding="utf-8"))
