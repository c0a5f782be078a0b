"""The gate of a model's own sentences, and what a calibration is made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from alttext_local.kinds import Calibration, Scale
from alttext_local.types import FAMILY_OF, KINDS, Facts, Kind, Reading, Verdict
from scripts.train.calibrate import token_gate, with_token_gates
from scripts.train.calibration import FEWEST_OF_A_NAME, Judged, Sample, calibrated, left_out_verdicts, with_gates
from scripts.train.drawings.drawing import UNKNOWN
from scripts.train.fresh import Fresh
from scripts.train.samples import Seen
from scripts.train.shards import Truth
from scripts.train.telling import Said, TruthRow

ROWS = [TruthRow(0.5, 0.8, 0.9), TruthRow(0.7, 0.96, 0.6), TruthRow(0.8, 0.95, 0.5), TruthRow(0.9, 0.99, 0.4)]


def test_the_token_gate_is_the_lowest_that_keeps_the_promise() -> None:
    assert token_gate(ROWS, 0.9) == 0.7
    assert token_gate(ROWS, 0.97) == 0.9


def test_without_such_a_gate_the_highest_is_taken() -> None:
    assert token_gate(ROWS, 0.995) == 0.9
    assert token_gate([TruthRow(0.5, 0.0, 0.0), TruthRow(0.9, 1.0, 0.0)]) == 0.9


def test_a_topic_that_a_model_knows_has_a_gate_of_its_own_and_one_that_it_guesses_has_none(tmp_path: Path) -> None:
    drawn = [Fresh(tmp_path, Truth("table", ("Table.",)))] * FEWEST_OF_A_NAME
    told = [[Said("Table.", 0.7), Said("It has 9 rows.", 0.9)]] * FEWEST_OF_A_NAME
    fitted = with_token_gates(Calibration(), told, drawn)
    assert list(fitted.token_gates) == ["table: form"] and fitted.token_gates["table: form"] <= 0.7


FACTS = Facts(400, 200, 0.5, 0.2, 0.3, 900, 0.2, 0.1, 0.01)
BRIGHT = replace(FACTS, brightness=0.9)
SQUARE = np.zeros((1, 1, 3), np.uint8)


def sample(*kinds: str, real: bool = True) -> Sample:
    """Maps are bright and tables are not; the model holds all kinds alike."""
    seen = [
        Seen(str(n), kind, f"house {n % 7}", BRIGHT if kind == "map" else FACTS, Reading(), SQUARE)
        for n, kind in enumerate(kinds)
    ]
    return Sample(seen, np.full((len(kinds), len(KINDS)), -np.log(len(KINDS))), real)


def test_what_is_measured_decides_where_the_model_is_at_a_loss() -> None:
    real = sample(*["map", "table"] * 20)
    fitted = calibrated([real])
    assert fitted.weights["map"]["brightness"] > 0.1 > -0.1 > fitted.weights["table"]["brightness"]
    assert isinstance(fitted.scales["brightness"], Scale)
    assert all(one.kind_right for one in left_out_verdicts(real, [], 1))


def test_many_drawings_count_no_more_than_few_real_pictures() -> None:
    few, many = sample(*["text"] * 8), sample(*["table"] * 80, real=False)
    fitted = calibrated([few, many])
    assert abs(fitted.bias["text"] - fitted.bias["table"]) < 0.05


def test_a_stranger_pulls_towards_no_kind() -> None:
    fitted = calibrated([sample(*["map"] * 9, *[UNKNOWN] * 9)])
    sure = calibrated([sample(*["map"] * 18)])
    assert 0 < fitted.bias["map"] < sure.bias["map"]


def judged(kind: str, said: Kind, confidence: float) -> Judged:
    return Judged(kind, Verdict(said, FAMILY_OF[said], confidence, confidence, say_kind=False, say_family=False))


def test_a_kind_that_is_right_from_lower_on_has_a_lower_gate() -> None:
    maps = [judged("map", "map", 0.5)] * (2 * FEWEST_OF_A_NAME)
    tables = [judged("text", "table", 0.7)] * 6 + [judged("table", "table", 0.9)] * (2 * FEWEST_OF_A_NAME)
    gated = with_gates(Calibration(), [*maps, *tables, judged("text", "text", 0.6)])
    assert gated.kind_gates["map"] == 0.3 and 0.7 < gated.kind_gates["table"] <= 0.9
    assert "text" not in gated.kind_gates and gated.kind_gate > 0.7
    held_up = with_gates(Calibration(), [*maps, *tables, *[judged(UNKNOWN, "logo or icon", 0.95)] * 9])
    assert held_up.kind_gate > 0.95
