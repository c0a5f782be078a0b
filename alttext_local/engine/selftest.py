"""Does a model see? Shown two pictures that have nothing in common, it must not say the same twice.

Rule B09. Wrong weights, an image projector that was not loaded or pixel values that never reach the
model give fluent sentences that have nothing to do with the picture; only this tells.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from alttext_local.adapters.adapter import Adapter
from alttext_local.engine.halving import fault
from alttext_local.errors import BrokenModel, OutOfMemory
from alttext_local.types import Answer, Ask, Facts, Picture, Shot

SIDE = 384
"""Pixels; about what a vision encoder takes."""
SAME = 1e-4
"""Probabilities closer than this count as the same: a blind model's differ by rounding at most."""
ASKS = (Ask("kind", "kind", 1, ("photograph", "bar chart", "table", "blank")),)
"""What is asked where the caller names nothing better."""


def check_sight(adapter: Adapter, asks: Sequence[Ask]) -> None:
    """Raise `BrokenModel` if the model fails, says nothing, or says the same of two unlike pictures.

    `OutOfMemory` stays what it is. With no asks, nothing is checked.
    """
    if not asks:
        return
    landscape, chart = (_asked(adapter, Shot(picture, tuple(asks))) for picture in pictures())
    if all(_same(one, other) for one, other in zip(landscape, chart, strict=True)):
        raise BrokenModel(f"{adapter.card.name} does not see: it says the same of two unlike pictures.")


def _asked(adapter: Adapter, shot: Shot) -> tuple[Answer, ...]:
    name = adapter.card.name
    try:
        answers = adapter.answer([shot])
    except (OutOfMemory, BrokenModel):
        raise
    except Exception as error:
        raise BrokenModel(f"{name} fails at the self-test ({type(error).__name__}).") from error
    if len(answers) != 1 or fault(shot, answers[0]):
        raise BrokenModel(f"{name} gives no usable answer at the self-test.")
    return answers[0]


def _same(one: Answer, other: Answer) -> bool:
    labels = one.scores.keys() | other.scores.keys()
    near = all(abs(one.scores.get(label, 0.0) - other.scores.get(label, 0.0)) < SAME for label in labels)
    return near and one.text.strip() == other.text.strip()


def pictures() -> tuple[Picture, Picture]:
    """A landscape of soft colours, and a bar chart in black on white."""
    return _picture(_landscape(), "self-test landscape"), _picture(_chart(), "self-test chart")


def _landscape() -> Image.Image:
    sky = Image.linear_gradient("L").resize((SIDE, SIDE))
    scene = Image.merge("RGB", (sky, sky.point(lambda v: 80 + v // 2), sky.point(lambda v: 255 - v // 3)))
    draw = ImageDraw.Draw(scene)
    draw.polygon([(0, SIDE), (0, 250), (110, 150), (230, 280), (300, 210), (SIDE, 300), (SIDE, SIDE)], (46, 92, 48))
    draw.ellipse((280, 40, 340, 100), (250, 210, 70))
    return scene


def _chart() -> Image.Image:
    scene = Image.new("RGB", (SIDE, SIDE), "white")
    draw = ImageDraw.Draw(scene)
    for place, height in enumerate((90, 260, 150, 210)):
        draw.rectangle((70 + 75 * place, 330 - height, 115 + 75 * place, 330), (0, 0, 0))
    draw.line((50, 40, 50, 330, 360, 330), (0, 0, 0), width=3)
    return scene


def _picture(image: Image.Image, name: str) -> Picture:
    """Facts matter to no adapter; they only have to be there."""
    return Picture(image, Facts(SIDE, SIDE, 0.5, 0.3, 0.3, 256, 0.1, 0.3, 100.0), name, "PNG")
