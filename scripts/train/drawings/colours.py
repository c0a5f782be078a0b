"""A dozen plain colour names: which one a pixel has, and shades that surely have a given one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scripts.train.drawings.dice import chance, pick, span, whole

Colour = tuple[int, int, int]
NAMES = (
    "red", "orange", "yellow", "green", "blue", "purple",
    "pink", "brown", "grey", "black", "white", "teal",
)  # fmt: skip
BRIGHT = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "teal")
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
_HUES = {
    "red": 2, "orange": 28, "yellow": 52, "green": 115, "blue": 218,
    "purple": 272, "pink": 325, "brown": 25, "teal": 178,
}  # fmt: skip


def name_indices(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """For pixels of shape (n, 3), the index into `NAMES` of each one's colour."""
    rgb = pixels.astype(np.float32) / 255
    value, least = rgb.max(1), rgb.min(1)
    spread = value - least
    saturation = spread / np.maximum(value, 1e-6)
    red, green, blue = rgb.T
    safe = np.maximum(spread, 1e-6)
    hue = np.where(
        value == red,
        ((green - blue) / safe) % 6,
        np.where(value == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    hue *= 60
    warm_and_dull = (value < 0.62) | ((saturation < 0.5) & (value < 0.8))
    rules = [
        (value < 0.17, "black"),
        ((saturation < 0.1) & (value > 0.88), "white"),
        (saturation < 0.14, "grey"),
        ((saturation < 0.3) & (value < 0.3), "black"),
        ((hue < 48) & (hue >= 12) & warm_and_dull, "brown"),
        (((hue < 15) | (hue >= 345)) & (saturation < 0.55) & (value > 0.75), "pink"),
        ((hue < 15) | (hue >= 345), "red"),
        (hue < 42, "orange"),
        ((hue < 68) & (value < 0.5), "green"),
        (hue < 68, "yellow"),
        (hue < 160, "green"),
        (hue < 194, "teal"),
        (hue < 252, "blue"),
        ((hue < 292) | (value < 0.55), "purple"),
    ]
    return np.select([rule for rule, _ in rules], [NAMES.index(name) for _, name in rules], NAMES.index("pink"))


@lru_cache(maxsize=65536)
def name_of(colour: Colour) -> str:
    """The plain name of a colour."""
    return NAMES[int(name_indices(np.array([colour], dtype=np.uint8))[0])]


def shade(rng: np.random.Generator, name: str) -> Colour:
    """A colour that has this name, another one at each call."""
    for _ in range(12):
        colour = _attempt(rng, name)
        if name_of(colour) == name:
            return colour
    return {"white": WHITE, "black": BLACK, "grey": (128, 128, 128)}.get(name) or hsv(
        _HUES[name], 0.7, 0.5 if name == "brown" else 0.9
    )


def _attempt(rng: np.random.Generator, name: str) -> Colour:
    if name in ("white", "grey", "black"):
        low, high = {"white": (232, 255), "grey": (70, 215), "black": (0, 40)}[name]
        level = whole(rng, low, high)
        tint = rng.integers(-4, 5, 3)
        red, green, blue = np.clip(level + tint, 0, 255)
        return int(red), int(green), int(blue)
    value = span(rng, 0.25, 0.58) if name == "brown" else span(rng, 0.55, 1)
    return hsv(_HUES[name] + span(rng, -14, 14), span(rng, 0.35, 1), value)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """From hue in degrees, saturation and value in 0..1."""

    def channel(offset: float) -> int:
        k = (offset + hue / 60) % 6
        return round(255 * value * (1 - saturation * max(0.0, min(k, 4 - k, 1))))

    return channel(5), channel(3), channel(1)


def pastel(rng: np.random.Generator) -> Colour:
    """A light tint, for grounds and fills."""
    return hsv(span(rng, 0, 360), span(rng, 0.04, 0.35), span(rng, 0.88, 1))


def any_colour(rng: np.random.Generator) -> Colour:
    """Any colour there is, bright ones oftener."""
    return shade(rng, pick(rng, BRIGHT if chance(rng, 0.7) else NAMES))


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour in the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def light(colour: Colour) -> bool:
    """Whether dark letters read well on it."""
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2] > 140


def paper_and_ink(rng: np.random.Generator, dark_share: float = 0.15) -> tuple[Colour, Colour]:
    """A ground and a colour that stands out on it: mostly white and black."""
    throw = rng.random()
    if throw < 0.45:
        return WHITE, shade(rng, "black")
    if throw < 0.45 + dark_share:
        return mixed(shade(rng, pick(rng, ("black", *BRIGHT))), BLACK, span(rng, 0.3, 0.9)), shade(rng, "white")
    paper = shade(rng, "white") if chance(rng, 0.4) else pastel(rng)
    return paper, shade(rng, "black") if chance(rng, 0.7) else mixed(any_colour(rng), BLACK, 0.55)


def palette(rng: np.random.Generator, count: int) -> list[Colour]:
    """Colours that go together: one hue's tints, neighbours, a muted set or a loud one."""
    manner, hue = whole(rng, 0, 3), span(rng, 0, 360)
    step = (4, 30, 137.5, 137.5)[manner]
    strength = (0.6, 0.6, 0.35, 0.9)[manner]
    colours = []
    for i in range(count):
        value = 0.45 + 0.5 * ((i * 0.37) % 1) if manner == 0 else span(rng, 0.7, 1)
        colours.append(hsv(hue + step * i, strength * span(rng, 0.7, 1.1), value))
    return colours


def main_colours(image: Image.Image, at_least: float = 0.22) -> list[str]:
    """Names of at most two colours that cover this share of the pixels each, the larger first."""
    small = image.convert("RGB").resize((48, 48), Image.Resampling.BOX)
    counts = np.bincount(name_indices(np.asarray(small).reshape(-1, 3)), minlength=len(NAMES)) / 48**2
    order = np.argsort(-counts, kind="stable")[:2]
    return [NAMES[int(i)] for i in order if counts[i] >= at_least]


def spoken(names: Sequence[str]) -> str:
    """`red`, `red and blue`, `red, blue and green`."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
