"""Beam search over prefixes that are computed once: several texts side by side for each ask, the likeliest is taken.

The rules are those of transformers' own search with a length penalty of 1 and no early stopping, so that texts are the
same: a text's score is the mean log-probability of its tokens, its end included; only candidates among the first
`beams` may end; a search is over when its running texts, at the length they have, cannot beat the worst of `beams` that
ended. (After Wu et al. 2016, arXiv 1609.08144, section 7, without coverage.)

Shapes: R asks, W beams of each, K candidates that are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import Cache

from alttext_local.adapters.generation import Language, Prefix, Written, fork, pad_left

NEVER = -1e9
"""The score of beams that are not yet told apart from the first."""


@dataclass(frozen=True)
class Beam:
    """A text that is not at its end. `score` is the sum of its log-probabilities."""

    score: float = 0.0
    ids: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()

    def with_token(self, score: float, token: int) -> Beam:
        """One token longer."""
        return Beam(score, (*self.ids, token), (*self.logprobs, score - self.score))


class Search:
    """The beams of one ask."""

    def __init__(self, beams: int, budget: int, stops: frozenset[int]) -> None:
        self.beams, self.budget, self.stops = beams, budget, stops
        self.running = [Beam(0.0 if number == 0 else NEVER) for number in range(beams)]
        self.ended: list[tuple[float, Beam]] = []
        """Mean log-probabilities and texts, best first, `beams` at most; an end that is a stop is not in the text."""
        self.done = False

    def advance(self, candidates: Sequence[tuple[float, int, int]]) -> list[tuple[int, int]]:
        """Take candidates (score, beam that it goes on from, token), likeliest first: beams and tokens that go on."""
        length = len(self.running[0].ids) + 1
        going: list[tuple[int, int, Beam]] = []
        for place, (score, parent, token) in enumerate(candidates):
            longer = self.running[parent].with_token(score, token)
            if token not in self.stops and length < self.budget:
                going.append((parent, token, longer))
            elif place < self.beams:
                text = longer if token not in self.stops else self.running[parent]
                self.ended.append((score / length, text))
        self.ended = sorted(self.ended, key=lambda end: -end[0])[: self.beams]
        going = going[: self.beams]
        full = len(self.ended) == self.beams
        self.done = not going or (full and going[0][2].score / length <= self.ended[-1][0])
        self.running = [beam for _, _, beam in going]
        return [(parent, token) for parent, token, _ in going]

    @property
    def written(self) -> Written:
        """The best text there is."""
        best = self.ended[0][1]
        return Written(best.ids, best.logprobs)


def write(
    language: Language,
    prefix: Prefix,
    rows: Sequence[int],
    suffixes: Sequence[Sequence[int]],
    budgets: Sequence[int],
    beams: int,
) -> list[Written]:
    """As `generation.write`, by beam search with so many beams. The prefixes may be used again afterwards."""
    ids, seen = pad_left(suffixes, language.pad, prefix.mask.device)
    layers, mask, shift = fork(language, prefix, rows, room=ids.shape[1] + max(budgets))
    cache = Cache(layers=[*layers])
    mask = torch.cat([mask, seen], 1)
    positions = (mask.cumsum(-1) - 1 + shift[:, None])[:, -ids.shape[1] :].clamp(min=0)
    searches = [Search(beams, budget, frozenset(language.stops)) for budget in budgets]
    live, width = list(searches), 1
    language.counters.suffix_tokens += sum(map(len, suffixes))
    while True:
        logits = language.lm(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits[:, -1]
        parents: list[int] = []
        tokens: list[int] = []
        for number, (search, found) in enumerate(zip(live, likeliest(logits, live, width), strict=True)):
            going = search.advance(found)
            if not search.done:
                parents += [number * width + min(parent, width - 1) for parent, _ in going]
                tokens += [token for _, token in going]
        live, width = [search for search in live if not search.done], beams
        if not live:
            return [search.written for search in searches]
        kept = torch.tensor(parents, device=mask.device)
        for layer in layers:
            layer.keep(kept)
        ids = torch.tensor(tokens, device=mask.device)[:, None]
        positions, mask = positions[kept, -1:] + 1, mask[kept]
        mask = torch.cat([mask, mask.new_ones(len(kept), 1)], 1)
        language.counters.decode_steps += 1
        language.counters.decoded_rows += len(kept)


def likeliest(logits: Tensor, live: Sequence[Search], width: int) -> list[list[tuple[float, int, int]]]:
    """The candidates of each search from logits (R * `width`, vocabulary), where `width` beams of each were fed.

    There are so many that those which do not end fill all beams.
    """
    beams, stops = live[0].beams, len(live[0].stops)
    sums = torch.tensor([[beam.score for beam in search.running[:width]] for search in live], device=logits.device)
    vocabulary = logits.shape[-1]
    whole = logits.float().log_softmax(-1).view(len(live), width, vocabulary) + sums[..., None]
    most = min(max(2, 1 + stops) * beams, width * vocabulary)
    scores, places = whole.flatten(1).topk(most)
    return [
        [(score, place // vocabulary, place % vocabulary) for score, place in zip(own, at, strict=True)]
        for own, at in zip(scores.tolist(), places.tolist(), strict=True)
    ]
