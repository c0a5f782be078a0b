"""What the work costs at least, and what the device could do: for MFU and MBU.

Both count the work that the outputs need, whoever does it: vision and prefix once for a picture, each ask's own words,
each written token. A contender that computes more is not credited for it. Attention's own products are left out, which
makes both shares a few per cent too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from alttext_local.types import Ask
from scripts.bench.stock import Stock

PEAKS: dict[str, tuple[float, float]] = {
    "H200": (989e12, 4.8e12),
    "H100": (989e12, 3.35e12),
    "A100": (312e12, 2.04e12),
    "L40S": (362e12, 0.864e12),
}
"""Dense bfloat16 FLOP/s and bytes/s of memory, as the maker states them; other devices have no figure here."""


@dataclass(frozen=True)
class Cost:
    """Of one picture with all its outputs."""

    flops: float
    bytes: float
    """Of weights, read for one picture alone: once to look, once to read, once for each step of the longest text."""


def peak_of(device: str) -> tuple[float, float] | None:
    """FLOP/s and bytes/s of the device, where they are known."""
    if not device.startswith("cuda"):
        return None
    name = torch.cuda.get_device_name()
    return next((peak for key, peak in PEAKS.items() if key in name), None)


def cost_of(stock: Stock, asks: Sequence[Ask]) -> Cost:
    """Counted on the model's own layers."""
    head = stock.model.get_output_embeddings().weight.numel()
    if stock.kind == "blip-2":
        text = _numbers(stock.model.language_model) - head
        eyes, queries = _numbers(stock.model.vision_model), _numbers(stock.model.qformer)
        config = stock.model.config.vision_config
        look = eyes * (_patches(config) + 1) + queries * stock.model.config.num_query_tokens
        prefix, seen = stock.model.config.num_query_tokens, eyes + queries
    else:
        inner = stock.model.model
        text = _numbers(inner.language_model)
        seen = _numbers(inner.vision_tower) + _numbers(inner.multi_modal_projector)
        prefix = _patches(stock.model.config.vision_config)
        look = seen * prefix
    words = sum(len(stock.wording.ids(stock.wording.text(ask.prompt))) for ask in asks)
    written = sum(ask.budget for ask in asks)
    flops = 2.0 * (look + text * (prefix + words + written) + head * (len(asks) + written))
    width = stock.dtype.itemsize
    steps = 1 + max(ask.budget for ask in asks)
    return Cost(flops, width * float(seen + (text + head) * steps))


def _patches(config: Any) -> int:
    return int((config.image_size // config.patch_size) ** 2)


def _numbers(module: Any) -> int:
    kinds = (torch.nn.Linear, torch.nn.Conv2d)
    return sum(layer.weight.numel() for layer in module.modules() if isinstance(layer, kinds))
