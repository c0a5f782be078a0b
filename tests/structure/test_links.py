"""Lines and arrows between boxes drawn here, and what only looks like them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw

from alttext_local.phrases.diagrams import tell_diagram
from alttext_local.structure.boxes import find_boxes
from alttext_local.structure.links import Link, Links
from alttext_local.types import Reading

Place = tuple[int, int]
WIDE, HIGH = 110, 60


def diagram(places: Sequence[Place], outline: int = 2) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Boxes with strokes inside at these places, upper left corners."""
    image = Image.new("RGB", (900, 800), "white")
    pen = ImageDraw.Draw(image)
    for left, top in places:
        pen.rectangle((left, top, left + WIDE, top + HIGH), "#ffeecc", "black", outline)
        for stroke in range(4):
            pen.line((left + 30 + 12 * stroke, top + 20, left + 30 + 12 * stroke, top + 40), "black", 3)
    return image, pen


def link(pen: ImageDraw.ImageDraw, start: Place, end: Place, headed: bool) -> None:
    """A line, with a head at its end where it is an arrow."""
    pen.line((*start, *end), "black", 2)
    if headed:
        way = np.sign(np.subtract(end, start))
        back = np.subtract(end, 14 * way)
        side = 8 * way[::-1]
        pen.polygon([end, tuple(back + side), tuple(back - side)], "black")


@pytest.mark.parametrize("headed", [False, True])
def test_boxes_below_each_other_are_linked_from_top_to_bottom(headed: bool) -> None:
    places = [(200, 40), (200, 180), (200, 320), (200, 460)]
    image, pen = diagram(places)
    for above, below in pairwise(places):
        link(pen, (above[0] + 55, above[1] + HIGH + 1), (below[0] + 55, below[1] - 1), headed)
    boxes = find_boxes(image, Reading())
    assert boxes.counted and boxes.linked
    assert [one.boxes for one in boxes.links.found] == [{0, 1}, {1, 2}, {2, 3}]
    assert (boxes.links.arrows, boxes.links.onwards) == (headed, headed)
    told = tell_diagram(image, Reading())
    assert told.findings == ("It has 4 boxes.",) and told.certain
    assert ("Arrows lead from top to bottom." in told.details) == headed


def test_a_tree_hangs_together_by_one_piece_of_lines() -> None:
    image, pen = diagram([(400, 40), (100, 240), (400, 240), (700, 240)], outline=5)
    pen.line((455, 101, 455, 239), "black", 2)
    pen.line((155, 170, 755, 170), "black", 2)
    for x in (155, 755):
        pen.line((x, 170, x, 239), "black", 2)
    boxes = find_boxes(image, Reading())
    assert boxes.counted and boxes.linked and boxes.links.joined(4) == 4
    assert tell_diagram(image, Reading()).details[:2] == ("It has 2 levels.", "One box stands at the top.")


def test_arrows_of_many_ways_only_link() -> None:
    image, pen = diagram([(100, 100), (500, 100), (100, 500), (500, 500)])
    link(pen, (211, 130), (499, 130), True)
    link(pen, (155, 161), (155, 499), True)
    link(pen, (555, 499), (555, 161), True)
    assert "Arrows link the boxes." in tell_diagram(image, Reading()).details


def test_a_column_of_boxes_is_no_tree_and_a_diamond_stands_out() -> None:
    image, pen = diagram([(200, 40), (200, 360)])
    pen.polygon([(255, 150), (345, 210), (255, 270), (165, 210)], "#ffeecc", "black", 2)
    for stroke in range(4):
        pen.line((237 + 12 * stroke, 200, 237 + 12 * stroke, 220), "black", 3)
    link(pen, (255, 101), (255, 149), False)
    link(pen, (255, 271), (255, 359), False)
    details = tell_diagram(image, Reading()).details
    assert "One box is a diamond." in details and not any("levels" in one for one in details)


def test_boxes_without_links_are_no_certain_diagram() -> None:
    image, _ = diagram([(100, 100), (400, 100), (100, 300), (400, 300)])
    assert not find_boxes(image, Reading()).linked and not tell_diagram(image, Reading()).certain


def test_a_line_that_leads_nowhere_leaves_the_number_open() -> None:
    image, pen = diagram([(100, 100), (400, 100), (700, 100)])
    link(pen, (211, 130), (399, 130), True)
    link(pen, (511, 130), (699, 130), True)
    assert find_boxes(image, Reading()).counted
    link(pen, (455, 161), (455, 600), False)
    assert not find_boxes(image, Reading()).counted


def test_a_circle_of_links_is_one_group() -> None:
    ring = Links(tuple(Link(frozenset({at, (at + 1) % 5}), frozenset()) for at in range(5)))
    assert ring.joined(5) == 5 and ring.joined(6) == 5
    assert ring.renumbered([4, 3, 2, 1, 0]).joined(5) == 5


def test_without_links_nothing_is_said_of_arrows() -> None:
    assert Links().arrows is None and not Links().onwards and Links().joined(0) == 0
