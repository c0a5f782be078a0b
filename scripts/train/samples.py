"""Real pictures with all that a verdict rests on: measured facts, what OCR reads, a model's kind scores."""

from __future__ import annotations

import csv
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer
from transformers import AutoConfig, Blip2ForConditionalGeneration, LlavaForConditionalGeneration

from alttext_local.ocr.pool import choose_engine
from alttext_local.ocr.reader import OcrFailed
from alttext_local.pictures.facts import measure
from alttext_local.pictures.pixels import to_rgb
from alttext_local.types import KINDS, Facts, Kind, Reading
from scripts.train import llava
from scripts.train.batches import normalised
from scripts.train.blip2 import Blip2Speaker
from scripts.train.pictures import letterbox
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
    return [(path, kind) for path, kind in rows if kind in KINDS]  # type: ignore[misc]


def see(pictures: Sequence[tuple[Path, Kind]], cache: Path) -> list[Seen]:
    """Open, measure and read each picture; OCR is slow, so what was seen is kept in `cache`."""
    cache.mkdir(parents=True, exist_ok=True)
    engine = choose_engine()
    seen = []
    for path, kind in pictures:
        kept = cache / f"{sha256(path.read_bytes()).hexdigest()}.pickle"
        if not kept.is_file():
            with Image.open(path) as opened:
                opened.load()
                image = to_rgb(opened)
            try:
                reading = engine.read(image, "en", OCR_SECONDS)
            except OcrFailed:
                reading = None
            square = np.asarray(letterbox(image, llava.SIDE))
            kept.write_bytes(pickle.dumps((measure(image, *image.size), reading, square)))
        facts, reading, square = pickle.loads(kept.read_bytes())
        seen.append(Seen(path.name, kind, facts, reading, square))
    engine.close()
    return seen


def load_speaker(folder: Path) -> Speaker:
    """A saved model of either shape, in fp32, with its tokenizer."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    if AutoConfig.from_pretrained(folder).model_type == "llava":
        return LlavaSpeaker(LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval(), tokenizer)
    return Blip2Speaker(Blip2ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval(), tokenizer)


def scored(speaker: Speaker, squares: NDArray[np.uint8], batch: int = 32) -> NDArray[np.float64]:
    """Kind log-probabilities [pictures, kinds] of squares [pictures, side, side, 3]."""
    parts = [
        label_scores(speaker, normalised(squares[start : start + batch])).double().numpy()
        for start in range(0, len(squares), batch)
    ]
    return np.concatenate(parts)
