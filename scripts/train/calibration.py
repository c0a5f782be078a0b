"""Fit a calibration: weights on real pictures and drawings that the model has not seen, gates on the real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from alttext_local.kinds import FLOOR, Calibration, Scale, features, first_sentence, judge
from alttext_local.types import FAMILY_OF, KINDS, Kind, Verdict
from scripts.train.drawings.drawing import UNKNOWN
from scripts.train.heads import kind_targets
from scripts.train.samples import Seen
from scripts.train.shards import Truth

STRENGTH = 0.01
"""Of the ridge, chosen by cross-validation over repositories."""
FOLDS = 5
MARGIN = 1.0
"""Standard errors by which the share of right claims must be over the aim."""
NEVER = 1.01
"""A gate that no confidence passes: where no other one keeps the promise, nothing is claimed."""
AIM = 0.95
"""Share of right claims that a gate is set for; the promise is lower, as sets differ."""
FEWEST_CLAIMS = 20
FEWEST_OF_A_NAME = 12
"""Claims of one kind, or of one family, that its own gate is set on; with fewer it has the gate of all."""
STRANGERS_LET_THROUGH = 0.1
"""Share of the pictures of no known kind that a gate may let pass."""
GATES = tuple(round(0.3 + 0.01 * step, 2) for step in range(70))


@dataclass(frozen=True)
class Judged:
    """One real picture, its true kind and the verdict on it."""

    kind: str
    """`UNKNOWN` of a stranger."""
    verdict: Verdict

    @property
    def kind_right(self) -> bool:
        """Whether the likeliest kind is the true one."""
        return self.verdict.kind == self.kind

    @property
    def family_right(self) -> bool:
        """Whether the likeliest family is the true one."""
        return self.verdict.family == FAMILY_OF[cast(Kind, self.kind)]


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


def fit(
    scores: torch.Tensor, values: torch.Tensor, wanted: torch.Tensor, counted: torch.Tensor, strength: float
) -> Fit:
    """Fit on log-scores [pictures, kinds], features [pictures, features], what is wanted of each picture
    [pictures, kinds] and how much it counts [pictures].
    """
    parts = [torch.zeros(1), torch.zeros(values.shape[1], len(KINDS)), torch.zeros(len(KINDS))]
    parts = [part.double().requires_grad_() for part in parts]
    fitted = Fit(*parts)
    optimiser = torch.optim.LBFGS(parts, max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        wrong = -(wanted * fitted.logits(scores, values).log_softmax(1)).sum(1)
        total = (counted * wrong).sum() / counted.sum()
        total = total + strength * (fitted.weights.pow(2).sum() + fitted.bias.pow(2).sum())
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return Fit(*(part.detach() for part in parts))


@dataclass(frozen=True)
class Sample:
    """Pictures that a calibration is fitted on, with a model's kind log-scores [pictures, kinds]."""

    seen: Sequence[Seen]
    scores: NDArray[np.float64]
    real: bool

    def some(self, indices: Sequence[int]) -> Sample:
        """Some of them."""
        return Sample([self.seen[i] for i in indices], self.scores[list(indices)], self.real)


def calibrated(samples: Sequence[Sample], strength: float = STRENGTH) -> Calibration:
    """A calibration without gates of its own, fitted on pictures that the model has not seen.

    Real pictures and drawings count alike as a whole, however many there are of each; of a stranger all kinds are
    wanted alike.
    """
    seen = [one for sample in samples for one in sample.seen]
    scales, values = standardised(measured(seen))
    scores = np.concatenate([sample.scores for sample in samples])
    counted = np.concatenate([np.full(len(sample.seen), 1 / _alike(samples, sample)) for sample in samples])
    fitted = fit(
        torch.from_numpy(np.log(np.exp(scores).clip(FLOOR))),
        torch.from_numpy(values),
        kind_targets([one.kind for one in seen]).double(),
        torch.from_numpy(counted),
        strength,
    )
    weights: dict[str, dict[str, float]] = {
        kind: {name: round(float(fitted.weights[row, column]), 4) for row, name in enumerate(scales)}
        for column, kind in enumerate(KINDS)
    }
    bias: dict[str, float] = {kind: round(float(fitted.bias[column]), 4) for column, kind in enumerate(KINDS)}
    temperature = float((-fitted.sharpness).exp())
    return replace(Calibration(), temperature=round(temperature, 4), scales=scales, weights=weights, bias=bias)


def _alike(samples: Sequence[Sample], one: Sample) -> int:
    return sum(len(sample.seen) for sample in samples if sample.real == one.real)


def left_out_verdicts(real: Sample, drawn: Sequence[Sample], seed: int) -> list[Judged]:
    """Verdicts on each real picture by a calibration that was fitted without its whole repository."""
    sources = sorted({one.source for one in real.seen})
    order = np.random.default_rng(seed + 1).permutation(len(sources))
    fold_of = {sources[source]: place % FOLDS for place, source in enumerate(order)}
    verdicts: dict[int, Judged] = {}
    for fold in range(FOLDS):
        inside = [i for i, one in enumerate(real.seen) if fold_of[one.source] != fold]
        outside = [i for i, one in enumerate(real.seen) if fold_of[one.source] == fold]
        fitted = calibrated([real.some(inside), *drawn])
        left = real.some(outside)
        verdicts |= dict(zip(outside, judged(left.seen, left.scores, [""] * len(outside), fitted), strict=True))
    return [verdicts[i] for i in range(len(real.seen))]


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


def with_gates(calibration: Calibration, verdicts: Sequence[Judged]) -> Calibration:
    """Set the lowest gates over which claims about these pictures are right often enough, and few strangers pass.

    A kind and a family each has a gate of its own where enough is claimed of it, else that of all. Strangers hold up
    the gate of all alone: of one name there are too few to say.
    """
    strangers = [one.verdict for one in verdicts if one.kind == UNKNOWN]
    known = [one for one in verdicts if one.kind != UNKNOWN]
    families = [(one.verdict.family, one.verdict.family_confidence, one.family_right) for one in known]
    agreeing = [one for one in known if FAMILY_OF[one.verdict.kind] == one.verdict.family]
    kinds = [(one.verdict.kind, one.verdict.kind_confidence, one.kind_right) for one in agreeing]
    kind_floor = floor([one.kind_confidence for one in strangers])
    family_floor = floor([one.family_confidence for one in strangers])
    return replace(
        calibration,
        kind_gate=max(kind_floor, gate([claim[1:] for claim in kinds])),
        family_gate=max(family_floor, gate([claim[1:] for claim in families])),
        kind_gates=gates_by_name(kinds),
        family_gates=gates_by_name(families),
    )


def gates_by_name(claims: Sequence[tuple[str, float, bool]]) -> dict[str, float]:
    """The gate of each name that is claimed often enough, of (name, confidence, right) claims."""
    found = {}
    for name in sorted({name for name, _, _ in claims}):
        own = gate([(confidence, right) for claimed, confidence, right in claims if claimed == name], FEWEST_OF_A_NAME)
        if own < NEVER:
            found[name] = own
    return found


def floor(confidences: Sequence[float]) -> float:
    """The lowest gate that holds back all but a few of these pictures, of which any claim is wrong."""
    for candidate in GATES:
        if sum(one >= candidate for one in confidences) <= STRANGERS_LET_THROUGH * len(confidences):
            return candidate
    return NEVER


def gate(claims: Sequence[tuple[float, bool]], fewest: int = FEWEST_CLAIMS, aim: float = AIM) -> float:
    """The lowest gate from which on (confidence, right) claims are right in `aim` of the cases, with a margin."""
    for candidate in GATES:
        kept = [right for confidence, right in claims if confidence >= candidate]
        if len(kept) < fewest:
            return NEVER
        share = sum(kept) / len(kept)
        if share - MARGIN * (share * (1 - share) / len(kept)) ** 0.5 >= aim:
            return candidate
    return NEVER
