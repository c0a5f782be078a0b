"""The verdict: what scores, features and gates make of a picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alttext_local.kinds import Calibration, Scale, features, judge
from alttext_local.types import KINDS, Facts, Reading, Word

FACTS = Facts(400, 200, 0.5, 0.2, 0.3, 900, 0.2, 0.1, 0.01)
PLAIN = Calibration(kind_gate=0.7, family_gate=0.7)


def scores(**given: float) -> dict[str, float]:
    rest = (1 - sum(given.values())) / (len(KINDS) - len(given))
    return {kind: given.get(kind.replace(" ", "_"), rest) for kind in KINDS}


def test_a_sure_kind_is_said() -> None:
    verdict = judge(scores(bar_chart=0.9), FACTS, None, PLAIN)
    assert (verdict.kind, verdict.family) == ("bar chart", "chart")
    assert verdict.say_kind and verdict.say_family
    assert verdict.kind_confidence == pytest.approx(0.9)
    assert sum(share for _, share in verdict.ranking) == pytest.approx(1)


def test_an_unsure_kind_of_a_sure_family_says_the_family() -> None:
    verdict = judge(scores(bar_chart=0.5, line_chart=0.4), FACTS, None, PLAIN)
    assert verdict.say_family and not verdict.say_kind
    assert verdict.family_confidence > verdict.kind_confidence


def test_nothing_is_said_of_the_unknown() -> None:
    verdict = judge({kind: 1 / len(KINDS) for kind in KINDS}, FACTS, None, PLAIN)
    assert not verdict.say_kind and not verdict.say_family


def test_the_kind_is_not_said_against_the_family() -> None:
    calibration = replace(PLAIN, kind_gate=0.3, family_gate=0.3)
    verdict = judge(scores(photograph=0.4, bar_chart=0.3, line_chart=0.25), FACTS, None, calibration)
    assert (verdict.kind, verdict.family) == ("photograph", "chart")
    assert verdict.say_family and not verdict.say_kind


def test_sentences_of_a_topic_have_the_gate_of_their_kind_or_that_of_all(tmp_path: Path) -> None:
    calibration = replace(PLAIN, token_gate=0.99, token_gates={"map: other": 0.6, "map: count": 0.8})
    calibration.save(tmp_path / "calibration.json")
    kept = Calibration.load(tmp_path / "calibration.json")
    asked = (("map", None), ("map", "count"), ("map", "trend"), ("table", "count"))
    assert [kept.gate_of_sentence(*one) for one in asked] == [0.6, 0.8, 0.99, 0.99]


@pytest.mark.parametrize("temperature", [1.0, 1.5, 3.0])
def test_more_score_is_more_confidence(temperature: float) -> None:
    calibration = replace(PLAIN, temperature=temperature)
    shares = (0.4, 0.6, 0.8, 0.95)
    confidences = [judge(scores(map=share), FACTS, None, calibration).kind_confidence for share in shares]
    assert confidences == sorted(confidences)


def test_empty_and_zero_scores_are_survived() -> None:
    assert judge({}, FACTS, None, PLAIN).kind_confidence == pytest.approx(1 / len(KINDS))
    assert judge({"map": 1.0}, FACTS, Reading(), PLAIN).kind == "map"


def test_weights_move_the_verdict_and_stay_within_three_deviations() -> None:
    weighed = replace(
        PLAIN, scales={"log words": Scale(0.0, 0.1)}, weights={"text": {"log words": 1.0}}, bias={"map": 0.1}
    )
    words = tuple(Word("word", 0.9, (0, 10 * n, 40, 10), n) for n in range(9))
    read = Reading("word", words, image_size=(400, 200))
    even = {kind: 1 / len(KINDS) for kind in KINDS}
    assert judge(even, FACTS, read, weighed).kind == "text"
    assert judge(even, FACTS, None, weighed).kind == "map"
    assert judge(even, FACTS, read, weighed).kind_confidence < 0.6


def test_a_caption_of_another_family_lowers_confidence() -> None:
    calibration = replace(PLAIN, openings={"table": "table"}, disagreement=0.5)
    agreed = judge(scores(bar_chart=0.9), FACTS, None, calibration, "Bar chart. It has 3 bars.")
    disputed = judge(scores(bar_chart=0.9), FACTS, None, calibration, "Table. It has 3 rows.")
    assert agreed.say_kind and not disputed.say_kind
    assert disputed.kind_confidence == pytest.approx(0.5 * agreed.kind_confidence)


def test_a_gate_of_its_own_stands_before_that_of_all() -> None:
    gated = replace(PLAIN, kind_gates={"bar chart": 0.95}, family_gates={"chart": 0.5})
    verdict = judge(scores(bar_chart=0.9), FACTS, None, gated)
    assert (verdict.say_kind, verdict.say_family) == (False, True)
    assert judge(scores(map=0.9), FACTS, None, gated).say_kind
    assert judge(scores(bar_chart=0.3, pie_chart=0.3), FACTS, None, gated).say_family
    assert not judge(scores(bar_chart=0.3, pie_chart=0.3), FACTS, None, PLAIN).say_family


def test_features_of_an_empty_reading() -> None:
    measured = features(FACTS, Reading())
    assert measured["log words"] == measured["word area"] == measured["word confidence"] == 0
    assert "log words" not in features(FACTS, None)


def test_a_calibration_comes_back_from_its_file(tmp_path: Path) -> None:
    calibration = Calibration(1.4, {"contrast": Scale(0.2, 0.1)}, {"map": {"contrast": 0.5}}, {"map": -0.1}, 0.6, 0.7)
    calibration.save(tmp_path / "calibration.json")
    assert Calibration.load(tmp_path / "calibration.json") == calibration


def test_the_default_is_careful() -> None:
    assert not judge(scores(photograph=0.85), FACTS, None, Calibration.default()).say_kind
