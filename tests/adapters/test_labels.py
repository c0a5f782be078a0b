from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from alttext_local.adapters.labels import build_trie, read_scores, share_out


def test_common_beginnings_are_kept_once() -> None:
    trie = build_trie([(5, 6), (5, 7, 8), (5,)])
    assert trie.tokens == (5, 6, 7, 8)
    assert trie.parents == (-1, 0, 0, 2)
    assert trie.depths == (1, 2, 2, 3)
    assert trie.paths == ((0, 1), (0, 2, 3), (0,))


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=5), min_size=1, max_size=12))
def test_paths_spell_their_labels(labels: list[list[int]]) -> None:
    trie = build_trie(labels)
    seen = trie.ancestors()
    for label, path in zip(labels, trie.paths, strict=True):
        assert [trie.tokens[node] for node in path] == label
        assert set(seen[path[-1]].nonzero().flatten().tolist()) == set(path)
    assert all(parent < node for node, parent in enumerate(trie.parents))


def test_the_end_of_the_text_is_part_of_a_score() -> None:
    """Label (1,) begins label (1, 2); after 1 the end is 3 times as likely as 2."""
    trie = build_trie([(1,), (1, 2)])
    chances = torch.tensor([[0.1, 0.8, 0.1], [0.6, 0.2, 0.2], [0.9, 0.05, 0.05]])
    scores = read_scores(chances.log(), trie, stops=[0])
    assert [math.exp(score) for score in scores] == pytest.approx([0.8 * 0.6, 0.8 * 0.2 * 0.9])
    both = read_scores(chances.log(), trie, stops=[0, 2])
    assert math.exp(both[0]) == pytest.approx(0.8 * 0.8)


@given(st.lists(st.floats(-2000, 0), min_size=1, max_size=18))
def test_probabilities_sum_to_one(scores: list[float]) -> None:
    shares = share_out([str(number) for number in range(len(scores))], scores)
    assert sum(shares.values()) == pytest.approx(1)
