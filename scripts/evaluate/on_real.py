"""Measured on real pictures: labelled ones, strangers, and charts whose facts are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from alttext_local.kinds import Calibration
from alttext_local.types import FAMILIES, FAMILY_OF, KINDS, Kind, Verdict
from scripts.evaluate import product
from scripts.evaluate.product import Said
from scripts.evaluate.shares import Share, coverage_curve, kinds_table, reliability
from scripts.evaluate.topics import check_all, facts_summary
from scripts.evaluate.truth import Known
from scripts.train import calibration, samples
from scripts.train.drawings.drawing import UNKNOWN
from scripts.train.fresh import Fresh

PLAINLY_WRONG = ("chart", "text or table")
"""Families that a photograph must not be called."""


@dataclass(frozen=True)
class Told:
    """A real picture's true kind, and what is said of it."""

    kind: str
    said: Said | Verdict

    @property
    def family(self) -> str:
        """The true one."""
        return FAMILY_OF[cast(Kind, self.kind)]


def labelled(model: Path, folder: Path, work: Path, answers: Path) -> dict[str, Any]:
    """Kinds, families, claims and confidences of the product on a folder with `labels.csv`; `answers` keeps its texts.

    Pictures that are labelled `unknown` are strangers: any kind that is claimed of one is wrong.
    """
    pictures = samples.labelled(folder)
    said = product.say(model, [one.path for one in pictures], answers)
    told = [(picture.kind, one) for picture, one in zip(pictures, said, strict=True)]
    known = [Told(kind, one) for kind, one in told if kind != UNKNOWN]
    alone = _alone(model, [one for one in pictures if one.kind != UNKNOWN], work)
    fitted = Calibration.load(model / "calibration.json")
    return {
        "pictures": len(known),
        "gates": {name: getattr(fitted, f"{name}_gate") for name in ("kind", "family", "token")},
        "kinds": kinds_table([(one.kind, one.said.kind) for one in known], KINDS),
        "families": kinds_table([(one.family, one.said.family) for one in known], FAMILIES),
        "before": {"kind": _kinds(alone).document(), "family": _families(alone).document()},
        "after": {"kind": _kinds(known).document(), "family": _families(known).document()},
        "claims": claims(known),
        "plain_errors": plain_errors(known),
        "confidence": {"before": confidences(alone), "after": confidences(known)},
        "strangers": claimed_of_strangers([one for kind, one in told if kind == UNKNOWN]),
    }


def _alone(model: Path, pictures: Sequence[samples.Labelled], work: Path) -> list[Told]:
    """The verdicts by the model's scores alone."""
    seen = samples.see(pictures, work / "seen")
    scores = samples.scored(samples.load_speaker(model), np.stack([one.square for one in seen]))
    judged = calibration.judged(seen, scores, [""] * len(seen), Calibration())
    return [Told(one.kind, one.verdict) for one in judged]


def claim_right(told: Told) -> bool | None:
    """Whether what is claimed (the kind, else the family) is right; None where nothing is claimed."""
    if told.said.say_kind:
        return told.said.kind == told.kind
    return told.said.family == told.family if told.said.say_family else None


def claims(told: Sequence[Told]) -> dict[str, Any]:
    """How much is claimed and how much of that is right: kinds, families where no kind is claimed, and both."""
    kinds = [claim_right(one) for one in told if one.said.say_kind]
    both = [right for one in told if (right := claim_right(one)) is not None]
    families = [claim_right(one) for one in told if one.said.say_family and not one.said.say_kind]
    return {
        "kind_claimed": Share(len(kinds), len(told)).document(),
        "kind_right": Share.of(bool(one) for one in kinds).document(),
        "family_only_claimed": Share(len(families), len(told)).document(),
        "family_only_right": Share.of(bool(one) for one in families).document(),
        "claimed": Share(len(both), len(told)).document(),
        "claims_right": Share.of(both).document(),
    }


def plain_errors(told: Sequence[Told]) -> dict[str, Any]:
    """Photographs called chart, table or text, charts called photographs: by the likeliest family, and as claimed."""
    photographs = [one.said for one in told if one.kind == "photograph"]
    charts = [one.said for one in told if one.family == "chart"]
    return {
        "photographs_called_chart_table_or_text": Share.of(v.family in PLAINLY_WRONG for v in photographs).document(),
        "the_same_claimed": Share.of(_claimed(v) in PLAINLY_WRONG for v in photographs).document(),
        "charts_called_photographs": Share.of(v.kind == "photograph" for v in charts).document(),
        "charts_claimed_to_be_pictures": Share.of(_claimed(v) == "picture" for v in charts).document(),
    }


def _claimed(said: Verdict | Said) -> str:
    return said.family if said.say_kind or said.say_family else ""


def confidences(told: Sequence[Told]) -> dict[str, Any]:
    """Reliability, and coverage against precision, of the confidences in kind and family."""
    kinds = [(one.said.kind_confidence, one.said.kind == one.kind) for one in told]
    families = [(one.said.family_confidence, one.said.family == one.family) for one in told]
    return {
        "kind": {**reliability(kinds), "curve": coverage_curve(kinds)},
        "family": {**reliability(families), "curve": coverage_curve(families)},
    }


def _kinds(told: Sequence[Told]) -> Share:
    return Share.of(one.said.kind == one.kind for one in told)


def _families(told: Sequence[Told]) -> Share:
    return Share.of(one.said.family == one.family for one in told)


def strangers(model: Path, drawn: Sequence[Fresh], answers: Path) -> dict[str, Any]:
    """Of drawings of no known kind: the share that is claimed to be of one."""
    return claimed_of_strangers(product.say(model, [one.path for one in drawn], answers))


def claimed_of_strangers(said: Sequence[Said | Verdict]) -> dict[str, Any]:
    """Of pictures of no known kind: what is claimed; every claim of a kind is wrong."""
    return {
        "pictures": len(said),
        "kind_claimed": Share.of(one.say_kind for one in said).document(),
        "family_claimed": Share.of(one.say_family and not one.say_kind for one in said).document(),
    }


def chart_pictures(folder: Path) -> list[tuple[Path, Known]]:
    """The charts of a folder with a `facts.json`: a list of {file, kind, and any of the drawings' facts}.

    Facts are those of the drawing programs (`drawings/chart_bars.py` and its neighbours): `largest` counts from 1.
    """
    rows = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    return [(folder / row["file"], _known(row)) for row in rows]


def _known(row: dict[str, Any]) -> Known:
    facts = {name: value for name, value in row.items() if value is not None and name not in ("file", "kind")}
    return Known(row["kind"], (), facts, partial=True)


def charts(pictures: Sequence[tuple[Path, Known]], said: Sequence[Said], vocabulary: frozenset[str]) -> dict[str, Any]:
    """The table of topics on real charts."""
    knowns = [known for _, known in pictures]
    return facts_summary(check_all([path.name for path, _ in pictures], knowns, said, vocabulary))
