"""What is told of diagrams: boxes where they are sure, and the ground behind them."""

import pytest
from PIL import Image, ImageDraw

from alttext_local.phrases.diagrams import tell_diagram
from alttext_local.types import Reading
from tests.structure.sheets import flow


def test_boxes_are_counted_and_quoted_and_the_ground_is_named() -> None:
    sheet = flow()
    told = tell_diagram(sheet.image, sheet.reading())
    assert told.findings == ("It has 3 boxes.", "The boxes read: Start; Check input; Done.")
    assert told.details == ("The background is white.",)
    assert told.topics == {"count"}


@pytest.mark.parametrize(("ground", "said"), [("#202860", ("The background is blue.",)), ("#e8b400", ())])
def test_a_ground_between_two_names_is_not_named(ground: str, said: tuple[str, ...]) -> None:
    image = Image.new("RGB", (300, 200), ground)
    ImageDraw.Draw(image).rectangle((40, 40, 200, 120), "white")
    assert tell_diagram(image, Reading()).details == said
