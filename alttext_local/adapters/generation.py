"""Greedy writing over prefixes that are computed once.

A prefix is all that a model reads up to and including its picture. It is prefilled once, forked over
the questions about that picture, and all questions of all pictures are then written in one batch.
Every row has its own budget; rows that are done are dropped.

Shapes: B prefixes, P tokens of the longest prefix, R rows, S tokens of the longest suffix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import Cache, DynamicCache
from transformers.cache_utils import DynamicLayer

DROP_BELOW = 0.75
"""Rows are dropped when at most this share of them still writes: each drop copies what is kept."""


@dataclass(frozen=True, eq=False)
class Prefix:
    """Keys and values of B prefixes, padded on the left; `mask` is (B, P), 1 where a token is."""

    cache: DynamicCache
    mask: Tensor


@dataclass(frozen=True)
class Written:
    """What one row wrote, without the token that ended it, and the natural log of each probability."""

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]


class Room(DynamicLayer):  # type: ignore[no-untyped-call]
    """One layer's keys and values with room for what will come: no copy of it all at each step."""

    def __init__(self, keys: Tensor, values: Tensor, room: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.dtype, self.device = keys.dtype, keys.device
        batch, heads, self.length, width = keys.shape
        self.store_keys = keys.new_empty(batch, heads, self.length + room, width)
        self.store_values = values.new_empty(batch, heads, self.length + room, values.shape[-1])
        self.store_keys[:, :, : self.length] = keys
        self.store_values[:, :, : self.length] = values
        self.is_initialized = True
        self._look()

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Write the new keys and values behind the old ones, in place."""
        end = self.length + key_states.shape[-2]
        self.store_keys[:, :, self.length : end] = key_states
        self.store_values[:, :, self.length : end] = value_states
        self.length = end
        return self._look()

    def keep(self, rows: Tensor) -> None:
        """Let go of all rows but these."""
        rows = rows.to(self.store_keys.device)
        self.store_keys, self.store_values = self.store_keys[rows], self.store_values[rows]
        self._look()

    def _look(self) -> tuple[Tensor, Tensor]:
        keys, values = self.store_keys[:, :, : self.length], self.store_values[:, :, : self.length]
        self.keys, self.values = keys, values
        return keys, values


def pad_left(rows: Sequence[Sequence[int]], pad: int, device: str | torch.device) -> tuple[Tensor, Tensor]:
    """Rows of ids as one (R, S) tensor with pads on the left, and its mask."""
    longest = max(map(len, rows))
    ids = [[pad] * (longest - len(row)) + list(row) for row in rows]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def prefill(lm: Any, rows: Sequence[Tensor]) -> Prefix:
    """Feed prefixes, each (its tokens, hidden size), to a decoder and keep their keys and values."""
    longest, hidden = max(len(row) for row in rows), rows[0].shape[-1]
    embeds = rows[0].new_zeros(len(rows), longest, hidden)
    mask = torch.zeros(len(rows), longest, dtype=torch.long, device=embeds.device)
    for number, row in enumerate(rows):
        embeds[number, longest - len(row) :] = row
        mask[number, longest - len(row) :] = 1
    cache = DynamicCache()
    lm(
        inputs_embeds=embeds,
        attention_mask=mask,
        position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    return Prefix(cache, mask)


def fork(prefix: Prefix, rows: Sequence[int], room: int) -> tuple[list[Room], Tensor]:
    """Layers with row i holding prefix `rows[i]` and room for more tokens, and their mask (R, P)."""
    chosen = torch.tensor(rows, device=prefix.mask.device)
    layers = []
    for keys, values, _ in prefix.cache:
        here = chosen.to(keys.device)
        layers.append(Room(keys.index_select(0, here), values.index_select(0, here), room))
    return layers, prefix.mask.index_select(0, chosen)


def write(
    lm: Any,
    prefix: Prefix,
    rows: Sequence[int],
    suffixes: Sequence[Sequence[int]],
    budgets: Sequence[int],
    stops: Sequence[int],
    pad: int,
) -> list[Written]:
    """Write on greedily after prefix `rows[i]` and `suffixes[i]`: at most `budgets[i]` tokens, until a stop.

    The pads of shorter suffixes stand between prefix and suffix, where nothing sees them, so positions
    and texts are those of a run alone.
    """
    ids, seen = pad_left(suffixes, pad, prefix.mask.device)
    layers, mask = fork(prefix, rows, room=ids.shape[1] + max(budgets))
    cache = Cache(layers=[*layers])
    mask = torch.cat([mask, seen], 1)
    positions = (mask.cumsum(-1) - 1)[:, -ids.shape[1] :].clamp(min=0)
    texts = [_Text(budget, frozenset(stops)) for budget in budgets]
    live = list(range(len(texts)))
    while True:
        logits = lm(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits[:, -1]
        chosen, logprobs = most_likely(logits)
        for number, token, logprob in zip(live, chosen.tolist(), logprobs.tolist(), strict=True):
            texts[number].add(token, logprob)
        going = [place for place, number in enumerate(live) if not texts[number].done]
        if not going:
            return [Written(tuple(text.ids), tuple(text.logprobs)) for text in texts]
        ids, positions = chosen[:, None], positions[:, -1:] + 1
        mask = torch.cat([mask, mask.new_ones(len(live), 1)], 1)
        if len(going) <= DROP_BELOW * len(live):
            kept = torch.tensor(going, device=mask.device)
            ids, positions, mask = ids[kept], positions[kept], mask[kept]
            for layer in layers:
                layer.keep(kept)
            live = [live[place] for place in going]


def most_likely(logits: Tensor) -> tuple[Tensor, Tensor]:
    """For logits (R, vocabulary): the likeliest ids (R,) and the natural log of their probabilities."""
    chosen = logits.argmax(-1)
    wide = logits.float()
    return chosen, wide.gather(-1, chosen[:, None])[:, 0] - wide.logsumexp(-1)


class _Text:
    """One row's text while it is written."""

    def __init__(self, budget: int, stops: frozenset[int]) -> None:
        self.budget, self.stops = budget, stops
        self.ids: list[int] = []
        self.logprobs: list[float] = []
        self.done = False

    def add(self, token: int, logprob: float) -> None:
        """Take a token, unless the text is done or the token ends it."""
        if not self.done and token not in self.stops:
            self.ids.append(token)
            self.logprobs.append(logprob)
        self.done = self.done or token in self.stops or len(self.ids) >= self.budget
