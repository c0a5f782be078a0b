"""Does a model see? Shown two pictures that have nothing in common, it must not say the same twice.

Rule B09. Wrong weights, an image projector that was not loaded or pixel values that never reach the
model give fluent sentences that have nothing to do with the picture; only this tells.
"""

from __future__ import annotations

from collections.abc import Sequence

from alttext_local.adapters.adapter import Adapter
from alttext_local.engine.halving import fault
from alttext_local.engine.sample_pictures import sample_pictures
from alttext_local.errors import BrokenModel, OutOfMemory
from alttext_local.types import Answer, Ask, Shot

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
    landscape, chart = (answers_of(adapter, Shot(picture, tuple(asks))) for picture in sample_pictures()[:2])
    if all(_same(one, other) for one, other in zip(landscape, chart, strict=True)):
        raise BrokenModel(f"{adapter.card.name} does not see: it says the same of two unlike pictures.")


def answers_of(adapter: Adapter, shot: Shot) -> tuple[Answer, ...]:
    """The answers about a test picture; `BrokenModel` where a model fails or says nothing."""
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
