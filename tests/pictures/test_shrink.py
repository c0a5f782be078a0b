"""Leaving out, before the resize, what a model will not see."""

import numpy as np
import pytest
from PIL import Image

from alttext_local.pictures.letterbox import shrink


def scene(width, height):
    """Edges, slow shades and grain, as a photograph has them."""
    dice = np.random.default_rng(7)
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    shades = 120 + 60 * np.sin(across / 190) + 40 * np.cos(down / 130) + 30 * ((across // 97 + down // 61) % 2)
    pixels = np.repeat(shades[..., None], 3, -1) + dice.normal(0, 6, (height, width, 3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [
        ((1600, 1200), 336, (1600, 1200)),
        ((4000, 3000), 384, (800, 600)),
        ((2687, 900), 336, (2687, 900)),
        ((20000, 1), 336, (690, 1)),
        ((300, 200), 336, (300, 200)),
    ],
)
def test_by_whole_factors_and_never_under_twice_the_side(size, side, expected):
    small = shrink(Image.new("RGB", size), side)
    assert small.size == expected
    assert small.size == size or max(small.size) >= 2 * side


def test_the_model_sees_the_same():
    large = scene(2800, 2100)
    target = (336, 252)
    exact = np.asarray(large.resize(target, Image.Resampling.BICUBIC), dtype=np.float32)
    quick = np.asarray(shrink(large, 336).resize(target, Image.Resampling.BICUBIC), dtype=np.float32)
    assert np.abs(exact - quick).mean() < 1.0
