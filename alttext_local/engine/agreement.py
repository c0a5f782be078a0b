"""Do a model's 8-bit layers still say what its own say? Asked about the same pictures, both must agree.

Held to: the mean distance of the scores of labels (total variation, 0..1), the clear winners that changed, the share of
words that captions have in common, and how sure both are of what they wrote. A single caption proves little, since one
near-tie changes all that follows it; over six pictures and all four measures, broken weights show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from statistics import mean

from alttext_local.adapters.adapter import Adapter
from alttext_local.catalogue import Card
from alttext_local.engine.loaded import close_quietly
from alttext_local.engine.sample_pictures import sample_pictures
from alttext_local.engine.selftest import answers_of
from alttext_local.errors import BrokenModel
from alttext_local.types import Answer, Ask, Shot

Told = list[tuple[Answer, ...]]
Scores = Mapping[str, float]

CLEAR = 0.3
"""A label that leads by so much must stay the first."""


@dataclass(frozen=True)
class Degree:
    """How far two sets of answers are apart at most, or were found to be."""

    labels: float = 0.1
    """Mean total variation between the scores of labels, 0..1."""
    lost: int = 0
    """Labels that led clearly and lead no more."""
    words: float = 0.6
    """Mean share of words in common, in their order, 1: the same texts. Here less is worse."""
    sureness: float = 0.35
    """Mean difference of the mean log-probability of a text's tokens, in nats."""

    def within(self, most: Degree) -> bool:
        """Whether this is as near as `most` allows."""
        near = self.labels <= most.labels and self.lost <= most.lost
        return near and self.words >= most.words and self.sureness <= most.sureness

    def __str__(self) -> str:
        return (
            f"labels apart {self.labels:.3f}, clear winners lost {self.lost}, "
            f"words in common {self.words:.2f}, sureness apart {self.sureness:.2f}"
        )


ENOUGH = Degree()


def check_agreement(
    card: Card, load: Callable[[Card], Adapter], asks: Sequence[Ask], most: Degree = ENOUGH
) -> tuple[Adapter, Degree]:
    """The card's model in int8, and how near it is to itself in full. The two are never in memory at once.

    `BrokenModel` where they are further apart than `most`, or where there is nothing to ask: it is not used unproven.
    """
    if not asks:
        raise BrokenModel(f"{card.name}: int8 is not used, as there is nothing to ask that would prove it.")
    full = load(replace(card, dtype="auto"))
    try:
        expected = _told(full, asks)
    finally:
        close_quietly(full)
    quantised = load(card)
    try:
        degree = compare(expected, _told(quantised, asks))
        if not degree.within(most):
            raise BrokenModel(
                f"{card.name}: in int8 it does not say what it says otherwise ({degree}; allowed: {most}). "
                'Set its dtype to "auto" in the catalogue, and take int8 out of ALTTEXT_DTYPE.'
            )
    except BaseException:
        close_quietly(quantised)
        raise
    return quantised, degree


def compare(expected: Told, found: Told) -> Degree:
    """How far the answers of two models to the same shots are apart."""
    rows = zip(expected, found, strict=True)
    pairs = [pair for one, other in rows for pair in zip(one, other, strict=True)]
    scored = [(one.scores, other.scores) for one, other in pairs if one.scores]
    written = [(one, other) for one, other in pairs if not one.scores]
    return Degree(
        labels=mean(_variation(*pair) for pair in scored) if scored else 0.0,
        lost=sum(_lost(*pair) for pair in scored),
        words=mean(_common(one.text, other.text) for one, other in written) if written else 1.0,
        sureness=mean(abs(_sureness(one) - _sureness(other)) for one, other in written) if written else 0.0,
    )


def _told(adapter: Adapter, asks: Sequence[Ask]) -> Told:
    return [answers_of(adapter, Shot(picture, tuple(asks))) for picture in sample_pictures()]


def _variation(one: Scores, other: Scores) -> float:
    return sum(abs(one[label] - other[label]) for label in one) / 2


def _lost(one: Scores, other: Scores) -> bool:
    first, second = sorted(one, key=lambda label: -one[label])[:2] if len(one) > 1 else (next(iter(one)),) * 2
    clear = one[first] - one[second] >= CLEAR
    return clear and max(other, key=lambda label: other[label]) != first


def _common(one: str, other: str) -> float:
    return SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()


def _sureness(answer: Answer) -> float:
    return mean(token.logprob for token in answer.tokens) if answer.tokens else 0.0
