"""How well near-duplicates are told: `python -m scripts.likeness FOLDER [--every N]` on pictures of your own.

Each picture is copied in the ways archives copy (compressed, scaled), and harmed in the smallest way that matters: a
spot of a character's size is exchanged for the most alike of a dozen others. Printed is which share looks the same
(`Likeness`, for reports) and which is confirmed (`same_picture`, for reuse); of the exchanged ones none should be.
"""

from __future__ import annotations

import argparse
import io
import random
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from alttext_local.pictures.likeness import Likeness, same_picture, signature_of
from alttext_local.pictures.pixels import to_rgb

CHARACTER, WORD = (9, 12), (36, 14)
LEAST_SPREAD, LEAST_CHANGE, SPOTS, TRIES = 40.0, 25.0, 13, 400
"""Steps of grey: what a spot must hold, and by how much an exchange must change it."""


def compressed(image: Image.Image, quality: int) -> Image.Image:
    """A JPEG of it."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(out).convert("RGB")


def scaled(image: Image.Image, factor: float) -> Image.Image:
    """A copy of another size."""
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS)


def exchanged(image: Image.Image, size: tuple[int, int], dice: random.Random) -> Image.Image | None:
    """One spot exchanged for the most alike of some others; `None` where a picture has too few of them."""
    spots = list(islice(_spots(image, size, dice), SPOTS))
    grey, (width, height) = np.asarray(image.convert("L"), dtype=np.int16), size
    best: tuple[float, int, int] | None = None
    for x, y in spots[1:]:
        here, there = (grey[v : v + height, u : u + width] for u, v in (spots[0], (x, y)))
        change = float(np.abs(here - there).mean())
        if change >= LEAST_CHANGE and (best is None or change < best[0]):
            best = (change, x, y)
    if best is None:
        return None
    other = image.copy()
    other.paste(image.crop((best[1], best[2], best[1] + width, best[2] + height)), spots[0])
    return other


def _spots(image: Image.Image, size: tuple[int, int], dice: random.Random) -> Iterator[tuple[int, int]]:
    grey, (width, height) = np.asarray(image.convert("L")), size
    if image.width < 4 * width or image.height < 4 * height:
        return
    for _ in range(TRIES):
        x, y = dice.randrange(image.width - width), dice.randrange(image.height - height)
        if grey[y : y + height, x : x + width].std() > LEAST_SPREAD:
            yield x, y


def copies(image: Image.Image, dice: random.Random) -> Iterator[tuple[str, Image.Image]]:
    """Each way's name and what it makes of a picture."""
    for quality in (85, 60):
        yield f"JPEG {quality}", compressed(image, quality)
    for factor in (0.5, 0.33, 1.5):
        yield f"scaled {factor}", scaled(image, factor)
    yield "scaled 0.75, JPEG 80", compressed(scaled(image, 0.75), 80)
    for name, size in (("character", CHARACTER), ("word", WORD)):
        other = exchanged(image, size, dice)
        if other is not None:
            yield f"another {name}", other
            yield f"another {name}, JPEG 75", compressed(other, 75)
            yield f"another {name}, scaled 0.5", scaled(other, 0.5)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="Take one picture in so many.")
    asked = parser.parse_args()
    paths = sorted(path for path in asked.folder.rglob("*") if path.suffix in {".png", ".jpg", ".jpeg"})
    asked_of, near, same, dice = Counter[str](), Counter[str](), Counter[str](), random.Random(1)
    for path in paths[:: asked.every]:
        with Image.open(path) as opened:
            image = to_rgb(opened).copy()
        for way, copy in copies(image, dice):
            with Likeness() as likeness:
                likeness.add("original", signature_of(image))
                looks = likeness.add("copy", signature_of(copy)) is not None
            asked_of[way] += 1
            near[way] += looks
            same[way] += looks and same_picture(image, copy)
    print("| copy | pictures | looks the same | confirmed |\n|---|---:|---:|---:|")
    for way, count in asked_of.items():
        print(f"| {way} | {count} | {near[way] / count:.1%} | {same[way] / count:.1%} |")


if __name__ == "__main__":
    main()
