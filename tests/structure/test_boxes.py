"""Boxes of a diagram: their words in order, their number only where nothing hints at more."""

import numpy as np
import pytest
from PIL import Image

from alttext_local.structure.boxes import find_boxes
from alttext_local.types import Reading
from tests.structure.sheets import flow


@pytest.mark.parametrize("fill", ["white", "#ffcc55"])
def test_boxes_are_read_from_the_top_down(fill: str) -> None:
    sheet = flow(fill=fill)
    boxes = find_boxes(sheet.image, sheet.reading())
    assert [box.text for box in boxes.found] == ["Start", "Check input", "Done"]
    assert boxes.counted


def test_a_box_with_an_unread_word_has_no_text() -> None:
    sheet = flow()
    boxes = find_boxes(sheet.image, sheet.reading(without=["input"]))
    assert [box.text for box in boxes.found] == ["Start", None, "Done"]


@pytest.mark.parametrize(("texts", "counted"), [(("Start", "Done"), False), (("Start", "Check input", "Done"), True)])
def test_words_outside_make_the_number_unsure_but_where_links_tell_it(texts: tuple[str, ...], counted: bool) -> None:
    sheet = flow(texts)
    sheet.write((5, 5), "Legend")
    boxes = find_boxes(sheet.image, sheet.reading())
    assert len(boxes.found) == len(texts) and boxes.counted == counted


@pytest.mark.parametrize("size", [(1, 1), (60, 60), (300, 20)])
def test_noise_has_no_boxes(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    assert find_boxes(Image.fromarray(pixels), Reading()).found == ()
