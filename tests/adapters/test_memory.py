"""How much memory a model takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file

from alttext_local.adapters.memory import HOUSE, memory_needed, memory_there, peak_memory
from alttext_local.catalogue import Card


def test_weights_count_in_the_dtype_that_they_are_held_in(tmp_path: Path, card: Callable[..., Card]) -> None:
    save_file({"a": torch.zeros(1_000_000, dtype=torch.float16)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text("{}")

    def weights(**changes: object) -> float:
        return (memory_needed(card(tmp_path, "llava", **changes), "cpu") - HOUSE) / 1.15e6

    assert round(weights(dtype="float32"), 3) == 4
    assert round(weights(dtype="bfloat16"), 3) == 2
    assert round(weights(dtype="int8"), 3) == 1
    assert memory_needed(card(tmp_path, "llava", dtype="bfloat16"), "cuda") == 2_300_000


def test_a_model_that_is_not_here_or_cannot_be_read_counts_by_its_card(
    tmp_path: Path, card: Callable[..., Card]
) -> None:
    away = memory_needed(card(tmp_path, "llava", dtype="bfloat16", parameters=7.0), "cpu")
    assert 15 < away / 2**30 < 17
    (tmp_path / "config.json").write_text("{}")
    for rubbish in (b"", b"weights", b"\xff" * 64, b"\x02" + bytes(7) + b"[]"):
        (tmp_path / "model.safetensors").write_bytes(rubbish)
        here = memory_needed(card(tmp_path, "llava", dtype="bfloat16", parameters=7.0), "cpu")
        assert here in (away, HOUSE)


def test_there_is_more_than_was_ever_held() -> None:
    assert 2**26 < peak_memory("cpu") < memory_there("cpu")
