"""The sizing table of docs/OPERATIONS.md, calculated from the catalogue: `python -m scripts.sizing` writes it there.

A roofline, stages in series. One image, four outputs (alternative text, description and keywords of 40, 120 and 30
tokens; the kind scored from logits), 64 images in flight or as many as the memory holds, the prefix of an image read
once for all its asks:

    compute = 2 * (vision parameters * vision tokens + language parameters * (prefix + 190 tokens)) / FLOP/s
    reading = 120 steps * (language weights / in flight + prefix * bytes of keys and values a token) / bytes/s

The rate is EFFICIENCY / (compute + reading). It leaves out everything of the host: decoding, OCR, rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alttext_local.adapters.memory import SHARE
from alttext_local.catalogue import load_catalogue

ROOT = Path(__file__).resolve().parents[1]
DOC = ROOT / "docs" / "OPERATIONS.md"
BEGIN, END = "<!-- sizing: python -m scripts.sizing -->", "<!-- end of sizing -->"
EFFICIENCY = 0.5
IN_FLIGHT, STEPS, WRITTEN = 64, 120, 190
BYTES = 2
"""Of a parameter in 16 bits."""


@dataclass(frozen=True)
class Gpu:
    """What a card does: 80 % of the maker's dense bf16 FLOP/s, 90 % of its bytes/s; memory in GB."""

    name: str
    flops: float
    bandwidth: float
    memory: float


@dataclass(frozen=True)
class Shape:
    """Parameters (10^9), tokens of one image, bytes of keys and values a token: from the models' configurations."""

    vision: float
    vision_tokens: int
    language: float
    prefix: int
    kv: int


GPUS = (
    Gpu("L4", 97e12, 0.27e12, 24),
    Gpu("L40S", 290e12, 0.78e12, 48),
    Gpu("A100 80 GB", 250e12, 1.8e12, 80),
    Gpu("H100", 790e12, 3.0e12, 80),
    Gpu("H200", 790e12, 4.3e12, 141),
)
SHAPES = {
    "llava-1.5-7b": Shape(0.30, 577, 6.74, 600, 2 * 32 * 4096 * BYTES),
    "llava-1.5-13b": Shape(0.30, 577, 13.02, 600, 2 * 40 * 5120 * BYTES),
    "llava-onevision-0.5b": Shape(0.40, 729, 0.49, 760, 2 * 24 * 128 * BYTES),
    "blip2-opt-2.7b": Shape(1.0, 257, 2.65, 60, 2 * 32 * 2560 * BYTES),
}
"""Models with a fixed number of tokens an image: those that cut it in tiles have as many as the picture asks for."""


def images_per_second(shape: Shape, gpu: Gpu) -> float:
    """With EFFICIENCY of the roofline."""
    compute = 2e9 * (shape.vision * shape.vision_tokens + shape.language * (shape.prefix + WRITTEN)) / gpu.flops
    room = gpu.memory * 1e9 - (shape.vision + shape.language) * 1e9 * BYTES * SHARE
    in_flight = min(IN_FLIGHT, max(1, int(room / ((shape.prefix + WRITTEN) * shape.kv))))
    weights = shape.language * 1e9 * BYTES / in_flight
    reading = STEPS * (weights + shape.prefix * shape.kv) / gpu.bandwidth
    return EFFICIENCY / (compute + reading)


def table() -> str:
    """Markdown: memory by the catalogue, images an hour by the roofline."""
    lines = [
        "| model | memory, 16 bits | " + " | ".join(f"{gpu.name} ({gpu.memory:.0f} GB)" for gpu in GPUS) + " |",
        "|---|---:" + "|---:" * len(GPUS) + "|",
    ]
    for name, card in load_catalogue(ROOT / "models" / "catalogue.toml").cards.items():
        if not card.shipped:
            needed = card.parameters * BYTES * SHARE
            cells = [_cell(SHAPES.get(name), needed, gpu) for gpu in GPUS]
            lines.append(f"| {name} | {needed:.1f} GB | {' | '.join(cells)} |")
    return "\n".join(lines)


def with_table(text: str) -> str:
    """The document with the table between its two marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


def _cell(shape: Shape | None, needed: float, gpu: Gpu) -> str:
    if needed > gpu.memory:
        return "does not fit"
    if shape is None:
        return "fits"
    return f"{float(f'{3600 * images_per_second(shape, gpu):.2g}'):,.0f} c"


if __name__ == "__main__":
    DOC.write_text(with_table(DOC.read_text(encoding="utf-8")), encoding="utf-8")
