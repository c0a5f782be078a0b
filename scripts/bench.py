"""How many pictures a second: a user's own loop against one look for many answers, on a shipped model.

Contenders are interleaved in one run (A B C A B C) over the same pictures and prompts, medians are taken, and the
run counts only if the written texts are the same. `python scripts/bench.py --json out.json` writes the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from PIL import Image  # noqa: E402

from alttext_local.adapters.adapter import Adapter, Ways, load_adapter  # noqa: E402
from alttext_local.adapters.llava import Llava  # noqa: E402
from alttext_local.catalogue import load_catalogue  # noqa: E402
from alttext_local.pictures.facts import measure  # noqa: E402
from alttext_local.pictures.letterbox import letterbox  # noqa: E402
from alttext_local.prompts.style import load_style  # noqa: E402
from alttext_local.types import Answer, Ask, Picture, Request, Shot  # noqa: E402

Texts = list[list[str]]
LEVERS = {
    "  without the tree": Ways(tree=False),
    "  without sharing": Ways(sharing=False),
    "  without packing": Ways(packed=False),
}
"""Batches of 16 with one lever off: what each is worth."""


def sample_shots(count: int, asks: tuple[Ask, ...]) -> list[Shot]:
    """The documentation's pictures, over and over, each a little different."""
    files = sorted((ROOT / "docs" / "samples").glob("*.*g"))
    shots = []
    for number in range(count):
        image = Image.open(files[number % len(files)]).convert("RGB")
        image = image.crop((number % 7, number % 5, *image.size))
        shots.append(Shot(Picture(image, measure(image, *image.size), str(number), "PNG"), asks))
    return shots


def plain_loop(adapter: Llava, shots: Sequence[Shot]) -> Texts:
    """One stock `generate` for each output of each picture, the kind written out."""
    model, tokenizer, processor = adapter.model, adapter.parts.tokenizer, adapter.parts.pictures
    tokens = (model.config.vision_config.image_size // model.config.vision_config.patch_size) ** 2
    texts = []
    for shot in shots:
        pixels = processor(images=[letterbox(shot.picture.image, adapter.card.fill)], return_tensors="pt")[
            "pixel_values"
        ]
        row = []
        for ask in shot.asks:
            words = adapter.wording.text(ask.prompt).replace("<image>", "<image>" * tokens)
            inputs = tokenizer(words, return_tensors="pt")
            budget = ask.budget or 8
            wrote = model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                pixel_values=pixels.to(model.dtype),
                max_new_tokens=budget,
                do_sample=False,
            )
            row.append(tokenizer.decode(wrote[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True).strip())
        texts.append(row)
    return texts


def ours(adapter: Adapter, shots: Sequence[Shot], batch: int) -> Texts:
    """`answer` in batches."""
    batches = (adapter.answer(shots[start : start + batch]) for start in range(0, len(shots), batch))
    return [[said(answer) for answer in answers] for answered in batches for answers in answered]


def said(answer: Answer) -> str:
    """The text, or the likeliest label."""
    return max(answer.scores, key=lambda label: answer.scores[label]) if answer.scores else answer.text.strip()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="alttext-mini-llava")
    parser.add_argument("--pictures", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(os.cpu_count() or 1)
    card = load_catalogue(ROOT / "models" / "catalogue.toml").card(options.model)
    adapter = load_adapter(card)
    assert isinstance(adapter, Llava), "the plain loop is written for the LLaVA family"
    request = Request(card.name, generate_description=True)
    shots = sample_shots(options.pictures, load_style(card.prompts).asks(request, instructions=False))
    contenders: dict[str, Callable[[], Texts]] = {
        "plain loop": lambda: plain_loop(adapter, shots),
        "ours, one by one": lambda: ours(adapter, shots, 1),
        "ours, batches of 16": lambda: ours(adapter, shots, 16),
    }
    for name, ways in LEVERS.items():
        without = load_adapter(card, ways=ways)
        contenders[name] = lambda without=without: ours(without, shots, 16)  # type: ignore[misc]
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    texts: dict[str, Texts] = {name: run() for name, run in contenders.items()}  # the warm-up
    for _ in range(options.rounds):
        for name, run in contenders.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    written = {name: [row[1:] for row in rows] for name, rows in texts.items()}
    if len({json.dumps(rows) for rows in written.values()}) != 1:
        sys.exit("The contenders wrote different texts: the run does not count.")
    report(options, {name: options.pictures / statistics.median(times) for name, times in seconds.items()})


def report(options: argparse.Namespace, rates: dict[str, float]) -> None:
    """A table, and JSON where asked for."""
    print(f"{options.model}, {options.pictures} pictures, 4 outputs each, {torch.get_num_threads()} threads")
    for name, rate in rates.items():
        print(f"{name:22} {rate:8.2f} pictures/s  {rate / rates['plain loop']:5.1f}x")
    if options.json:
        options.json.write_text(json.dumps({"model": options.model, "pictures_per_second": rates}, indent=1) + "\n")


if __name__ == "__main__":
    main()
