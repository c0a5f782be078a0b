"""Size, load time and pictures a second of a shipped model, all four outputs, without OCR."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from alttext_local.adapters.adapter import best_dtype, load_adapter, use_threads
from alttext_local.catalogue import load_catalogue
from scripts.bench.looking import answered
from scripts.bench.pictures import shots
from scripts.bench.subjects import asks_of

BATCH = 32
ROUNDS = 3


def speed(model: Path, pictures: int = 64) -> dict[str, Any]:
    """Measured on this machine's processor; the best of some rounds, as others may work beside."""
    size = sum(path.stat().st_size for path in model.glob("*.safetensors"))
    threads = use_threads()
    card = load_catalogue(model.resolve().parent / "catalogue.toml").card(model.name)
    card = replace(card, dtype=best_dtype(card, "cpu"))
    load_adapter(card, "cpu")  # the libraries' own imports are no part of loading a model
    began = time.perf_counter()
    adapter = load_adapter(card, "cpu")
    loading = time.perf_counter() - began
    asked = shots(pictures, asks_of(card))
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answered(adapter, asked, BATCH)
        rounds.append(pictures / (time.perf_counter() - began))
    return {
        "megabytes": round(size / 1e6, 2),
        "load_seconds": round(loading, 2),
        "pictures_a_second": round(max(rounds), 1),
        "batch": BATCH,
        "threads": threads,
        "dtype": card.dtype,
        "load_of_the_machine": round(os.getloadavg()[0], 1),
    }
