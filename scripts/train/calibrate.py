"""Fit a model's calibration and set its gates: `python -m scripts.train.calibrate --model models/alttext-mini-llava`.

It comes after training and before `python -m scripts.evaluate`, which only measures. It writes `calibration.json`, and
into `training.json` what it was fitted on; `scripts/pin.py` must then write the new hashes into the catalogue.
Four steps, each on pictures that the model was not trained on:

1. Weights of the kinds, on labelled real pictures in their own size (`--pictures`: held out of the training pictures,
   or of other repositories) and on drawings of a seed of this step's own, strangers among both. Without real
   pictures there are no weights.
2. Which kind the first sentences of captions speak of, on the same drawings.
3. The token gates: the lowest at which the sentences about those drawings are true often enough (`TRUE_SENTENCES`),
   for each topic of each kind that the model speaks of often enough, and one for all others.
4. The gates of kinds and families: the lowest at which claims about the real pictures, each judged by weights that were
   fitted without its repository, are right in `calibration.AIM` of the cases, and strangers among them pass in
   `calibration.STRANGERS_LET_THROUGH` at most.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from alttext_local.kinds import Calibration, sentence_name
from alttext_local.phrases.composing import topic_of
from alttext_local.types import KINDS
from scripts.train import calibration, llava, samples
from scripts.train.calibration import Sample
from scripts.train.drawings.drawing import UNKNOWN
from scripts.train.fresh import Fresh, fresh, squares, strangers
from scripts.train.samples import Labelled
from scripts.train.speaker import Speaker
from scripts.train.telling import TOKEN_GATES, Teller, TruthRow, truth_by_gate
from scripts.train.telling import Said as Own

LOG = logging.getLogger(__name__)
SEED_OF_DRAWINGS = 900_005
"""Drawings and strangers of this seed are fitted on; they are neither trained on nor measured on."""
DRAWINGS, STRANGERS = 1200, 240
TRUE_SENTENCES = 0.96
"""Share of the sentences over the token gate that are true, at least; the promise is 95 %."""
DISAGREEMENT = 0.6
"""What is left of a confidence when the caption speaks of another family."""


@dataclass(frozen=True)
class Record:
    """What the calibration was fitted on, for the model card."""

    real: int
    """Labelled real pictures."""
    real_strangers: int
    """Of these, of no known kind."""
    drawings: int
    drawn_strangers: int


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Fit a model's calibration and set its gates.")
    parser.add_argument("--model", type=Path, required=True, help="folder of the saved model")
    parser.add_argument("--pictures", type=Path, nargs="*", default=(), help="labelled real pictures (labels.csv)")
    parser.add_argument("--work", type=Path, default=Path("build/train"), help="where drawings and readings are kept")
    parser.add_argument("--seed", type=int, default=7, help="the seed of training")
    parser.add_argument("--drawings", type=int, default=DRAWINGS)
    return parser.parse_args(arguments)


def fit(options: argparse.Namespace) -> tuple[Calibration, Record]:
    """All four steps; needs drawings of this step's seed, which are made where they are not there."""
    speaker = samples.load_speaker(options.model)
    drawn = fresh(options.work, SEED_OF_DRAWINGS, options.drawings)
    strange = strangers(options.work, SEED_OF_DRAWINGS, STRANGERS)
    read = [_sample(_of_drawings(ones), options, speaker, real=False) for ones in (drawn, strange)]
    labelled = [one for folder in options.pictures for one in samples.labelled(folder)]
    real = _sample(labelled, options, speaker, real=True)
    weighed = calibration.calibrated([real, *read]) if real.seen else Calibration.default()
    weighed = replace(
        weighed,
        openings=calibration.openings([one.truth for one in drawn]),
        disagreement=DISAGREEMENT,
    )
    weighed = with_token_gates(weighed, _told(drawn, Teller(options.model)), drawn)
    if real.seen:
        weighed = calibration.with_gates(weighed, calibration.left_out_verdicts(real, read, options.seed))
    real_strangers = sum(one.kind == UNKNOWN for one in real.seen)
    return weighed, Record(len(real.seen), real_strangers, len(drawn), len(strange))


def token_gate(rows: Sequence[TruthRow], aim: float = TRUE_SENTENCES) -> float:
    """The lowest gate at which at least `aim` of the sentences are true; the highest one where there is none."""
    return min((row.gate for row in rows if row.said and row.true >= aim), default=max(row.gate for row in rows))


def _sample(pictures: Sequence[Labelled], options: argparse.Namespace, speaker: Speaker, *, real: bool) -> Sample:
    seen = samples.see(pictures, options.work / "seen")
    squares = np.stack([one.square for one in seen]) if seen else np.zeros((0, llava.SIDE, llava.SIDE, 3), np.uint8)
    scores = samples.scored(speaker, squares) if seen else np.zeros((0, len(KINDS)))
    return Sample(seen, scores, real)


def _of_drawings(drawn: Sequence[Fresh]) -> list[Labelled]:
    return [Labelled(one.path, one.truth.kind, "drawn") for one in drawn]


def with_token_gates(weighed: Calibration, told: Sequence[Sequence[Own]], drawn: Sequence[Fresh]) -> Calibration:
    """Set the gates of the model's own sentences on what it told of drawings."""
    claims = [
        (sentence_name(one.truth.kind, topic_of(own.sentence)), own.sureness, own.sentence in one.truth.sentences)
        for one, sentences in zip(drawn, told, strict=True)
        for own in sentences
    ]
    rows = truth_by_gate(told, [one.truth for one in drawn], TOKEN_GATES)
    LOG.info("sentences true by gate: %s", ", ".join(f"{r.gate:.2f} {100 * r.true:.1f} %" for r in rows))
    return replace(weighed, token_gate=token_gate(rows), token_gates=calibration.gates_by_name(claims))


def _told(drawn: Sequence[Fresh], teller: Teller) -> list[list[Own]]:
    return teller.tell(squares(drawn), "description")


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
    LOG.info("%s: gates of kind %.2f %s", options.model.name, fitted.kind_gate, fitted.kind_gates)
    LOG.info("of family %.2f %s, of token %.2f", fitted.family_gate, fitted.family_gates, fitted.token_gate)
    LOG.info("own gates of sentences: %s", fitted.token_gates)
    LOG.info("set on %s", record)


if __name__ == "__main__":
    main()
