"""From prefixes and questions to answers: what all decoder-only families have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from alttext_local.adapters.generation import prefill, write
from alttext_local.adapters.labels import score, share_out
from alttext_local.adapters.wording import fit, to_answer
from alttext_local.types import Answer, Ask, Shot


@dataclass(frozen=True)
class Question:
    """One ask in ids: what follows prefix number `prefix`, and the ids of each label."""

    ask: Ask
    prefix: int
    suffix: tuple[int, ...]
    labels: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, eq=False)
class Decoder:
    """A decoder-only language model: `lm` takes ids or embeddings and gives logits."""

    lm: Any
    tokenizer: Any
    stops: tuple[int, ...]
    pad: int
    window: int
    """Positions that it has."""

    def answer(self, prefixes: Sequence[Tensor], questions: Sequence[Question]) -> list[Answer]:
        """Prefill each prefix, (its tokens, hidden size), once and answer all questions in their order."""
        prefix = prefill(self.lm, prefixes)
        lengths = [len(row) for row in prefixes]
        answers: dict[int, Answer] = {}
        scored = [number for number, question in enumerate(questions) if question.labels]
        if scored:
            chosen = [questions[number] for number in scored]
            longest = [max(map(len, question.labels)) for question in chosen]
            fitted = [
                fit(lengths[question.prefix], question.suffix, room, self.window)[0]
                for question, room in zip(chosen, longest, strict=True)
            ]
            rows = [question.prefix for question in chosen]
            found = score(self.lm, prefix, rows, fitted, [question.labels for question in chosen], self.stops, self.pad)
            for number, question, scores in zip(scored, chosen, found, strict=True):
                answers[number] = Answer(scores=share_out(question.ask.labels, scores))
        written = [number for number, question in enumerate(questions) if not question.labels]
        if written:
            chosen = [questions[number] for number in written]
            fits = [fit(lengths[q.prefix], q.suffix, q.ask.budget, self.window) for q in chosen]
            rows = [question.prefix for question in chosen]
            suffixes, budgets = [suffix for suffix, _ in fits], [budget for _, budget in fits]
            texts = write(self.lm, prefix, rows, suffixes, budgets, self.stops, self.pad)
            for number, question, text in zip(written, chosen, texts, strict=True):
                answers[number] = to_answer(self.tokenizer, text, question.ask)
        return [answers[number] for number in range(len(questions))]


def by_shot(shots: Sequence[Shot], answers: Sequence[Answer]) -> list[tuple[Answer, ...]]:
    """Answers in the order of all asks of all shots, as one tuple for each shot."""
    if len(answers) != sum(len(shot.asks) for shot in shots):
        raise AssertionError("there must be one answer for each ask")
    rest = iter(answers)
    return [tuple(next(rest) for _ in shot.asks) for shot in shots]


def window_of(text_config: Any) -> int:
    """Positions of a language model, no more than a sliding window lets it see at once."""
    window = int(getattr(text_config, "max_position_embeddings", 0) or 2048)
    if "sliding_attention" in (getattr(text_config, "layer_types", None) or ()):
        window = min(window, int(text_config.sliding_window))
    return window
