"""Small pictures that are drawn by dice: as many as are wanted, no two alike, the same for the same seed."""

from __future__ import annotations

import io
import random
from pathlib import Path

from PIL import Image, ImageDraw

FORMATS = ("PNG", "JPEG", "GIF", "BMP")
SUFFIX = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "BMP": "bmp"}


def bars(dice: random.Random) -> Image.Image:
    """A few bars and no text."""
    image = Image.new("RGB", (160, 120), "white")
    draw = ImageDraw.Draw(image)
    for bar in range(dice.randint(2, 6)):
        colour = tuple(dice.randrange(220) for _ in range(3))
        draw.rectangle((12 + 22 * bar, dice.randint(10, 90), 28 + 22 * bar, 110), fill=colour)
    return image


def encoded(image: Image.Image, name: str = "PNG") -> bytes:
    """The bytes of its file."""
    stream = io.BytesIO()
    image.save(stream, name)
    return stream.getvalue()


def files(folder: Path, count: int, broken: float, seed: int) -> list[Path]:
    """Write so many files in all formats, in folders of a hundred; so large a share of them is damaged."""
    dice, paths = random.Random(seed), []
    for number in range(count):
        name = FORMATS[number % len(FORMATS)]
        path = folder / f"{number // 100:03d}" / f"{number:06d}.{SUFFIX[name]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        data = encoded(bars(dice), name)
        if dice.random() < broken:
            data = dice.choice((data[: len(data) // 3], b"no picture %d" % number))
        path.write_bytes(data)
        paths.append(path)
    return paths
