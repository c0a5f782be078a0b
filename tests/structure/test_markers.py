"""Marks of a scatter plot drawn here: their sizes, shapes and colours."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from alttext_local.structure.canvas import GROUND, lay
from alttext_local.structure.markers import Marker, are_bubbles, colours_of, find_markers, of_one_size
from alttext_local.types import Reading

RED, BLUE, GREEN = (214, 39, 40), (31, 119, 180), (44, 160, 44)


def marks(sizes: list[int], colours: list[tuple[int, int, int]], hollow: bool = False) -> tuple[Marker, ...]:
    """Discs or rings of these diameters in a row of rows, each by itself."""
    image = Image.new("RGB", (420, 300), "white")
    pen = ImageDraw.Draw(image)
    for at, size in enumerate(sizes):
        left, top = 10 + at % 8 * 50, 10 + at // 8 * 50
        colour = colours[at % len(colours)]
        pen.ellipse((left, top, left + size - 1, top + size - 1), None if hollow else colour, colour, 2)
    canvas = lay(image, Reading())
    assert canvas is not None
    pieces, count = ndimage.label(canvas.labels != GROUND, np.ones((3, 3)))
    return find_markers(canvas, pieces, np.ones(count, bool))


def test_marks_of_one_size_are_counted() -> None:
    assert of_one_size(marks([9] * 20, [RED])) == 20


@pytest.mark.parametrize("hollow", [False, True])
def test_round_marks_of_plainly_different_sizes_are_bubbles(hollow: bool) -> None:
    assert are_bubbles(marks([10, 13, 17, 22, 28, 36], [BLUE], hollow))
    assert not are_bubbles(marks([18] * 8, [BLUE], hollow))


def test_dashes_are_no_marks() -> None:
    dashes = tuple(Marker(3, 14, 0.9, RED) for _ in range(20))
    assert of_one_size(dashes) == 0 and not are_bubbles(dashes)


def test_colours_are_those_of_the_marks() -> None:
    assert len(colours_of(marks([9] * 24, [RED, BLUE, GREEN]))) == 3
    assert colours_of(marks([9] * 8, [RED])) == (RED,)


def test_marks_whose_colours_run_into_each_other_have_none_to_count() -> None:
    shades = [(250 - 12 * at, 40, 10 + 12 * at) for at in range(20)]
    assert colours_of(marks([9] * 20, shades)) == ()


def test_two_greys_are_no_two_colours() -> None:
    assert colours_of(marks([9] * 16, [(40, 40, 40), (150, 150, 150)])) == ()
