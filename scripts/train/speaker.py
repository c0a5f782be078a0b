"""One face for both shipped models in training and scoring: a picture becomes a prefix, texts follow it.

A *branch* is a text after the prefix that sees the prefix and itself but no other branch, so that
one look at a picture teaches several answers and scores all labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import LlavaForConditionalGeneration

from alttext_local.types import KINDS
from scripts.train import llava, words

IGNORED = -100


class Speaker(Protocol):
    """What the learner needs of a model that looks and speaks."""

    @property
    def tokenizer(self) -> Tokenizer:
        """Splits texts into tokens."""

    @property
    def model(self) -> nn.Module:
        """All weights."""

    def look(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels [pictures, 3, side, side] to (vision features [pictures, tokens, width], prefix embeddings)."""

    def embed(self, ids: Tensor) -> Tensor:
        """Token ids [pictures, tokens] to embeddings [pictures, tokens, width]."""

    def speak(self, embeddings: Tensor, mask: Tensor, positions: Tensor) -> Tensor:
        """Embeddings [pictures, tokens, width] to logits; `mask` is additive [1, 1, tokens, tokens]."""

    def prompt(self, task: str) -> str:
        """What stands after the image."""


class LlavaSpeaker:
    """`alttext-mini-llava` as the learner sees it."""

    def __init__(self, model: LlavaForConditionalGeneration, tokenizer: Tokenizer) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self._before = torch.tensor([words.encode(tokenizer, llava.BEFORE_IMAGE)])

    def look(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Image tokens, and the prefix: what stands before the image, then the projected tokens."""
        features = llava.vision_features(self.model, pixels)
        seen = self.model.model.multi_modal_projector(features)
        before = self.embed(self._before.to(pixels.device)).expand(len(pixels), -1, -1)
        return features, torch.cat([before.to(seen.dtype), seen], 1)

    def embed(self, ids: Tensor) -> Tensor:
        """Rows of the embedding table."""
        embedded: Tensor = self.model.model.language_model.embed_tokens(ids)
        return embedded

    def speak(self, embeddings: Tensor, mask: Tensor, positions: Tensor) -> Tensor:
        """The language model on embeddings."""
        hidden = self.model.model.language_model(
            inputs_embeds=embeddings, attention_mask=mask, position_ids=positions, use_cache=False
        ).last_hidden_state
        logits: Tensor = self.model.lm_head(hidden)
        return logits

    def prompt(self, task: str) -> str:
        """The task between a line break and `ASSISTANT:`."""
        return llava.after_image(task)


def branch_mask(segments: Sequence[int], parents: Sequence[int], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Additive mask [1, 1, tokens, tokens] and positions [1, tokens] for tokens of numbered segments.

    Segment s sees itself and its ancestors, causally; `parents[s]` is the segment before it (-1: none).
    """
    ancestors = torch.eye(len(parents), dtype=torch.bool)
    starts = [0] * len(parents)
    for segment, parent in enumerate(parents):
        if parent >= 0:
            ancestors[segment] |= ancestors[parent]
            starts[segment] = starts[parent] + sum(1 for s in segments if s == parent)
    of = torch.tensor(segments)
    size = len(segments)
    seen = ancestors[of][:, of] & torch.ones(size, size, dtype=torch.bool).tril()
    mask = torch.zeros(size, size, dtype=dtype).masked_fill(~seen, torch.finfo(dtype).min)
    counts = [0] * len(parents)
    positions = []
    for segment in segments:
        positions.append(starts[segment] + counts[segment])
        counts[segment] += 1
    return mask[None, None], torch.tensor([positions])


def branch_logits(speaker: Speaker, prefix: Tensor, branches: Sequence[Tensor]) -> list[Tensor]:
    """Logits of each branch [pictures, tokens, vocabulary]; a branch is token ids [pictures, tokens]."""
    lengths = [prefix.shape[1], *(branch.shape[1] for branch in branches)]
    segments = [number for number, length in enumerate(lengths) for _ in range(length)]
    told = [speaker.embed(branch.to(prefix.device)).to(prefix.dtype) for branch in branches]
    embedded = torch.cat([prefix, *told], 1)
    mask, positions = branch_mask(segments, [-1] + [0] * len(branches), embedded.dtype)
    logits = speaker.speak(embedded, mask.to(prefix.device), positions.to(prefix.device))
    return list(torch.split(logits[:, lengths[0] :], lengths[1:], 1))


def padded(rows: Sequence[Sequence[int]], pad: int) -> Tensor:
    """Rows of ids as one tensor, padded on the right."""
    longest = max(len(row) for row in rows)
    return torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows])


def taught(prompt: Sequence[int], answer: Sequence[int], end: int) -> tuple[list[int], list[int]]:
    """A branch's ids and, for each, the id that should follow it (IGNORED where that is not learnt)."""
    ids = [*prompt, *answer]
    return ids, [IGNORED] * (len(prompt) - 1) + [*answer, end]


@torch.no_grad()
def label_scores(speaker: Speaker, pixels: Tensor, labels: Sequence[str] = KINDS) -> Tensor:
    """Log-probabilities of the labels after the prompt `kind`, normalised: [pictures, labels].

    A label's score is the sum of the log-probabilities of its tokens, no more.
    """
    asked = words.encode(speaker.tokenizer, speaker.prompt("kind"))
    _, prefix = speaker.look(pixels)
    spelt = words.label_ids(speaker.tokenizer, labels)
    rows = torch.tensor([asked]).expand(len(pixels), -1)
    begun = [torch.tensor([ids[:-1]], dtype=torch.long).expand(len(pixels), -1) for ids in spelt]
    branches = [torch.cat([rows, start], 1) for start in begun]
    scores = []
    for logits, ids in zip(branch_logits(speaker, prefix, branches), spelt, strict=True):
        said = logits[:, len(asked) - 1 :].float().log_softmax(-1)
        scores.append(sum(said[:, place, token] for place, token in enumerate(ids)))
    return torch.stack([torch.as_tensor(score) for score in scores], 1).log_softmax(1)
