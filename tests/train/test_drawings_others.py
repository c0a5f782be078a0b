"""Every kind that is not a chart or a table draws, says so, and does so again from the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from alttext_local.types import KINDS
from scripts.train.drawings.photographs import photograph_sentences
from scripts.train.drawings.programs import DRAWS as PROGRAMS

CHARTS_AND_TABLES = {"bar chart", "line chart", "pie chart", "scatter plot", "other chart", "table"}
DRAWS = {kind: draw for kind, draw in PROGRAMS.items() if kind not in CHARTS_AND_TABLES}


def test_every_kind_is_drawn() -> None:
    assert tuple(PROGRAMS) == KINDS


@pytest.mark.parametrize("kind", sorted(DRAWS))
def test_drawings_say_what_they_are(kind: str) -> None:
    for seed in range(12):
        drawing = DRAWS[kind](np.random.default_rng(seed))
        assert drawing.kind == kind
        assert drawing.image.mode == "RGB"
        assert 3 <= len(drawing.keywords) <= 8
        assert all(word and word == word.lower() for word in drawing.keywords)
        assert drawing.sentences
        assert drawing.facts
        assert all(sentence.endswith(".") for sentence in drawing.sentences)


@pytest.mark.parametrize("kind", sorted(DRAWS))
def test_the_same_seed_draws_the_same_bytes(kind: str) -> None:
    for seed in (3, 4):
        first, again = (DRAWS[kind](np.random.default_rng(seed)) for _ in range(2))
        assert first.image.tobytes() == again.image.tobytes()
        assert first.sentences == again.sentences


def test_photograph_sentences_are_measured() -> None:
    dark = DRAWS["blank"](np.random.default_rng(0)).image.point(lambda _: 10)
    assert "It is dark." in photograph_sentences(dark)
    assert "It is black and white." in photograph_sentences(dark)
