"""A model is tried; the shipped one does what it is shipped for."""

from __future__ import annotations

from pathlib import Path

import pytest

from alttext_local.adapters.adapter import load_adapter, memory_needed, memory_there, peak_memory
from alttext_local.assemble import selftest_asks
from alttext_local.catalogue import load_catalogue
from alttext_local.errors import BrokenModel
from alttext_local.models.trial import try_out
from tests.doubles.blind import Blind

CARD = load_catalogue(Path(__file__).resolve().parents[2] / "models" / "catalogue.toml").card("alttext-mini-llava")


def test_the_shipped_model_passes_and_is_measured() -> None:
    adapter = load_adapter(CARD, "cpu")
    trial = try_out(adapter, selftest_asks(CARD))
    assert len(trial.texts) == 6
    assert len(set(trial.texts)) > 3
    assert trial.tokens > 30
    assert trial.tokens_per_second == pytest.approx(trial.tokens / trial.seconds)
    assert 2**27 < trial.peak_bytes <= peak_memory("cpu")


def test_memory_is_estimated_from_the_weights() -> None:
    needed = memory_needed(CARD, "cpu")
    assert 2**30 + 4 * 7.5e6 < needed < 2**30 + 4 * 10e6
    assert memory_there("cpu") > 2**30


def test_a_blind_model_fails() -> None:
    with pytest.raises(BrokenModel, match="does not see"):
        try_out(Blind(CARD), selftest_asks(CARD))
