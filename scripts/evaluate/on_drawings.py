"""Measured on fresh drawings: kinds by the model alone and by the product, facts of the texts, confidences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alttext_local.types import FAMILY_OF, KINDS
from scripts.evaluate.grammar import plain_sentences
from scripts.evaluate.product import Said
from scripts.evaluate.shares import Share, kinds_table, reliability
from scripts.evaluate.topics import Checked, check_all, facts_summary, grounds_summary
from scripts.evaluate.truth import Known, prose, vocabulary_of
from scripts.train import samples
from scripts.train.fresh import Fresh, squares
from scripts.train.telling import Said as Own
from scripts.train.telling import Teller, truth_by_gate


def known_of(drawn: Fresh) -> Known:
    """What is true of a drawing."""
    return Known(drawn.truth.kind, drawn.truth.sentences, drawn.truth.facts)


def kinds_alone(model: Path, drawn: Sequence[Fresh], batch: int = 240) -> dict[str, Any]:
    """Kinds by the model's scores, before calibration."""
    speaker = samples.load_speaker(model)
    best: list[int] = []
    for start in range(0, len(drawn), batch):
        best += samples.scored(speaker, squares(drawn[start : start + batch])).argmax(1).tolist()
    return kinds_table([(one.truth.kind, KINDS[b]) for one, b in zip(drawn, best, strict=True)], KINDS)


def own_sentences(model: Path, drawn: Sequence[Fresh], said: Sequence[Said]) -> dict[str, Any]:
    """What the model alone writes: how much of it is true by gate, and the share that the product states."""
    told = Teller(model).tell(squares(drawn), "description")
    rows = truth_by_gate(told, [one.truth for one in drawn])
    return {
        "by_gate": [{"gate": row.gate, "true": round(row.true, 4), "kept": round(row.said, 4)} for row in rows],
        "stated": Share.of(one for own, text in zip(told, said, strict=True) for one in _kept(own, text)).document(),
    }


def _kept(own: Sequence[Own], said: Said) -> list[bool]:
    text = {sentence.lower() for sentence in plain_sentences(prose(said))}
    return [s.lower() in text for one in own for s in plain_sentences(one.sentence)]


def texts_checked(drawn: Sequence[Fresh], said: Sequence[Said], everything: Sequence[Fresh]) -> list[Checked]:
    """The product's texts about `drawn`; the vocabulary is that of all drawings."""
    vocabulary = vocabulary_of([known_of(one) for one in everything])
    return check_all([one.path.name for one in drawn], [known_of(one) for one in drawn], said, vocabulary)


def texts(checked: Sequence[Checked]) -> dict[str, Any]:
    """Kinds, facts, grounds and confidences of the product's texts."""
    claimed = [(one.known.kind, one.said.kind) for one in checked if one.said.say_kind]
    kinds = [(one.said.kind_confidence, one.said.kind == one.known.kind) for one in checked]
    families = [(one.said.family_confidence, one.said.family == FAMILY_OF[one.known.kind]) for one in checked]  # type: ignore[index]
    return {
        "kinds": kinds_table([(one.known.kind, one.said.kind) for one in checked], KINDS),
        "kinds_claimed": Share(len(claimed), len(checked)).document(),
        "kinds_claimed_right": Share.of(true == said for true, said in claimed).document(),
        "facts": facts_summary(checked),
        "grounds": grounds_summary(checked),
        "reliability": {"kind": reliability(kinds), "family": reliability(families)},
    }
