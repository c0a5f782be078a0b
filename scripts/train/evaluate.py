"""Calibrate a trained model and measure it: `python -m scripts.train.evaluate --model models/alttext-mini-llava`."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from alttext_local.kinds import Calibration
from alttext_local.types import KINDS, Facts
from scripts.train import calibration as calibrate
from scripts.train import card, llava, samples
from scripts.train.calibration import Judged
from scripts.train.run import real_pictures
from scripts.train.shards import Store, drawing_jobs, make_shards, stored, stranger_jobs
from scripts.train.speaker import Speaker
from scripts.train.telling import Teller, truth_by_gate, truth_by_kind

LOG = logging.getLogger(__name__)
FRESH_SEED = 900_004
"""Drawings of this seed are for measuring only."""
STRANGERS = 500
TOKEN_GATE = 0.9
"""Sentences whose least likely token is below are not said: models this small are often wrong below."""
DISAGREEMENT = 0.6
"""What is left of a confidence when the caption speaks of another family."""


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the saved model")
    parser.add_argument("--pictures", type=Path, required=True, help="labelled real pictures (labels.csv) to report on")
    parser.add_argument("--training-pictures", type=Path, help="the training pictures, of which some were held out")
    parser.add_argument("--drop", type=Path, default=Path(__file__).with_name("dropped.txt"), help="files left out")
    parser.add_argument("--work", type=Path, default=Path("build/train"), help="where drawings and readings are kept")
    parser.add_argument("--seed", type=int, default=7, help="the seed of training: it says what was held out")
    parser.add_argument("--drawings", type=int, default=1500)
    parser.add_argument("--table", action="store_true", help="write calibration.json and the card's tables")
    return parser.parse_args(arguments)


def fresh_drawings(options: argparse.Namespace) -> Store:
    """Drawings that training never saw, as drawn: neither cropped nor worn."""
    options.work.mkdir(parents=True, exist_ok=True)
    jobs = drawing_jobs(options.work, llava.SIDE, options.drawings, FRESH_SEED, clean=True)
    make_shards(jobs, os.cpu_count() or 1, minutes=20)
    return stored(options.work, f"drawn-{FRESH_SEED}-*")


def on_drawings(options: argparse.Namespace, speaker: Speaker, teller: Teller) -> list[str]:
    """Tables of kinds and truths on fresh drawings."""
    drawn = fresh_drawings(options)
    squares = drawn.squares(range(len(drawn)))
    best = samples.scored(speaker, squares).argmax(1)
    right: dict[str, list[bool]] = {
        kind: [KINDS[b] == kind for b, t in zip(best, drawn.truths, strict=True) if t.kind == kind] for kind in KINDS
    }
    few = range(0, len(drawn), 3)
    told, truths = teller.tell(drawn.squares(few), "description"), [drawn.truths[i] for i in few]
    gate = TOKEN_GATE
    return [
        card.drawn_kinds_table(right),
        card.truth_table(truth_by_gate(told, truths)),
        card.truth_of_kinds_table(truth_by_kind(told, truths, gate), gate),
    ]


def first_calibration(options: argparse.Namespace, speaker: Speaker, drawn: Store) -> tuple[Calibration, list[Judged]]:
    """Weights from the held-out training pictures, and verdicts on those; without them, careful defaults."""
    if options.training_pictures is None:
        return Calibration.default(), []
    _, held = real_pictures(options.training_pictures, options.drop, options.seed)
    seen = samples.see([(p.path, p.kind) for p in held], options.work / "seen")  # type: ignore[misc]
    scores = samples.scored(speaker, np.stack([one.square for one in seen]))
    right = np.mean([KINDS[best] == one.kind for best, one in zip(scores.argmax(1), seen, strict=True)])
    LOG.info("held-out training pictures: %d, kinds right before calibration %.1f %%", len(seen), 100 * right)
    fitted = calibrate.calibrated(seen, scores)
    weighed = replace(
        fitted, openings=calibrate.openings(drawn.truths), disagreement=DISAGREEMENT, token_gate=TOKEN_GATE
    )
    return weighed, calibrate.left_out_verdicts(seen, scores, options.seed)


def on_real(
    options: argparse.Namespace, speaker: Speaker, teller: Teller, weighed: Calibration, held: list[Judged]
) -> tuple[Calibration, list[str]]:
    """(calibration with gates set on half A and on strangers, tables of both halves, of all and of strangers)."""
    strange, strange_scores = strangers_seen(options, speaker)
    apart = calibrate.stranger_verdicts(strange[::2], strange_scores[::2], weighed)
    seen = samples.see(samples.labelled(options.pictures), options.work / "seen")
    squares = np.stack([one.square for one in seen])
    scores = samples.scored(speaker, squares)
    captions = [" ".join(said.sentence for said in told) for told in teller.tell(squares, "caption")]
    plain = calibrate.judged(seen, scores, [""] * len(seen), Calibration())
    verdicts = calibrate.judged(seen, scores, captions, weighed)
    half_a, half_b = calibrate.halves(seen, options.seed)
    rows: list[tuple[str, Calibration, list[Judged]]] = []
    for name, setting, reporting in (("A, reported on B", half_a, half_b), ("B, reported on A", half_b, half_a)):
        gated = calibrate.with_gates(weighed, held + [verdicts[i] for i in setting] * calibrate.HALF_WEIGHT, apart)
        again = calibrate.judged(seen, scores, captions, gated)
        rows.append((name, gated, [again[i] for i in reporting]))
    final = rows[0][1]
    rejected = calibrate.stranger_verdicts(strange[1::2], strange_scores[1::2], final)
    tables = [card.real_table(plain, verdicts), card.claims_table(rows), card.confusion_table(verdicts)]
    tables.append(card.strangers_table(rejected))
    return final, tables


def strangers_seen(options: argparse.Namespace, speaker: Speaker) -> tuple[list[Facts], NDArray[np.float64]]:
    """(what is measured on pictures of no known kind, their kind scores)."""
    make_shards(stranger_jobs(options.work, llava.SIDE, STRANGERS, FRESH_SEED), os.cpu_count() or 1, minutes=5)
    strange = stored(options.work, f"strange-{FRESH_SEED}-*")
    squares = strange.squares(range(len(strange)))
    return [samples.measured_inside(square) for square in squares], samples.scored(speaker, squares)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure; with `--table` write calibration and card."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    options = parsed(arguments)
    torch.manual_seed(options.seed)
    speaker, teller = samples.load_speaker(options.model), Teller(options.model)
    drawn_tables = on_drawings(options, speaker, teller)
    weighed, held = first_calibration(options, speaker, fresh_drawings(options))
    calibration, real_tables = on_real(options, speaker, teller, weighed, held)
    tables = "\n\n".join(drawn_tables + real_tables)
    print(tables)
    if options.table:
        calibration.save(options.model / "calibration.json")
        card.write(options.model, tables)


if __name__ == "__main__":
    main()
