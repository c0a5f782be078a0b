"""Fit a calibration: weights on held-out real pictures, gates on other labelled ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from alttext_local.kinds import Calibration, Scale, features, first_sentence, judge
from alttext_local.types import FAMILY_OF, KINDS, Facts, Kind, Verdict
from scripts.train.samples import Seen
from scripts.train.shards import Truth

STRENGTH = 0.03
"""Of the ridge. Cross-validation on the held-out pictures chooses a tenth of it, and is a little deceived: they come
from the same collections as the training pictures, and what a weak ridge learns of those is wrong on others.
Chosen with a view of the labelled pictures too."""
FOLDS = 5
MARGIN = 1.0
"""Standard errors by which the share of right claims must be over the aim."""
NEVER = 1.01
"""A gate that no confidence passes: where no other one keeps the promise, nothing is claimed."""
AIM = 0.95
"""Share of right claims that a gate is set for; the promise is lower, as sets differ."""
FEWEST_CLAIMS = 20
STRANGERS_LET_THROUGH = 0.1
"""Share of the pictures of no known kind that a gate may let pass."""
HALF_WEIGHT = 3
"""A picture of the half that gates are set on counts as so many held-out training pictures."""
GATES = tuple(round(0.3 + 0.01 * step, 2) for step in range(70))


@dataclass(frozen=True)
class Judged:
    """One real picture, its true kind and the verdict on it."""

    kind: Kind
    verdict: Verdict


def measured(seen: Sequence[Seen]) -> list[dict[str, float]]:
    """The features of each picture."""
    return [features(one.facts, one.reading) for one in seen]


def standardised(rows: Sequence[dict[str, float]]) -> tuple[dict[str, Scale], NDArray[np.float64]]:
    """(scales, features [pictures, names]); what a picture lacks counts as the mean."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    values = np.array([[row.get(name, np.nan) for name in names] for row in rows])
    mean, deviation = np.nanmean(values, 0), np.nanstd(values, 0) + 1e-6
    scaled = np.nan_to_num((values - mean) / deviation).clip(-3, 3)
    scales = {name: Scale(float(m), float(d)) for name, m, d in zip(names, mean, deviation, strict=True)}
    return scales, scaled


@dataclass(frozen=True)
class Fit:
    """A multinomial ridge: sharpness of the model's scores [1], weights [features, kinds], bias [kinds]."""

    sharpness: torch.Tensor
    weights: torch.Tensor
    bias: torch.Tensor

    def logits(self, scores: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """Calibrated logits [pictures, kinds]."""
        return scores * self.sharpness.exp() + values @ self.weights + self.bias


def fit(scores: torch.Tensor, values: torch.Tensor, kinds: torch.Tensor, strength: float) -> Fit:
    """Fit on log-scores [pictures, kinds], features [pictures, features] and true kinds [pictures]."""
    parts = [torch.zeros(1), torch.zeros(values.shape[1], len(KINDS)), torch.zeros(len(KINDS))]
    parts = [part.double().requires_grad_() for part in parts]
    fitted = Fit(*parts)
    optimiser = torch.optim.LBFGS(parts, max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        wrong = torch.nn.functional.cross_entropy(fitted.logits(scores, values), kinds)
        total = wrong + strength * (fitted.weights.pow(2).sum() + fitted.bias.pow(2).sum())
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return Fit(*(part.detach() for part in parts))


def calibrated(seen: Sequence[Seen], scores: NDArray[np.float64], strength: float = STRENGTH) -> Calibration:
    """A calibration without gates of its own, fitted on pictures that the model has not seen."""
    scales, values = standardised(measured(seen))
    floored = torch.from_numpy(np.log(np.exp(scores).clip(1e-6)))
    inputs = torch.from_numpy(values)
    kinds = torch.tensor([KINDS.index(one.kind) for one in seen])
    fitted = fit(floored, inputs, kinds, strength)
    weights: dict[str, dict[str, float]] = {
        kind: {name: round(float(fitted.weights[row, column]), 4) for row, name in enumerate(scales)}
        for column, kind in enumerate(KINDS)
    }
    bias: dict[str, float] = {kind: round(float(fitted.bias[column]), 4) for column, kind in enumerate(KINDS)}
    temperature = float((-fitted.sharpness).exp())
    return replace(Calibration(), temperature=round(temperature, 4), scales=scales, weights=weights, bias=bias)


def left_out_verdicts(seen: Sequence[Seen], scores: NDArray[np.float64], seed: int) -> list[Judged]:
    """Verdicts on each picture by a calibration that was fitted without it."""
    folds = np.random.default_rng(seed + 1).permutation(len(seen)) % FOLDS
    verdicts: list[Judged] = []
    for fold in range(FOLDS):
        inside: list[int] = np.flatnonzero(folds != fold).tolist()
        outside: list[int] = np.flatnonzero(folds == fold).tolist()
        fitted = calibrated([seen[i] for i in inside], scores[inside])
        verdicts += judged([seen[i] for i in outside], scores[outside], [""] * len(outside), fitted)
    return verdicts


def openings(truths: Iterable[Truth], fewest: int = 5) -> dict[str, str]:
    """Which kind each first sentence of the drawings speaks of."""
    counts = Counter((first_sentence(truth.sentences[0]), truth.kind) for truth in truths if truth.sentences)
    kinds_of = Counter(opening for opening, _ in counts)
    return {o: kind for (o, kind), times in sorted(counts.items()) if times >= fewest and kinds_of[o] == 1}


def judged(
    seen: Sequence[Seen], scores: NDArray[np.float64], captions: Sequence[str], calibration: Calibration
) -> list[Judged]:
    """The product's verdict on each picture."""
    return [
        Judged(
            one.kind,
            judge(dict(zip(KINDS, np.exp(row), strict=True)), one.facts, one.reading, calibration, caption),
        )
        for one, row, caption in zip(seen, scores, captions, strict=True)
    ]


def halves(seen: Sequence[Seen], seed: int) -> tuple[list[int], list[int]]:
    """Two halves, stratified by kind."""
    generator = np.random.default_rng(seed)
    first: list[int] = []
    second: list[int] = []
    for kind in KINDS:
        members = [index for index, one in enumerate(seen) if one.kind == kind]
        for index in generator.permutation(members):
            (first if len(first) <= len(second) else second).append(int(index))
    return sorted(first), sorted(second)


def with_gates(calibration: Calibration, verdicts: Sequence[Judged], strangers: Sequence[Verdict] = ()) -> Calibration:
    """Set the lowest gates over which claims about these pictures are right often enough, and few strangers pass."""
    families = [(j.verdict.family_confidence, FAMILY_OF[j.kind] == j.verdict.family) for j in verdicts]
    kinds = [
        (j.verdict.kind_confidence, j.kind == j.verdict.kind)
        for j in verdicts
        if FAMILY_OF[j.verdict.kind] == j.verdict.family
    ]
    return replace(
        calibration,
        kind_gate=max(gate(kinds), floor([verdict.kind_confidence for verdict in strangers])),
        family_gate=max(gate(families), floor([verdict.family_confidence for verdict in strangers])),
    )


def floor(confidences: Sequence[float]) -> float:
    """The lowest gate that holds back all but a few of these pictures, of which any claim is wrong."""
    for candidate in GATES:
        if sum(one >= candidate for one in confidences) <= STRANGERS_LET_THROUGH * len(confidences):
            return candidate
    return NEVER


def stranger_verdicts(seen: Sequence[Facts], scores: NDArray[np.float64], calibration: Calibration) -> list[Verdict]:
    """The product's verdict on pictures of no known kind, measured but not read."""
    return [
        judge(dict(zip(KINDS, np.exp(row), strict=True)), facts, None, calibration)
        for facts, row in zip(seen, scores, strict=True)
    ]


def gate(claims: Sequence[tuple[float, bool]], aim: float = AIM) -> float:
    """The lowest gate from which on (confidence, right) claims are right in `aim` of the cases, with a margin."""
    for candidate in GATES:
        kept = [right for confidence, right in claims if confidence >= candidate]
        if len(kept) < FEWEST_CLAIMS:
            return NEVER
        share = sum(kept) / len(kept)
        if share - MARGIN * (share * (1 - share) / len(kept)) ** 0.5 >= aim:
            return candidate
    return NEVER
