"""Fit a model's calibration and set its gates: `python -m scripts.train.calibrate --model models/alttext-mini-llava`.

It comes after training and before `python -m scripts.evaluate`, which only measures. It writes `calibration.json`, and
into `training.json` what the gates were set on; `scripts/pin.py` must then write the new hashes into the catalogue.
Four steps, each on pictures that the model was not trained on:

1. Weights of the kinds, on the held-out training pictures (`--training-pictures`); without them there are none.
2. Which kind the first sentences of captions speak of, on drawings of a seed of this step's own.
3. The token gate: the lowest at which the sentences about those drawings are true often enough (`TRUE_SENTENCES`).
4. The gates of kind and family: the lowest at which claims about the held-out training pictures (each judged by weights
   fitted without it), together with half A of the labelled pictures (`--pictures`), are right in `calibration.AIM` of
   the cases, and strangers (drawn ones, and real ones that were held out) pass in
   `calibration.STRANGERS_LET_THROUGH` at most.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from alttext_local.kinds import Calibration
from alttext_local.types import KINDS, Verdict
from scripts.train import calibration, llava, samples
from scripts.train.calibration import Judged
from scripts.train.drawings.drawing import UNKNOWN
from scripts.train.run import real_pictures
from scripts.train.samples import Seen
from scripts.train.shards import Store, drawing_jobs, make_shards, stored, stranger_jobs
from scripts.train.speaker import Speaker
from scripts.train.telling import TOKEN_GATES, Teller, TruthRow, truth_by_gate

LOG = logging.getLogger(__name__)
SEED_OF_DRAWINGS = 900_005
"""Drawings and strangers of this seed set gates; they are neither trained on nor measured on."""
DRAWINGS, STRANGERS = 1000, 500
TRUE_SENTENCES = 0.96
"""Share of the sentences over the token gate that are true, at least; the promise is 95 %."""
DISAGREEMENT = 0.6
"""What is left of a confidence when the caption speaks of another family."""


@dataclass(frozen=True)
class Record:
    """What the gates were set on, for the model card."""

    held_out: int
    """Training pictures that were held out."""
    held_out_strangers: int
    half_a: int
    """Labelled pictures of half A."""
    half_seed: int
    """The seed of the halves."""
    strangers: int
    drawings: int


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Fit a model's calibration and set its gates.")
    parser.add_argument("--model", type=Path, required=True, help="folder of the saved model")
    parser.add_argument("--pictures", type=Path, help="labelled real pictures (labels.csv); half A sets gates")
    parser.add_argument(
        "--training-pictures", type=Path, nargs="*", default=(), help="folders of training pictures: some were held out"
    )
    parser.add_argument("--drop", type=Path, default=Path(__file__).with_name("dropped.txt"), help="files left out")
    parser.add_argument("--work", type=Path, default=Path("build/train"), help="where drawings and readings are kept")
    parser.add_argument("--seed", type=int, default=7, help="the seed of training: it says what was held out")
    parser.add_argument("--drawings", type=int, default=DRAWINGS)
    parser.add_argument("--token-gate", type=float, help="set it by hand instead of step 3")
    return parser.parse_args(arguments)


def fit(options: argparse.Namespace) -> tuple[Calibration, Record]:
    """All four steps; needs drawings of this step's seed, which are made where they are not there."""
    speaker, teller = samples.load_speaker(options.model), Teller(options.model)
    drawn = _drawings(options)
    pictures = _held_out(options)
    weighed, held = _weights([one for one in pictures if one.kind != UNKNOWN], options, speaker)
    weighed = replace(
        weighed,
        openings=calibration.openings(drawn.truths),
        disagreement=DISAGREEMENT,
        token_gate=options.token_gate or token_gate(_truth_rows(drawn, teller)),
    )
    half_a = _half_a(options, speaker, teller, weighed)
    strange = [one for one in pictures if one.kind == UNKNOWN]
    strangers = _strangers(options, speaker, weighed) + _real_strangers(strange, speaker, weighed)
    judged = held + half_a * (calibration.HALF_WEIGHT if held else 1)
    gated = calibration.with_gates(weighed, judged, strangers) if judged else weighed
    return gated, Record(len(held), len(strange), len(half_a), options.seed, len(strangers), len(drawn))


def token_gate(rows: Sequence[TruthRow], aim: float = TRUE_SENTENCES) -> float:
    """The lowest gate at which at least `aim` of the sentences are true; the highest one where there is none."""
    return min((row.gate for row in rows if row.said and row.true >= aim), default=max(row.gate for row in rows))


def _drawings(options: argparse.Namespace) -> Store:
    options.work.mkdir(parents=True, exist_ok=True)
    jobs = drawing_jobs(options.work, llava.SIDE, options.drawings, SEED_OF_DRAWINGS, clean=True)
    make_shards(jobs, os.cpu_count() or 1, minutes=20)
    return stored(options.work, f"drawn-{SEED_OF_DRAWINGS}-*")


def _truth_rows(drawn: Store, teller: Teller) -> list[TruthRow]:
    few = range(0, len(drawn), 2)
    told = teller.tell(drawn.squares(few), "description")
    rows = truth_by_gate(told, [drawn.truths[i] for i in few], TOKEN_GATES)
    LOG.info("sentences true by gate: %s", ", ".join(f"{r.gate:.2f} {100 * r.true:.1f} %" for r in rows))
    return rows


def _held_out(options: argparse.Namespace) -> list[Seen]:
    """What was held out of the training pictures, strangers among it."""
    held = [
        (picture.path, picture.kind)
        for folder in options.training_pictures
        for picture in real_pictures(folder, options.drop, options.seed)[1]
    ]
    return samples.see(held, options.work / "seen")  # type: ignore[arg-type]


def _weights(seen: Sequence[Seen], options: argparse.Namespace, speaker: Speaker) -> tuple[Calibration, list[Judged]]:
    """Weights from the held-out training pictures, and verdicts on those; without them, careful defaults."""
    if not seen:
        return Calibration.default(), []
    scores = samples.scored(speaker, np.stack([one.square for one in seen]))
    right = np.mean([KINDS[best] == one.kind for best, one in zip(scores.argmax(1), seen, strict=True)])
    LOG.info("held-out training pictures: %d, kinds right before calibration %.1f %%", len(seen), 100 * right)
    return calibration.calibrated(seen, scores), calibration.left_out_verdicts(seen, scores, options.seed)


def _half_a(options: argparse.Namespace, speaker: Speaker, teller: Teller, weighed: Calibration) -> list[Judged]:
    if options.pictures is None:
        return []
    seen = samples.see(samples.labelled(options.pictures), options.work / "seen")
    first, _ = calibration.halves(seen, options.seed)
    half = [seen[i] for i in first]
    squares = np.stack([one.square for one in half])
    captions = [" ".join(said.sentence for said in told) for told in teller.tell(squares, "caption")]
    return calibration.judged(half, samples.scored(speaker, squares), captions, weighed)


def _strangers(options: argparse.Namespace, speaker: Speaker, weighed: Calibration) -> list[Verdict]:
    make_shards(stranger_jobs(options.work, llava.SIDE, STRANGERS, SEED_OF_DRAWINGS), os.cpu_count() or 1, minutes=5)
    strange = stored(options.work, f"strange-{SEED_OF_DRAWINGS}-*")
    squares = strange.squares(range(len(strange)))
    measured = [samples.measured_inside(square) for square in squares]
    return calibration.stranger_verdicts(measured, samples.scored(speaker, squares), weighed)


def _real_strangers(seen: Sequence[Seen], speaker: Speaker, weighed: Calibration) -> list[Verdict]:
    if not seen:
        return []
    scores = samples.scored(speaker, np.stack([one.square for one in seen]))
    return calibration.stranger_verdicts([one.facts for one in seen], scores, weighed)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and write."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    options = parsed(arguments)
    torch.manual_seed(options.seed)
    fitted, record = fit(options)
    fitted.save(options.model / "calibration.json")
    path = options.model / "training.json"
    trained = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps({**trained, "calibration": asdict(record)}, indent=1) + "\n", encoding="utf-8")
    LOG.info(
        "%s: gates of kind %.2f, family %.2f, token %.2f; set on %s",
        options.model.name,
        fitted.kind_gate,
        fitted.family_gate,
        fitted.token_gate,
        record,
    )


if __name__ == "__main__":
    main()
