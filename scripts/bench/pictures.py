"""Pictures to measure with: the documentation's own, each crop a little different, and as many as are wanted."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from alttext_local.pictures.facts import measure
from alttext_local.types import Ask, Picture, Shot

SAMPLES = Path(__file__).resolve().parents[2] / "docs" / "samples"


def images(count: int) -> list[Image.Image]:
    """RGB pictures, the same at every call, no two alike."""
    files = sorted(SAMPLES.glob("*.*g"))
    made = []
    for number in range(count):
        image = Image.open(files[number % len(files)]).convert("RGB")
        image = image.crop((number % 7, number % 5, image.width - number % 11, image.height))
        image.putpixel((number % image.width, number // image.width), (number % 256, 90, 10))
        made.append(image)
    return made


def shots(count: int, asks: tuple[Ask, ...]) -> list[Shot]:
    """The same pictures with everything that is asked of them."""
    return [
        Shot(Picture(image, measure(image, *image.size), str(number), "PNG"), asks)
        for number, image in enumerate(images(count))
    ]


def encoded(count: int) -> list[tuple[str, bytes]]:
    """Files with their suffix: every other one a JPEG, the rest PNG."""
    made = []
    for number, image in enumerate(images(count)):
        stream, suffix = io.BytesIO(), ("jpg", "png")[number % 2]
        image.save(stream, "JPEG" if suffix == "jpg" else "PNG", **({"quality": 88} if suffix == "jpg" else {}))
        made.append((suffix, stream.getvalue()))
    return made
