"""Measures that tell drawn pictures from taken ones, on pictures made for each."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from alttext_local.pictures.texture import measure_texture


def noise() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (120, 200, 3), np.uint8))


def ruled() -> Image.Image:
    sheet = Image.new("RGB", (200, 120), "white")
    for y in range(20, 120, 20):
        ImageDraw.Draw(sheet).line((5, y, 195, y), "black")
    return sheet


def test_a_ruled_sheet_is_flat_and_its_edges_run_along_the_axes() -> None:
    drawn, taken = measure_texture(ruled()), measure_texture(noise())
    assert drawn["flat share"] > 0.8 > 0.1 > taken["flat share"]
    assert drawn["edges along the axes"] > 0.9 > 0.5 > taken["edges along the axes"]
    assert drawn["colour entropy"] < 1 < taken["colour entropy"]


def test_rules_are_counted_on_the_axis_that_they_lie_on() -> None:
    lying, standing = measure_texture(ruled()), measure_texture(ruled().transpose(Image.Transpose.ROTATE_90))
    assert lying["log horizontal rules"] == pytest.approx(math.log1p(10)) and lying["log vertical rules"] == 0
    assert standing["log vertical rules"] == pytest.approx(math.log1p(10)) and standing["log horizontal rules"] == 0
    assert lying["longest horizontal rule"] == pytest.approx(0.955)


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 2), (3000, 1), (1, 3000), (700, 500)])
def test_any_size_is_measured(size: tuple[int, int]) -> None:
    assert all(math.isfinite(value) for value in measure_texture(Image.new("RGB", size, "navy")).values())
