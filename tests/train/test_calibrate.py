"""The gate of a model's own sentences."""

from __future__ import annotations

from scripts.train.calibrate import token_gate
from scripts.train.telling import TruthRow

ROWS = [TruthRow(0.5, 0.8, 0.9), TruthRow(0.7, 0.96, 0.6), TruthRow(0.8, 0.95, 0.5), TruthRow(0.9, 0.99, 0.4)]


def test_the_token_gate_is_the_lowest_that_keeps_the_promise() -> None:
    assert token_gate(ROWS, 0.9) == 0.7
    assert token_gate(ROWS, 0.97) == 0.9


def test_without_such_a_gate_the_highest_is_taken() -> None:
    assert token_gate(ROWS, 0.995) == 0.9
    assert token_gate([TruthRow(0.5, 0.0, 0.0), TruthRow(0.9, 1.0, 0.0)]) == 0.9
