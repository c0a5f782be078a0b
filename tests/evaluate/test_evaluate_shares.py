"""The arithmetic of the tables."""

from __future__ import annotations

import pytest

from scripts.evaluate.shares import Share, coverage_curve, kinds_table, reliability


def test_a_share_knows_its_interval() -> None:
    share = Share.of([True] * 9 + [False])
    assert share.value == 0.9
    assert share.interval == pytest.approx((0.5958, 0.9821), abs=1e-4)  # as in tables of Wilson's interval
    assert Share(0, 10).interval == pytest.approx((0, 0.2775), abs=1e-4)


def test_a_share_of_nothing_is_none() -> None:
    assert Share.of([]).document() == {"right": 0, "count": 0, "share": None, "interval": None}


def test_precision_recall_and_confusion() -> None:
    pairs = [("map", "map"), ("map", "text"), ("text", "text"), ("text", "text")]
    table = kinds_table(pairs, ("map", "text", "table"))
    assert table["all"]["share"] == 0.75
    assert table["mean_of_kinds"] == 0.75
    assert table["kinds"]["map"]["recall"]["share"] == 0.5
    assert table["kinds"]["map"]["precision"]["share"] == 1
    assert table["kinds"]["text"]["precision"]["share"] == pytest.approx(2 / 3, abs=1e-4)
    assert table["kinds"]["table"]["recall"]["share"] is None
    assert table["confusion"] == {"map": {"map": 1, "text": 1}, "text": {"text": 2}}


def test_reliability_weighs_bins_by_their_claims() -> None:
    claims = [(0.95, True)] * 3 + [(0.95, False)] + [(0.15, False)] * 4
    diagram = reliability(claims)
    assert diagram["bins"] == [
        {"confidence": 0.15, "right": 0.0, "count": 4},
        {"confidence": 0.95, "right": 0.75, "count": 4},
    ]
    assert diagram["ece"] == pytest.approx(0.5 * 0.15 + 0.5 * 0.2)
    assert reliability([(1.0, True)])["ece"] == 0
    assert reliability([])["ece"] is None


def test_the_curve_falls_in_coverage_as_the_gate_rises() -> None:
    curve = coverage_curve([(0.9, True), (0.6, False)], steps=10)
    assert curve[0] == {"gate": 0.0, "coverage": 1.0, "precision": 0.5}
    assert curve[-1] == {"gate": 0.9, "coverage": 0.5, "precision": 1.0}
    assert [row["coverage"] for row in curve] == sorted((row["coverage"] for row in curve), reverse=True)
