"""Real pictures with all that a verdict rests on: measured facts, what OCR reads, a model's kind scores."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer
from transformers import AutoConfig, Blip2ForConditionalGeneration, LlavaForConditionalGeneration

from alttext_local.ocr.pool import choose_engine
from alttext_local.ocr.reader import OcrEngine, OcrFailed
from alttext_local.pictures.facts import measure
from alttext_local.pictures.pixels import to_rgb
from alttext_local.types import KINDS, Facts, Kind, Reading, Word
from scripts.train import llava
from scripts.train.batches import normalised
from scripts.train.blip2 import Blip2Speaker
from scripts.train.pictures import FILL, letterbox
from scripts.train.speaker import LlavaSpeaker, Speaker, label_scores

OCR_SECONDS = 20.0


@dataclass(frozen=True)
class Seen:
    """A real picture as the product meets it, but for the model."""

    name: str
    kind: Kind
    facts: Facts
    reading: Reading | None
    square: NDArray[np.uint8]


def labelled(folder: Path) -> list[tuple[Path, Kind]]:
    """The pictures of a folder with a `labels.csv` (file, kind)."""
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as lines:
        rows = [(folder / row["file"], row["kind"]) for row in csv.DictReader(lines)]
    return [(path, kind) for path, kind in rows if kind in KINDS]


def see(pictures: Sequence[tuple[Path, Kind]], cache: Path) -> list[Seen]:
    """Open, measure and read each picture; OCR is slow, so what was seen is kept in `cache`."""
    cache.mkdir(parents=True, exist_ok=True)
    engine = choose_engine()
    seen = []
    for path, kind in pictures:
        with Image.open(path) as opened:
            opened.load()
            image = to_rgb(opened)
        kept = cache / f"{sha256(path.read_bytes()).hexdigest()}.json"
        if not kept.is_file():
            kept.write_text(json.dumps(_read(engine, image)))
        reading = _reading(json.loads(kept.read_text()))
        seen.append(
            Seen(path.name, kind, measure(image, *image.size), reading, np.asarray(letterbox(image, llava.SIDE)))
        )
    engine.close()
    return seen


def measured_inside(square: NDArray[np.uint8]) -> Facts:
    """What is measured on a square [side, side, 3] without its padding."""
    inside = (square != np.array(FILL, np.uint8)).any(2)
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    kept = square[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else square
    image = Image.fromarray(kept)
    return measure(image, *image.size)


def _read(engine: OcrEngine, image: Image.Image) -> dict[str, Any] | None:
    """What OCR reads, as plain values; None where it fails."""
    try:
        return asdict(engine.read(image, "en", OCR_SECONDS))
    except OcrFailed:
        return None


def _reading(values: dict[str, Any] | None) -> Reading | None:
    if values is None:
        return None
    words = tuple(Word(w["text"], w["confidence"], tuple(w["box"]), w["line"]) for w in values["words"])
    return Reading(**values | {"words": words, "image_size": tuple(values["image_size"])})


def load_speaker(folder: Path) -> Speaker:
    """A saved model of either shape, in fp32, with its tokenizer."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    if AutoConfig.from_pretrained(folder).model_type == "llava":
        return LlavaSpeaker(LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32), tokenizer)
    return Blip2Speaker(Blip2ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32), tokenizer)


def scored(speaker: Speaker, squares: NDArray[np.uint8], batch: int = 32) -> NDArray[np.float64]:
    """Kind log-probabilities [pictures, kinds] of squares [pictures, side, side, 3]."""
    parts = [
        label_scores(speaker, normalised(squares[start : start + batch])).double().numpy()
        for start in range(0, len(squares), batch)
    ]
    return np.concatenate(parts)
