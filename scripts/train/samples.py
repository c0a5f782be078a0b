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
from alttext_local.types import KINDS, Facts, Reading, Word
from scripts.train import llava
from scripts.train.batches import normalised
from scripts.train.blip2 import Blip2Speaker
from scripts.train.drawings.drawing import UNKNOWN
from scripts.train.pictures import letterbox
from scripts.train.speaker import LlavaSpeaker, Speaker, label_scores

OCR_SECONDS = 20.0


@dataclass(frozen=True)
class Seen:
    """A real picture as the product meets it, but for the model."""

    name: str
    kind: str
    """One of `KINDS`, or `UNKNOWN`."""
    source: str
    """What it has in common with others that look alike: its repository, or how it was drawn."""
    facts: Facts
    reading: Reading | None
    square: NDArray[np.uint8]


@dataclass(frozen=True)
class Labelled:
    """A picture's file, its kind (`UNKNOWN` of a stranger), and where it is from."""

    path: Path
    kind: str
    source: str


def labelled(folder: Path) -> list[Labelled]:
    """The pictures of a folder with a `labels.csv`: file, kind, source (`owner/name: path` or a repository)."""
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    found = [Labelled(folder / row["file"], row["kind"], row["source"].split(":")[0]) for row in rows]
    return [one for one in found if one.kind in (*KINDS, UNKNOWN)]


def see(pictures: Sequence[Labelled], cache: Path) -> list[Seen]:
    """Open, measure and read each picture; OCR is slow, so what was seen is kept in `cache`."""
    cache.mkdir(parents=True, exist_ok=True)
    engine = choose_engine()
    seen = []
    for one in pictures:
        with Image.open(one.path) as opened:
            opened.load()
            image = to_rgb(opened)
        kept = cache / f"{sha256(one.path.read_bytes()).hexdigest()}.json"
        if not kept.is_file():
            kept.write_text(json.dumps(_read(engine, image)))
        reading = _reading(json.loads(kept.read_text()))
        square = np.asarray(letterbox(image, llava.SIDE))
        seen.append(Seen(one.path.name, one.kind, one.source, measure(image, *image.size), reading, square))
    engine.close()
    return seen


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
