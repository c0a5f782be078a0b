"""Measured on real pictures: labelled ones, strangers, and charts whose facts are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from alttext_local.kinds import Calibration
from alttext_local.types import FAMILIES, FAMILY_OF, KINDS, Verdict
from scripts.evaluate.drawings import Fresh
from scripts.evaluate.product import Said
from scripts.evaluate.shares import Share, coverage_curve, kinds_table, reliability
from scripts.evaluate.topics import check_all, facts_summary
from scripts.evaluate.truth import Known
from scripts.train import calibration, samples
from scripts.train.calibration import Judged
from scripts.train.telling import Teller

PLAINLY_WRONG = ("chart", "text or table")
"""Families that a photograph must not be called."""


def labelled(model: Path, folder: Path, work: Path) -> dict[str, Any]:
    """Kinds, families, claims and confidences on a folder with `labels.csv`.

    Gates were set on half A (where `training.json` says so): the claims are told of half B and of all.
    """
    seen = samples.see(samples.labelled(folder), work / "seen")
    squares = np.stack([one.square for one in seen])
    scores = samples.scored(samples.load_speaker(model), squares)
    captions = [" ".join(said.sentence for said in told) for told in Teller(model).tell(squares, "caption")]
    fitted = Calibration.load(model / "calibration.json")
    before = calibration.judged(seen, scores, [""] * len(seen), Calibration())
    after = calibration.judged(seen, scores, captions, fitted)
    record = json.loads((model / "training.json").read_text(encoding="utf-8")).get("calibration", {})
    _, half_b = calibration.halves(seen, record.get("half_seed", 7))
    return {
        "pictures": len(seen),
        "gates_set_on_half_a": bool(record.get("half_a", True)),
        "gates": {name: getattr(fitted, f"{name}_gate") for name in ("kind", "family", "token")},
        "kinds": kinds_table([(one.kind, one.verdict.kind) for one in after], KINDS),
        "families": kinds_table([(FAMILY_OF[one.kind], one.verdict.family) for one in after], FAMILIES),
        "before": {"kind": _kinds(before).document(), "family": _families(before).document()},
        "after": {"kind": _kinds(after).document(), "family": _families(after).document()},
        "claims": {"half B": claims([after[i] for i in half_b]), "all": claims(after)},
        "plain_errors": plain_errors(after),
        "confidence": {"before": confidences(before), "after": confidences(after)},
    }


def claim_right(judged: Judged) -> bool | None:
    """Whether what is claimed (the kind, else the family) is right; None where nothing is claimed."""
    if judged.verdict.say_kind:
        return judged.verdict.kind == judged.kind
    return judged.verdict.family == FAMILY_OF[judged.kind] if judged.verdict.say_family else None


def claims(judged: Sequence[Judged]) -> dict[str, Any]:
    """How much is claimed and how much of that is right: kinds, families where no kind is claimed, and both."""
    kinds = [claim_right(one) for one in judged if one.verdict.say_kind]
    both = [right for one in judged if (right := claim_right(one)) is not None]
    families = [claim_right(one) for one in judged if one.verdict.say_family and not one.verdict.say_kind]
    return {
        "kind_claimed": Share(len(kinds), len(judged)).document(),
        "kind_right": Share.of(bool(one) for one in kinds).document(),
        "family_only_claimed": Share(len(families), len(judged)).document(),
        "family_only_right": Share.of(bool(one) for one in families).document(),
        "claimed": Share(len(both), len(judged)).document(),
        "claims_right": Share.of(both).document(),
    }


def plain_errors(judged: Sequence[Judged]) -> dict[str, Any]:
    """Photographs called chart, table or text, charts called photographs: by the likeliest family, and as claimed."""
    photographs = [one.verdict for one in judged if one.kind == "photograph"]
    charts = [one.verdict for one in judged if FAMILY_OF[one.kind] == "chart"]
    return {
        "photographs_called_chart_table_or_text": Share.of(v.family in PLAINLY_WRONG for v in photographs).document(),
        "the_same_claimed": Share.of(_claimed(v) in PLAINLY_WRONG for v in photographs).document(),
        "charts_called_photographs": Share.of(v.kind == "photograph" for v in charts).document(),
        "charts_claimed_to_be_pictures": Share.of(_claimed(v) == "picture" for v in charts).document(),
    }


def _claimed(verdict: Verdict) -> str:
    return FAMILY_OF[verdict.kind] if verdict.say_kind else verdict.family if verdict.say_family else ""


def confidences(judged: Sequence[Judged]) -> dict[str, Any]:
    """Reliability, and coverage against precision, of the confidences in kind and family."""
    kinds = [(one.verdict.kind_confidence, one.verdict.kind == one.kind) for one in judged]
    families = [(one.verdict.family_confidence, one.verdict.family == FAMILY_OF[one.kind]) for one in judged]
    return {
        "kind": {**reliability(kinds), "curve": coverage_curve(kinds)},
        "family": {**reliability(families), "curve": coverage_curve(families)},
    }


def _kinds(judged: Sequence[Judged]) -> Share:
    return Share.of(one.verdict.kind == one.kind for one in judged)


def _families(judged: Sequence[Judged]) -> Share:
    return Share.of(one.verdict.family == FAMILY_OF[one.kind] for one in judged)


def strangers(model: Path, drawn: Sequence[Fresh], work: Path) -> dict[str, Any]:
    """Of pictures of no known kind: the share that is claimed to be of one; every claim of a kind is wrong."""
    seen = samples.see([(one.path, KINDS[0]) for one in drawn], work / "seen")  # no kind is right
    squares = np.stack([one.square for one in seen])
    scores = samples.scored(samples.load_speaker(model), squares)
    captions = [" ".join(said.sentence for said in told) for told in Teller(model).tell(squares, "caption")]
    judged = calibration.judged(seen, scores, captions, Calibration.load(model / "calibration.json"))
    return {
        "pictures": len(judged),
        "kind_claimed": Share.of(one.verdict.say_kind for one in judged).document(),
        "family_claimed": Share.of(one.verdict.say_family for one in judged).document(),
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
