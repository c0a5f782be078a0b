"""Auxiliary heads that teach the vision tower before and while language learns from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from alttext_local.types import KINDS
from scripts.train.shards import Truth

MOST_SENTENCES = 1500
FEWEST_TIMES = 30


def common_sentences(truths: Sequence[Truth]) -> list[tuple[str, str]]:
    """(kind, sentence) pairs that many drawings share, most frequent first."""
    counts = Counter((truth.kind, sentence) for truth in truths for sentence in truth.sentences)
    return [pair for pair, times in counts.most_common(MOST_SENTENCES) if times >= FEWEST_TIMES]


class Heads(nn.Module):
    """Names the kind of a picture, and which of its kind's common sentences are true of it."""

    sentence_kinds: Tensor

    def __init__(self, width: int, sentences: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._number = {pair: number for number, pair in enumerate(sentences)}
        kinds = torch.tensor([KINDS.index(kind) for kind, _ in sentences], dtype=torch.long)
        self.register_buffer("sentence_kinds", kinds, persistent=False)
        self.norm = nn.LayerNorm(2 * width)
        self.kind = nn.Linear(2 * width, len(KINDS))
        self.sentence = nn.Linear(2 * width, max(1, len(sentences)))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Features [pictures, tokens, width] to (kind logits [pictures, kinds], sentence logits)."""
        pooled = self.norm(torch.cat([features.mean(1), features.amax(1)], 1))
        return self.kind(pooled), self.sentence(pooled)

    def losses(self, features: Tensor, truths: Sequence[Truth]) -> tuple[Tensor, Tensor]:
        """(kind loss with label smoothing, sentence loss over the sentences of each picture's own kind)."""
        kind_logits, sentence_logits = self(features)
        names = [truth.kind for truth in truths]
        kinds, targets = kind_numbers(names).to(features.device), kind_targets(names).to(features.device)
        kind_loss = nn.functional.cross_entropy(kind_logits.float(), targets, label_smoothing=0.05)
        told = torch.tensor([bool(truth.sentences) for truth in truths], device=features.device)
        if not self._number or not told.any():
            return kind_loss, kind_loss.new_zeros(())
        wanted = torch.zeros_like(sentence_logits, dtype=torch.float32)
        for row, truth in enumerate(truths):
            for sentence in truth.sentences:
                number = self._number.get((truth.kind, sentence))
                if number is not None:
                    wanted[row, number] = 1.0
        counted = (kinds[:, None] == self.sentence_kinds[None, :]) & told[:, None]
        each = nn.functional.binary_cross_entropy_with_logits(sentence_logits.float(), wanted, reduction="none")
        return kind_loss, (each * counted).sum() / counted.sum().clamp(min=1)


def kind_numbers(kinds: Sequence[str]) -> Tensor:
    """Each kind as its place in `KINDS`; -1 for that of a stranger."""
    return torch.tensor([KINDS.index(kind) if kind in KINDS else -1 for kind in kinds])


def kind_targets(kinds: Sequence[str]) -> Tensor:
    """How likely each kind should seem [pictures, kinds]: all alike for a stranger, so that no gate lets one through.

    Outlier exposure, Hendrycks, Mazeika and Dietterich, 2019.
    """
    numbers = kind_numbers(kinds)
    known = nn.functional.one_hot(numbers.clamp(min=0), len(KINDS)).float()
    return torch.where(numbers[:, None] >= 0, known, torch.full_like(known, 1 / len(KINDS)))
