"""Measure the product with each model: `python -m scripts.evaluate --model models/alttext-mini-llava --checking DIR`.

Answers are kept in the work folder under a fingerprint of the product's source, the weights and the calibration, and
each part's figures under one of what measures and of the options besides. So a run that was cut off goes on where it
was, and a change of any of these measures anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from scripts.evaluate import end_to_end, on_drawings, on_real, product, report, speed
from scripts.evaluate.topics import Checked
from scripts.evaluate.truth import vocabulary_of
from scripts.train.fresh import Fresh, fresh, strangers

LOG = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
SEED_OF_DRAWINGS = 900_009
"""Drawings of this seed are for measuring only."""
PARTS = ("kinds_alone", "texts", "own_sentences", "real", "strangers", "charts", "api", "speed")


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measure the whole product with its models.")
    parser.add_argument("--model", type=Path, nargs="+", required=True, help="folders; the first picks the gallery")
    parser.add_argument("--checking", type=Path, nargs="*", default=(), help="labelled real pictures (labels.csv)")
    parser.add_argument("--charts", type=Path, help="real charts with their facts (facts.json)")
    parser.add_argument("--seed-of-drawings", type=int, default=SEED_OF_DRAWINGS)
    parser.add_argument("--drawings", type=int, default=1440, help="for the kinds by the model alone")
    parser.add_argument("--texts", type=int, default=480, help="of these, so many for the product's texts")
    parser.add_argument("--strangers", type=int, default=200, help="pictures of no known kind")
    parser.add_argument("--api", type=int, default=200, help="drawings through the HTTP API")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="measure these; others where kept")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "evaluate", help="what is kept between runs")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "quality", help="folder of the JSON and pictures")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "QUALITY.md")
    parser.add_argument("--no-cards", action="store_true", help="leave the model cards as they are")
    return parser.parse_args(arguments)


class Evaluation:
    """One model's parts, each measured once for a state of things."""

    def __init__(self, options: argparse.Namespace, model: Path, drawn: Sequence[Fresh]) -> None:
        self._options = options
        self._model = model
        self._drawn = drawn
        product_state = fingerprint(
            [*_sources("alttext_local"), model / "model.safetensors", model / "calibration.json"]
        )
        self._answers = options.work / model.name / product_state / "answers.jsonl"
        state = fingerprint([*_sources("scripts/evaluate"), *_sources("scripts/train/drawings")], _chosen(options))
        self._folder = self._answers.parent / state
        self._folder.mkdir(parents=True, exist_ok=True)

    def checked(self) -> list[Checked]:
        """The product's texts on the first drawings, checked."""
        few = self._drawn[: self._options.texts]
        said = product.say(self._model, [one.path for one in few], self._answers)
        return on_drawings.texts_checked(few, said, self._drawn)

    def figures(self) -> dict[str, Any]:
        """All parts that were asked for and can be measured, as plain data."""
        figures: dict[str, Any] = {"model": self._model.name, "seed_of_drawings": self._options.seed_of_drawings}
        for name, measure in self._measures():
            if name in self._options.parts or (self._folder / f"{name}.json").is_file():
                figures[name] = self._once(name, measure)
        return figures

    def _measures(self) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
        options, model, drawn = self._options, self._model, self._drawn
        yield "kinds_alone", lambda: on_drawings.kinds_alone(model, drawn)
        yield "texts", lambda: on_drawings.texts(self.checked())
        yield "own_sentences", self._own_sentences
        if options.checking:
            yield "real", self._real
        if options.strangers:
            strange = strangers(options.work, options.seed_of_drawings, options.strangers)
            yield "strangers", lambda: on_real.strangers(model, strange, self._answers)
        if options.charts:
            yield "charts", self._charts
        if options.api:
            yield "api", lambda: end_to_end.through_api(model, drawn[: options.api])
        yield "speed", lambda: speed.speed(model)

    def _real(self) -> dict[str, Any]:
        """By the folders' names."""
        model, work = self._model, self._options.work
        return {folder.name: on_real.labelled(model, folder, work, self._answers) for folder in self._options.checking}

    def _own_sentences(self) -> dict[str, Any]:
        few = self._drawn[: self._options.texts]
        return on_drawings.own_sentences(self._model, few, [one.said for one in self.checked()])

    def _charts(self) -> dict[str, Any]:
        pictures = on_real.chart_pictures(self._options.charts)
        said = product.say(self._model, [path for path, _ in pictures], self._answers)
        vocabulary = vocabulary_of([on_drawings.known_of(one) for one in self._drawn])
        return on_real.charts(pictures, said, vocabulary)

    def _once(self, name: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        path = self._folder / f"{name}.json"
        if not path.is_file():
            began = time.monotonic()
            LOG.info("%s: %s", self._model.name, name)
            unfinished = path.with_suffix(".part")
            unfinished.write_text(json.dumps(measure(), ensure_ascii=False), encoding="utf-8")
            unfinished.replace(path)
            LOG.info("%s: %s took %.0f s", self._model.name, name, time.monotonic() - began)
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return document


def fingerprint(paths: Sequence[Path], more: str = "") -> str:
    """Of everything that figures depend on: files and words."""
    digest = hashlib.sha256(more.encode())
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".toml"))


def _chosen(options: argparse.Namespace) -> str:
    names = ("seed_of_drawings", "drawings", "texts", "strangers", "api", "checking", "charts")
    return repr([(name, str(getattr(options, name))) for name in names])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("alttext_local").setLevel(logging.WARNING)
    options = parsed(arguments)
    torch.manual_seed(7)
    drawn = fresh(options.work, options.seed_of_drawings, max(options.drawings, options.texts, options.api))
    by_model: dict[str, Sequence[Checked]] = {}
    for model in options.model:
        evaluation = Evaluation(options, model, drawn)
        figures = evaluation.figures()
        by_model[model.name] = evaluation.checked()
        report.write_figures(options.out, figures)
        if not options.no_cards:
            report.write_card(model, figures)
    report.write_gallery(options.out, by_model, drawn)
    report.write_page(options.out, options.page)
    LOG.info("written: %s and %s", options.out, options.page)


if __name__ == "__main__":
    main()
