"""What happens to pictures on their way: scans, paper, noise, JPEG, scaling, light."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from scripts.train.drawings.colours import Colour
from scripts.train.drawings.dice import chance, pick, span, whole


def noise_field(
    rng: np.random.Generator, size: tuple[int, int], coarsest: int = 3, octaves: int = 4
) -> NDArray[np.float32]:
    """Smooth noise in about -1..1, of shape (height, width): the sum of ever finer random grids."""
    width, height = size
    total = np.zeros((height, width), dtype=np.float32)
    for octave in range(octaves):
        cells = coarsest * 2**octave
        grid = rng.standard_normal((cells, max(2, cells * width // height))).astype(np.float32)
        layer = Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC)
        total += np.asarray(layer) * 0.5**octave
    return total / 1.6


def grain(rng: np.random.Generator, image: Image.Image, strength: float) -> Image.Image:
    """The same noise in all channels, `strength` grey levels strong."""
    pixels = np.asarray(image, dtype=np.float32)
    noise = rng.standard_normal(pixels.shape[:2], dtype=np.float32)[..., None] * strength
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    """As it comes back from a JPEG file of this quality."""
    store = io.BytesIO()
    image.save(store, "JPEG", quality=quality)
    with Image.open(io.BytesIO(store.getvalue())) as again:
        return again.convert("RGB")


def aged(rng: np.random.Generator, image: Image.Image, tint: Colour) -> Image.Image:
    """As on old paper: tinted, blotched, darker at the edges."""
    field = noise_field(rng, image.size, 2, 3)
    height, width = field.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    shadow = 1 + 0.06 * field - span(rng, 0, 0.3) * (np.maximum(abs(x), abs(y)) ** 6)
    pixels = np.asarray(image, dtype=np.float32) * shadow[..., None] * (np.array(tint) / 255)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def skewed(rng: np.random.Generator, image: Image.Image, ground: Colour, most: float = 4) -> Image.Image:
    """Turned by a few degrees."""
    return image.rotate(span(rng, -most, most), Image.Resampling.BILINEAR, fillcolor=ground)


def handled(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """What files go through: most come clean, some as JPEG, scaled, softened or noisy."""
    throw = rng.random()
    if throw < 0.25:
        image = jpeg(image, whole(rng, 25, 90))
    elif throw < 0.35:
        small = (max(16, int(image.width * 0.6)), max(16, int(image.height * 0.6)))
        image = image.resize(small, Image.Resampling.BILINEAR).resize(image.size, Image.Resampling.BICUBIC)
    elif throw < 0.4:
        image = grain(rng, image, span(rng, 2, 8))
    elif throw < 0.44:
        image = image.filter(ImageFilter.GaussianBlur(span(rng, 0.4, 1)))
    return image


def scanned(rng: np.random.Generator, image: Image.Image, tint: Colour) -> Image.Image:
    """As off a scanner: skewed, grainy, sometimes in pure black and white."""
    if chance(rng, 0.5):
        image = skewed(rng, image, pick(rng, ((255, 255, 255), (30, 30, 30))), 3)
    if chance(rng, 0.25):
        grey = np.asarray(image.convert("L"))
        middle = (int(grey.min()) + int(grey.max())) / 2
        return Image.fromarray(np.where(grey > middle, 255, 0).astype(np.uint8)).convert("RGB")
    return grain(rng, aged(rng, image, tint), span(rng, 2, 10))
