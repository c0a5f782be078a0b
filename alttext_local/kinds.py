"""From a model's scores and what is measured on the pixels to a verdict: kind, family, and what may be said.

A calibration is data that lies beside a model's weights; it was
fitted on pictures that the model had not seen.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

from alttext_local.structure.typesetting import measure_typesetting
from alttext_local.types import FAMILIES, FAMILY_OF, KINDS, Facts, Family, Kind, Reading, Verdict

FLOOR = 1e-6
"""The least score that counts: a label that a model rules out is still possible."""


@dataclass(frozen=True)
class Scale:
    """How a measured feature is brought to mean 0 and deviation 1."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class Calibration:
    """What turns scores into honest confidences, and how sure one must be to speak.

    `weights` holds, for each kind, a weight for each standardised feature; `openings` tells which
    kind a caption's first sentence speaks of.
    """

    temperature: float = 1.0
    scales: Mapping[str, Scale] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    bias: Mapping[str, float] = field(default_factory=dict)
    kind_gate: float = 0.9
    family_gate: float = 0.9
    kind_gates: Mapping[str, float] = field(default_factory=dict)
    """Of kinds that have a gate of their own."""
    family_gates: Mapping[str, float] = field(default_factory=dict)
    token_gate: float = 0.8
    """Sentences whose least likely token is below are not said."""
    token_gates: Mapping[str, float] = field(default_factory=dict)
    """Of sentences about one topic of one kind that have a gate of their own, by `kind: topic`."""
    openings: Mapping[str, str] = field(default_factory=dict)
    disagreement: float = 1.0
    """Factor on the confidences when the caption opens with a kind of another family."""

    def gate_of_sentence(self, kind: str, topic: str | None) -> float:
        """The least probability of a token in a sentence about this topic of a picture of this kind."""
        return self.token_gates.get(sentence_name(kind, topic), self.token_gate)

    @classmethod
    def default(cls) -> Calibration:
        """Careful values for a model that has none of its own."""
        return cls(temperature=2.0, kind_gate=0.9, family_gate=0.9)

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read a calibration file; what it does not name keeps its default."""
        values = json.loads(path.read_text(encoding="utf-8"))
        values["scales"] = {name: Scale(**scale) for name, scale in values.get("scales", {}).items()}
        return cls(**values)

    def save(self, path: Path) -> None:
        """Write the calibration as JSON that `load` reads."""
        path.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def sentence_name(kind: str, topic: str | None) -> str:
    """As `token_gates` spells it."""
    return f"{kind}: {topic or 'other'}"


def features(facts: Facts, reading: Reading | None) -> dict[str, float]:
    """Cheap measured features by name; those of OCR only where a picture was read."""
    measured = {
        "brightness": facts.brightness,
        "contrast": facts.contrast,
        "saturation": facts.saturation,
        "log colours": math.log1p(facts.unique_colours),
        "edge share": facts.edge_share,
        "background share": facts.background_share,
        "log sharpness": math.log(max(facts.sharpness, 1e-9)),
        "log aspect": math.log(max(facts.width, 1) / max(facts.height, 1)),
        **facts.texture,
    }
    return measured if reading is None or reading.failed else measured | measure_typesetting(reading)


def judge(
    scores: Mapping[str, float],
    facts: Facts,
    reading: Reading | None,
    calibration: Calibration,
    caption: str = "",
) -> Verdict:
    """Weigh a model's kind scores with the measured features; say only what passes the gates.

    A `caption` whose first sentence speaks of another family than the scores lowers the confidences.
    """
    kinds = _probabilities(scores, features(facts, reading), calibration)
    families = {family: sum(kinds[kind] for kind in KINDS if FAMILY_OF[kind] == family) for family in FAMILIES}
    ranking = sorted(kinds.items(), key=lambda pair: -pair[1])
    kind = ranking[0][0]
    family = max(FAMILIES, key=lambda name: families[name])
    trust = _trust(caption, family, calibration)
    kind_confidence, family_confidence = kinds[kind] * trust, families[family] * trust
    return Verdict(
        kind=kind,
        family=family,
        kind_confidence=kind_confidence,
        family_confidence=family_confidence,
        say_kind=FAMILY_OF[kind] == family
        and kind_confidence >= calibration.kind_gates.get(kind, calibration.kind_gate),
        say_family=family_confidence >= calibration.family_gates.get(family, calibration.family_gate),
        ranking=tuple(ranking),
    )


def _probabilities(
    scores: Mapping[str, float], measured: Mapping[str, float], calibration: Calibration
) -> dict[Kind, float]:
    standard = {
        name: _clipped((measured[name] - scale.mean) / scale.deviation)
        for name, scale in calibration.scales.items()
        if name in measured
    }
    logits = {}
    for kind in KINDS:
        weights = calibration.weights.get(kind, {})
        weighed = sum(weights.get(name, 0.0) * value for name, value in standard.items())
        logit = math.log(max(scores.get(kind, 0.0), FLOOR)) / calibration.temperature
        logits[kind] = logit + weighed + calibration.bias.get(kind, 0.0)
    highest = max(logits.values())
    raised = {kind: math.exp(logit - highest) for kind, logit in logits.items()}
    total = sum(raised.values())
    return {kind: value / total for kind, value in raised.items()}


def _clipped(value: float) -> float:
    """A feature far outside what was seen in fitting counts no more than three deviations."""
    return max(-3.0, min(3.0, value))


def _trust(caption: str, family: Family, calibration: Calibration) -> float:
    opening = calibration.openings.get(first_sentence(caption))
    if opening is None or FAMILY_OF[cast(Kind, opening)] == family:
        return 1.0
    return calibration.disagreement


def first_sentence(caption: str) -> str:
    """A caption's first sentence as `openings` spells it."""
    return caption.split(".")[0].strip().lower()
