"""What is measured on the pixels of a picture, with no model. What follows from it is `judging`'s."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alttext_local.pictures.texture import measure_texture
from alttext_local.types import Facts

Pixels = NDArray[np.floating]

THUMBNAIL = 128
"""Pixels of the longer side that is measured."""
STRONG_GRADIENT = 0.12
"""Step of luminance from one thumbnail pixel to the next that counts as an edge."""
LEAST_SHARE = 0.03
"""A named colour with less is not worth a name."""
LUMINANCE: Pixels = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""ITU-R BT.601, as Pillow's own grey."""

BLACK_VALUE = 0.2
WHITE_VALUE = 0.88
GREY_SATURATION = 0.14
PASTEL_SATURATION = 0.45
BROWN_VALUE = 0.65
HUES: tuple[tuple[int, str], ...] = (
    (15, "red"),
    (42, "orange"),
    (68, "yellow"),
    (160, "green"),
    (192, "teal"),
    (258, "blue"),
    (295, "purple"),
    (342, "pink"),
    (361, "red"),
)
"""Upper end of each hue in degrees, and its plain name."""


def measure(image: Image.Image, width: int, height: int) -> Facts:
    """The facts of an RGB picture whose real size is `width` x `height` pixels."""
    thumbnail = _thumbnail(image)
    pixels = np.asarray(thumbnail, dtype=np.float32) / np.float32(255)
    grey = pixels @ LUMINANCE
    colours, counts = np.unique(_coarse(thumbnail), return_counts=True)
    hsv = np.asarray(thumbnail.convert("HSV"), dtype=np.float32) / np.float32(255)
    return Facts(
        width=width,
        height=height,
        brightness=float(grey.mean()),
        contrast=float(grey.std()),
        saturation=float(hsv[..., 1].mean()),
        unique_colours=len(colours),
        edge_share=_edge_share(grey),
        background_share=float(counts.max() / counts.sum()),
        sharpness=_sharpness(grey),
        colours=_named_colours(hsv.reshape(-1, 3)),
        texture=measure_texture(image),
    )


def _thumbnail(image: Image.Image) -> Image.Image:
    longer = max(image.size)
    if longer <= THUMBNAIL:
        return image
    width, height = (max(1, round(side * THUMBNAIL / longer)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)


def _coarse(thumbnail: Image.Image) -> NDArray[np.int32]:
    """Each pixel's colour as one number, with four bits a channel."""
    channels = np.asarray(thumbnail, dtype=np.int32) >> 4
    coarse: NDArray[np.int32] = channels[..., 0] << 8 | channels[..., 1] << 4 | channels[..., 2]
    return coarse


def _edge_share(grey: Pixels) -> float:
    across = np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    down = np.abs(np.diff(grey, axis=0, append=grey[-1:]))
    return float((np.maximum(across, down) > STRONG_GRADIENT).mean())


def _sharpness(grey: Pixels) -> float:
    """Variance of the 4-neighbour Laplacian of luminance in 0..1 (Pech-Pacheco et al., 2000)."""
    padded = np.pad(grey, 1, mode="edge")
    around = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return float((around - 4 * grey).var())


def _named_colours(hsv: Pixels) -> tuple[tuple[str, float], ...]:
    """Plain names with their share of the pixels, largest first. `hsv` is (pixels, 3) in 0..1."""
    degrees, saturation, value = hsv[:, 0] * 360, hsv[:, 1], hsv[:, 2]
    bins = np.searchsorted([upper for upper, _ in HUES], degrees, side="right")
    names = np.array([name for _, name in HUES])[bins].astype("<U8")
    warm = (degrees < 45) | (degrees > 330)
    names[(names == "red") & (saturation < PASTEL_SATURATION) & (value > BROWN_VALUE)] = "pink"
    names[warm & (names != "pink") & (degrees >= 10) & (degrees < 45) & (value < BROWN_VALUE)] = "brown"
    names[(saturation < GREY_SATURATION) & (value < WHITE_VALUE)] = "grey"
    names[(saturation < GREY_SATURATION) & (value >= WHITE_VALUE)] = "white"
    names[value < BLACK_VALUE] = "black"
    found, counts = np.unique(names, return_counts=True)
    shares = [(str(name), float(count / len(names))) for name, count in zip(found, counts, strict=True)]
    return tuple(sorted((s for s in shares if s[1] > LEAST_SHARE), key=lambda s: (-s[1], s[0])))
