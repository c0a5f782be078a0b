"""Greedy writing over prefixes that are computed once.

A prefix is all that a model reads up to and including its picture. It is prefilled once, forked over
the questions about that picture, and all questions of all pictures are then written in one batch.
Every row has its own budget; rows that are done are dropped.

Shapes: B prefixes, P tokens of the longest prefix, R rows, S tokens of the longest suffix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers import Cache

from alttext_local.adapters.cells import Aim, Cells, bytes_of, cells_for
from alttext_local.adapters.counters import Counters

DROP_BELOW = 0.75
"""Rows are dropped when at most this share of them still writes: each drop copies what is kept."""


@dataclass(frozen=True, eq=False)
class Language:
    """A decoder-only language model: `lm` takes ids or embeddings and gives logits."""

    lm: Any
    stops: tuple[int, ...]
    """Ids that end a text."""
    pad: int
    """An id for places that nothing reads."""
    counters: Counters = field(default_factory=Counters)

    @property
    def layers(self) -> int:
        """Layers that keep keys and values."""
        return int(self.lm.config.get_text_config(decoder=True).num_hidden_layers)


@dataclass(frozen=True, eq=False)
class Opening:
    """What is read first, up to and including a picture, before it is prefilled. Its length is its tokens."""

    embeds: Tensor
    """(tokens, hidden size)."""
    places: Tensor | None = None
    """(3, tokens), positions in time, height and width, for models that count so; None: one behind the other."""
    onward: int | None = None
    """The position of the token that follows; None: the number of tokens."""
    views: Tensor | None = None
    """(tokens,), the number of the view of a picture that a token is of, -1 for words, where the tokens of a view
    see each other in both directions; None: each token sees those before it."""

    def __len__(self) -> int:
        return len(self.embeds)

    @property
    def shift(self) -> int:
        """What is added to the position of a token behind it, counted one behind the other."""
        return 0 if self.onward is None else self.onward - len(self)


@dataclass(frozen=True, eq=False)
class Prefix:
    """Keys and values of B prefixes, padded on the left; `mask` is (B, P), 1 where a token is."""

    layers: Sequence[Cells]
    aim: Aim
    mask: Tensor
    shift: Tensor
    """(B,): what is added to the positions of tokens behind a prefix."""

    @property
    def start(self) -> Tensor:
        """(B,): the position behind each prefix."""
        return self.mask.sum(1) + self.shift


@dataclass(frozen=True)
class Written:
    """What one row wrote, without the token that ended it, and the natural log of each probability."""

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]


def pad_left(rows: Sequence[Sequence[int]], pad: int, device: str | torch.device) -> tuple[Tensor, Tensor]:
    """Rows of ids as one (R, S) tensor with pads on the left, and its mask."""
    longest = max(map(len, rows))
    ids = [[pad] * (longest - len(row)) + list(row) for row in rows]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def prefill(language: Language, rows: Sequence[Opening], room: int = 0) -> Prefix:
    """Feed prefixes and keep their keys and values, with `room` cells behind them."""
    longest, hidden = max(len(row) for row in rows), rows[0].embeds.shape[-1]
    embeds = rows[0].embeds.new_zeros(len(rows), longest, hidden)
    mask = torch.zeros(len(rows), longest, dtype=torch.long, device=embeds.device)
    for number, row in enumerate(rows):
        embeds[number, longest - len(row) :] = row.embeds
        mask[number, longest - len(row) :] = 1
    cache, layers, aim = cells_for(language.layers, room)
    language.lm(
        inputs_embeds=embeds,
        attention_mask=_both_ways(rows, mask, embeds.dtype),
        position_ids=_places(rows, mask),
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    language.counters.prefix_tokens += sum(map(len, rows))
    language.counters.kv_bytes += bytes_of(layers)
    return Prefix(layers, aim, mask, torch.tensor([row.shift for row in rows], device=mask.device))


def _places(rows: Sequence[Opening], mask: Tensor) -> Tensor:
    """(B, P), or (3, B, P) where the model counts in three dimensions."""
    counted = (mask.cumsum(-1) - 1).clamp(min=0)
    if all(row.places is None for row in rows):
        return counted
    places = counted.expand(3, -1, -1).clone()
    for number, row in enumerate(rows):
        if row.places is not None:
            places[:, number, mask.shape[1] - len(row) :] = row.places
    return places


def _both_ways(rows: Sequence[Opening], mask: Tensor, dtype: torch.dtype) -> Tensor:
    """The mask (B, P) as it is, or additive (B, 1, P, P) where the tokens of a view see each other."""
    if all(row.views is None for row in rows):
        return mask
    views = torch.full_like(mask, -1)
    for number, row in enumerate(rows):
        if row.views is not None:
            views[number, mask.shape[1] - len(row) :] = row.views
    same = (views[:, :, None] == views[:, None, :]) & (views >= 0)[:, None, :]
    return causal(mask, mask.shape[1], dtype, same)


def causal(mask: Tensor, fed: int, dtype: torch.dtype, more: Tensor | None = None) -> Tensor:
    """The additive mask (R, 1, `fed`, K) of the last `fed` of K tokens, of which `mask` (R, K) says where one is.

    A token sees itself and what stands before it, and what `more` (R, `fed`, K) says. So do pads, that no row is
    without a key.
    """
    length = mask.shape[1]
    places = torch.arange(length, device=mask.device)
    before = places[None, :] <= places[length - fed :, None]
    visible = before & mask.bool()[:, None] | (places[None, :] == places[length - fed :, None])
    if more is not None:
        visible = visible | more
    added = torch.zeros(visible.shape, dtype=dtype, device=mask.device)
    return added.masked_fill_(~visible, torch.finfo(dtype).min).unsqueeze(1)


def fork(language: Language, prefix: Prefix, rows: Sequence[int], room: int) -> tuple[list[Cells], Tensor, Tensor]:
    """Layers with row i holding a copy of prefix `rows[i]` and room for more tokens; their mask (R, P) and `shift`."""
    chosen = torch.tensor(rows, device=prefix.mask.device)
    layers = [layer.forked(chosen, room) for layer in prefix.layers]
    language.counters.kv_bytes += bytes_of(layers)
    return layers, prefix.mask.index_select(0, chosen), prefix.shift.index_select(0, chosen)


def write(
    language: Language,
    prefix: Prefix,
    rows: Sequence[int],
    suffixes: Sequence[Sequence[int]],
    budgets: Sequence[int],
) -> list[Written]:
    """Write on greedily after prefix `rows[i]` and `suffixes[i]`: at most `budgets[i]` tokens, until a stop.

    The pads of shorter suffixes stand between prefix and suffix, where nothing sees them, so positions
    and texts are those of a run alone.
    """
    ids, seen = pad_left(suffixes, language.pad, prefix.mask.device)
    layers, mask, shift = fork(language, prefix, rows, room=ids.shape[1] + max(budgets))
    cache = Cache(layers=[*layers])
    mask = torch.cat([mask, seen], 1)
    positions = (mask.cumsum(-1) - 1 + shift[:, None])[:, -ids.shape[1] :].clamp(min=0)
    texts = [Text(budget, frozenset(language.stops)) for budget in budgets]
    live = list(range(len(texts)))
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
        chosen, logprobs = most_likely(logits)
        for number, token, logprob in zip(live, chosen.tolist(), logprobs.tolist(), strict=True):
            texts[number].add(token, logprob)
        going = [place for place, number in enumerate(live) if not texts[number].done]
        if not going:
            return [text.written for text in texts]
        ids, positions = chosen[:, None], positions[:, -1:] + 1
        mask = torch.cat([mask, mask.new_ones(len(live), 1)], 1)
        if len(going) <= DROP_BELOW * len(live):
            kept = torch.tensor(going, device=mask.device)
            ids, positions, mask = ids[kept], positions[kept], mask[kept]
            for layer in layers:
                layer.keep(kept)
            live = [live[place] for place in going]
        language.counters.decode_steps += 1
        language.counters.decoded_rows += len(live)


def most_likely(logits: Tensor) -> tuple[Tensor, Tensor]:
    """For logits (..., vocabulary): the likeliest ids (...) and the natural log of their probabilities."""
    chosen = logits.argmax(-1)
    wide = logits.float()
    return chosen, wide.gather(-1, chosen.unsqueeze(-1)).squeeze(-1) - wide.logsumexp(-1)


class Text:
    """One row's text while it is written."""

    def __init__(self, budget: int, stops: frozenset[int]) -> None:
        self.budget, self.stops = budget, stops
        self.ids: list[int] = []
        self.logprobs: list[float] = []
        self.done = False

    @property
    def written(self) -> Written:
        """What there is of it."""
        return Written(tuple(self.ids), tuple(self.logprobs))

    def add(self, token: int, logprob: float) -> None:
        """Take a token, unless the text is done or the token ends it."""
        if not self.done and token not in self.stops:
            self.ids.append(token)
            self.logprobs.append(logprob)
        self.done = self.done or token in self.stops or len(self.ids) >= self.budget
