"""The probability of each label of a fixed set, read from logits; nothing is written out.

A label's score is the sum of the log-probabilities of its tokens *and of the end of the text* after
them (any stop token counts). Without the end a label that begins another one, or that could go on in
many ways, would win unfairly; with it the score is the probability that the model says the label and
nothing else. Scores are then made to sum to 1 over the asked labels.

All labels of all rows go through the decoder in one forward: tokens that labels have in common are fed
once, as a trie, and a mask lets each node see its prompt and its own ancestors alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import Cache

from alttext_local.adapters.generation import Language, Prefix, fork, pad_left


@dataclass(frozen=True)
class Trie:
    """The tokens of labels with common beginnings kept once. Node i has `parents[i] < i`, -1 for the root."""

    tokens: tuple[int, ...]
    parents: tuple[int, ...]
    depths: tuple[int, ...]
    """1 for a label's first token."""
    paths: tuple[tuple[int, ...], ...]
    """For each label the nodes of its tokens."""

    def ancestors(self) -> Tensor:
        """(N, N) booleans: row i is true for node i and all above it."""
        seen = torch.eye(len(self.tokens), dtype=torch.bool)
        for node, parent in enumerate(self.parents):
            if parent >= 0:
                seen[node] |= seen[parent]
        return seen


def build_trie(labels: Sequence[Sequence[int]]) -> Trie:
    """A trie of labels, each a non-empty row of ids."""
    nodes: dict[tuple[int, ...], int] = {}
    tokens, parents, depths, paths = [], [], [], []
    for label in labels:
        path = []
        for depth in range(1, len(label) + 1):
            start = tuple(label[:depth])
            if start not in nodes:
                nodes[start] = len(nodes)
                tokens.append(label[depth - 1])
                parents.append(nodes.get(start[:-1], -1))
                depths.append(depth)
            path.append(nodes[start])
        paths.append(tuple(path))
    return Trie(tuple(tokens), tuple(parents), tuple(depths), tuple(paths))


def score(
    language: Language,
    prefix: Prefix,
    rows: Sequence[int],
    suffixes: Sequence[Sequence[int]],
    labels: Sequence[Sequence[Sequence[int]]],
) -> list[list[float]]:
    """For each row the log-probability of each of its labels after prefix `rows[i]` and `suffixes[i]`."""
    tries = [build_trie(own) for own in labels]
    room = max(len(trie.tokens) for trie in tries)
    device = prefix.mask.device
    ids, seen = pad_left(suffixes, language.pad, device)
    nodes = [[*trie.tokens, *[language.pad] * (room - len(trie.tokens))] for trie in tries]
    layers, mask, shift = fork(language, prefix, rows, room=ids.shape[1] + room)
    logits = language.lm(
        input_ids=torch.cat([ids, torch.tensor(nodes, device=device)], 1),
        attention_mask=_visible(mask, seen, tries, room, language.lm.dtype),
        position_ids=_positions(mask.sum(1) + shift, seen, tries, room),
        past_key_values=Cache(layers=[*layers]),
        use_cache=True,
        logits_to_keep=room + 1,
    ).logits
    count_labels(language, suffixes, tries)
    return [read_scores(logits[row], trie, language.stops) for row, trie in enumerate(tries)]


def count_labels(language: Language, suffixes: Sequence[Sequence[int]], tries: Sequence[Trie]) -> None:
    """Note one forward over these."""
    language.counters.label_forwards += 1
    language.counters.suffix_tokens += sum(map(len, suffixes))
    language.counters.label_tokens += sum(len(trie.tokens) for trie in tries)


def read_scores(logits: Tensor, trie: Trie, stops: Sequence[int]) -> list[float]:
    """Log-probabilities of a trie's labels from logits (1 + N, vocabulary): the root's, then the nodes'."""
    wide = logits.float()
    wide = wide - wide.logsumexp(-1, keepdim=True)
    ends = wide[:, list(stops)].logsumexp(-1) if stops else torch.zeros(len(wide), device=wide.device)
    found = []
    for path in trie.paths:
        before = [trie.parents[node] + 1 for node in path]
        tokens = [trie.tokens[node] for node in path]
        found.append(wide[before, tokens].sum() + ends[path[-1] + 1])
    return [float(value) for value in torch.stack(found).tolist()]


def share_out(labels: Sequence[str], scores: Sequence[float]) -> dict[str, float]:
    """Log-probabilities as probabilities that sum to 1."""
    highest = max(scores)
    weights = [math.exp(value - highest) for value in scores]
    total = sum(weights)
    return {label: weight / total for label, weight in zip(labels, weights, strict=True)}


def _visible(mask: Tensor, seen: Tensor, tries: Sequence[Trie], room: int, dtype: torch.dtype) -> Tensor:
    """The additive mask (R, 1, S + N, P + S + N). Pads see themselves, so that no row is without a key."""
    rows, length = seen.shape
    size = length + room
    own = torch.zeros(rows, size, size, dtype=torch.bool, device=seen.device)
    own[:, :length, :length] = torch.ones(length, length, dtype=torch.bool, device=seen.device).tril()
    own[:, length:, :length] = True
    own[:, :, :length] &= seen.bool()[:, None]
    for row, trie in enumerate(tries):
        count = len(trie.tokens)
        own[row, length : length + count, length : length + count] = trie.ancestors().to(seen.device)
    own |= torch.eye(size, dtype=torch.bool, device=seen.device)
    visible = torch.cat([mask.bool()[:, None].expand(-1, size, -1), own], 2)
    added = torch.zeros(visible.shape, dtype=dtype, device=seen.device)
    return added.masked_fill_(~visible, torch.finfo(dtype).min).unsqueeze(1)


def _positions(start: Tensor, seen: Tensor, tries: Sequence[Trie], room: int) -> Tensor:
    """Where each token stands in its own text, (R, S + N), which goes on at `start` (R,)."""
    suffix = (start[:, None] + seen.cumsum(-1) - 1).clamp(min=0)
    depths = torch.tensor([[*trie.depths, *[1] * (room - len(trie.depths))] for trie in tries], device=seen.device)
    return torch.cat([suffix, start[:, None] + seen.sum(1, keepdim=True) + depths - 1], 1)
