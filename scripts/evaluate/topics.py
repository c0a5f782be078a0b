"""Stated facts in tables: by topic how much is stated, how much of it is false, and how much of what there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scripts.evaluate.grammar import masked
from scripts.evaluate.product import Said
from scripts.evaluate.shares import Share, ordered
from scripts.evaluate.truth import (
    TOPICS,
    Known,
    Statement,
    loose_numbers,
    own_prose,
    prose,
    quoted_right,
    stated,
    told,
)

EXAMPLES = 20


@dataclass(frozen=True)
class Checked:
    """One picture's text, checked."""

    name: str
    known: Known
    said: Said
    statements: tuple[Statement, ...]
    told: tuple[bool, ...]
    """Of each true sentence of the picture: whether it is said."""

    @property
    def wrong(self) -> list[Statement]:
        """What is stated and false."""
        return [one for one in self.statements if one.outcome == "wrong"]


def check_all(
    names: Sequence[str], knowns: Sequence[Known], said: Sequence[Said], words: frozenset[str]
) -> list[Checked]:
    """Check each picture's prose; `words` is the vocabulary of the drawings."""
    checked = []
    for name, known, one in zip(names, knowns, said, strict=True):
        text = own_prose(one)
        checked.append(Checked(name, known, one, tuple(stated(text, known, words)), tuple(told(known, text, words))))
    return checked


def topic_table(checked: Sequence[Checked]) -> dict[str, dict[str, Any]]:
    """For each topic: statements, those right, the false share, and coverage.

    Coverage is the share of the pictures that have such a fact about which at least one is stated and right.
    """
    table = {}
    for topic in TOPICS:
        judged = [_judged(one, topic) for one in checked]
        outcomes = [true for ones in judged for true in ones]
        having = [any(ones) for one, ones in zip(checked, judged, strict=True) if topic in one.known.topics]
        if outcomes or having:
            table[topic] = {
                "stated": len(outcomes),
                "right": Share.of(outcomes).document(),
                "coverage": Share.of(having).document() if topic != "other" else None,
            }
    return table


def _judged(one: Checked, topic: str) -> list[bool]:
    return [s.outcome == "right" for s in one.statements if s.topic == topic and s.outcome in ("right", "wrong")]


def facts_summary(checked: Sequence[Checked]) -> dict[str, Any]:
    """Over all pictures: false share of stated facts, recall of true sentences, what was not understood; then by kind.

    The kind itself is no fact here: it has a table of its own.
    """
    kinds = dict.fromkeys(one.known.kind for one in checked)
    strange = Counter(masked(s.text) for one in checked for s in one.statements if s.outcome == "not understood")
    false = Counter(f"{one.known.kind}: {masked(s.text)}" for one in checked for s in one.wrong if s.topic != "kind")
    return {
        "pictures": len(checked),
        "facts_right": _facts(checked).document(),
        "sentences_said": _said(checked).document(),
        "by_kind": {
            kind: {
                "pictures": sum(one.known.kind == kind for one in checked),
                "facts_right": _facts([one for one in checked if one.known.kind == kind]).document(),
                "sentences_said": _said([one for one in checked if one.known.kind == kind]).document(),
            }
            for kind in kinds
        },
        "topics": topic_table(checked),
        "not_understood": sum(strange.values()),
        "not_understood_most": ordered(strange, EXAMPLES),
        "false_most": ordered(false, EXAMPLES),
    }


def _facts(checked: Sequence[Checked]) -> Share:
    return Share.of(true for one in checked for topic in TOPICS if topic != "kind" for true in _judged(one, topic))


def _said(checked: Sequence[Checked]) -> Share:
    return Share.of(true for one in checked for true in one.told)


def grounds_summary(checked: Sequence[Checked]) -> dict[str, Any]:
    """Numbers and quotations: whether they stand in the OCR reading or among the facts."""
    loose = {one.name: loose_numbers(prose(one.said), one.said.ocr_text, one.known) for one in checked}
    quoted = [right for one in checked for right in quoted_right(one.said.alt_text, one.known)]
    return {
        "texts_with_grounded_numbers": Share.of(not numbers for numbers in loose.values()).document(),
        "loose_numbers": {name: numbers for name, numbers in loose.items() if numbers},
        "quotations_right": Share.of(quoted).document(),
    }
