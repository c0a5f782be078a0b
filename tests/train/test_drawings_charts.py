"""Charts and tables: every kind draws, the same seed draws the same, and what is said is well formed."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.train.drawings.chart_telling import nth, trend_of
from scripts.train.drawings.programs import DRAWS as PROGRAMS

KINDS = ("bar chart", "line chart", "pie chart", "scatter plot", "other chart", "table")
DRAWS = {kind: PROGRAMS[kind] for kind in KINDS}


@pytest.mark.parametrize("kind", DRAWS)
def test_a_kind_draws_well_formed_pictures(kind: str) -> None:
    for seed in range(12):
        drawing = DRAWS[kind](np.random.default_rng(seed))
        assert drawing.kind == kind
        assert drawing.image.mode == "RGB"
        assert min(drawing.image.size) >= 60 and max(drawing.image.size) <= 960
        assert drawing.sentences and all(one[0].isupper() and one.endswith(".") for one in drawing.sentences)
        assert 3 <= len(drawing.keywords) <= 8
        assert all(word == word.lower() for word in drawing.keywords)
        assert drawing.facts


@pytest.mark.parametrize("kind", DRAWS)
def test_the_same_seed_draws_the_same(kind: str) -> None:
    for seed in range(3):
        first, second = (DRAWS[kind](np.random.default_rng(seed)) for _ in range(2))
        assert first.image.tobytes() == second.image.tobytes()
        assert first.sentences == second.sentences


@pytest.mark.parametrize(
    ("values", "trend"),
    [
        ([1, 2, 3, 4], "rise"),
        ([4, 3, 2, 1], "fall"),
        ([1, 2, 4, 5, 4, 2, 1], "rise and then fall"),
        ([5, 3, 1, 0, 1, 3, 5], "fall and then rise"),
        ([3, 3.5], ""),
    ],
)
def test_trends_are_called_what_one_sees(values: list[float], trend: str) -> None:
    assert trend_of(values) == trend


def test_ordinals() -> None:
    assert [nth(i) for i in (0, 1, 2, 3, 10)] == ["1st", "2nd", "3rd", "4th", "11th"]
