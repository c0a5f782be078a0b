"""Pictures on the disk to a file of JSON lines: decoding, OCR, model, rules and all.

The rival is the loop that a user would write: Pillow, pytesseract, one `generate` for each output. It makes no text
that can be printed as it is: no kind is judged, nothing grounded, mended or checked. Since Tesseract is most of the
work beside a small model, the same loop is measured with our Tesseract too: what is left between them is the reading.
"""

from __future__ import annotations

import json
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pytesseract
import torch
from PIL import Image

from alttext_local.adapters.adapter import best_device, best_dtype
from alttext_local.assemble import Parts, assembled
from alttext_local.assemble_jobs import patient
from alttext_local.catalogue import load_catalogue
from alttext_local.ocr.pool import choose_engine
from alttext_local.pictures.facts import measure
from alttext_local.settings import load_settings
from alttext_local.types import Description, Picture, Request, Shot
from scripts.bench.pictures import encoded
from scripts.bench.stock import Stock
from scripts.bench.subjects import ROOT, asks_of
from scripts.bench.turns import Contender, Measured, Texts, in_turns

WARM = 8
"""Pictures of the warm-up."""
WINDOW = 64
"""Pictures in hand at once."""
OCR_SECONDS = 30.0


def describe_files(model: str, pictures: int, rounds: int, minutes: float, device: str) -> dict[str, Any]:
    """Measure; the result as plain data."""
    device = best_device(device)
    card = load_catalogue(ROOT / "models" / "catalogue.toml").card(model)
    card = replace(card, dtype=best_dtype(card, device))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        paths = []
        for number, (suffix, data) in enumerate(encoded(pictures)):
            paths.append(home / f"{number:05d}.{suffix}")
            paths[-1].write_bytes(data)
        settings = load_settings(data_dir=home / "data", models_dir=ROOT / "models", worker="none")
        stock = Stock(card, device, getattr(torch, card.dtype))
        ocr = choose_engine()

        def reader(image: Image.Image) -> str:
            return ocr.read(image, "en", OCR_SECONDS).text

        with assembled(patient(settings), keep_results=False) as parts:
            parts.engine.start([model])
            runs: dict[str, Callable[[Sequence[Path]], Texts]] = {
                "plain loop": lambda own: plain(stock, pytesseract.image_to_string, own, home / "plain.jsonl"),
                "plain loop, our OCR": lambda own: plain(stock, reader, own, home / "plain.jsonl"),
                "ours, one by one": lambda own: ours(parts, model, own, home / "one.jsonl", 1),
                "ours": lambda own: ours(parts, model, own, home / "ours.jsonl", WINDOW),
            }
            contenders = [in_shares(name, paths, rounds, run) for name, run in runs.items()]
            measured = in_turns(contenders, rounds, minutes)
    by_name = {one.name: one for one in measured}
    same = by_name["ours"].texts == by_name["ours, one by one"].texts
    if not same and card.dtype == "float32":
        raise SystemExit("In batches other texts came out than one by one: the run does not count.")
    gate = "ours: the same texts in batches as one by one" if same else "16 bits: texts may differ in near-ties"
    rows = [_row(one, max(1, pictures // rounds)) for one in measured]
    return {"model": card.name, "dtype": card.dtype, "device": device, "gate": gate, "contenders": rows}


def in_shares(name: str, paths: Sequence[Path], rounds: int, run: Callable[[Sequence[Path]], Texts]) -> Contender:
    """A contender that describes another share of the pictures in each round, and all of them in all rounds.

    The sample pictures take turns, so that all shares are alike.
    """
    size = max(1, len(paths) // rounds)
    shares = cycle([paths[start : start + size] for start in range(0, size * rounds, size)])
    return Contender(name, lambda: run(next(shares)), warm=lambda: run(paths[:WARM]))


def plain(stock: Stock, reader: Callable[[Image.Image], str], paths: Sequence[Path], out: Path) -> Texts:
    """One picture after the other, one output after the other."""
    asks = asks_of(stock.card)
    texts: Texts = []
    with out.open("w", encoding="utf-8") as stream:
        for path in paths:
            image = Image.open(path).convert("RGB")
            shot = Shot(Picture(image, measure(image, *image.size), path.name, "PNG"), asks)
            texts += stock.plain_loop([shot])
            said: dict[str, str] = dict(zip((ask.task for ask in asks), texts[-1], strict=True))
            row = {"file": path.name, **said, "ocr": reader(image)}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return texts


def ours(parts: Parts, model: str, paths: Sequence[Path], out: Path, window: int) -> Texts:
    """The describer with so many pictures in hand at once, its answers written in their order."""
    texts: Texts = []
    hand: deque[tuple[Path, Future[Description]]] = deque()
    request = Request(model, generate_description=True, generate_ocr=True)
    with out.open("w", encoding="utf-8") as stream:

        def settle() -> None:
            path, future = hand.popleft()
            said = future.result()
            row = {"file": path.name, "alt_text": said.alt_text, "description": said.description}
            row |= {"keywords": said.keywords, "kind": said.classification, "ocr": said.ocr_text}  # type: ignore[dict-item]
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            texts.append([said.alt_text, said.description, *said.keywords])

        for path in paths:
            if len(hand) >= window:
                settle()
            hand.append((path, parts.describer.submit(path.read_bytes(), request, "bench")))
        while hand:
            settle()
    return texts


def _row(one: Measured, pictures: int) -> dict[str, Any]:
    if one.impossible:
        return {"name": one.name, "impossible": one.impossible}
    return {
        "name": one.name,
        "seconds": one.seconds,
        "images_per_second": pictures / one.median,
        "memory": one.memory,
    }
