"""From prefixes and questions to answers: what all decoder-only families have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alttext_local.adapters import beams, generation, labels, tree
from alttext_local.adapters.adapter import Way
from alttext_local.adapters.generation import Language, Opening, Prefix, Written, prefill
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
    """A language model with what it needs to answer questions."""

    language: Language
    tokenizer: Any
    window: int
    """Positions that it has."""
    way: Way
    """How the asks of a batch are decoded."""
    beams: int = 1
    """Texts side by side for each ask; over forked prefixes where there are more than one."""

    def answer(self, prefixes: Sequence[Opening], questions: Sequence[Question]) -> list[Answer]:
        """Prefill each prefix once and answer all questions in their order."""
        plans = [self.plan(len(prefixes[question.prefix]), question) for question in questions]
        scored = [number for number, question in enumerate(questions) if question.labels]
        written = [number for number, question in enumerate(questions) if not question.labels]
        rows = [question.prefix for question in questions]
        grows = self.way == "tree"
        cells = room(rows, plans, scored, written if self.beams == 1 else []) if grows else 0
        prefix = prefill(self.language, prefixes, cells)
        answers: dict[int, Answer] = {}
        if scored:
            chosen = [questions[number] for number in scored]
            given = ([rows[n] for n in scored], [plans[n].suffix for n in scored], [q.labels for q in chosen])
            found = (tree.score if grows else labels.score)(self.language, prefix, *given)
            for number, question, scores in zip(scored, chosen, found, strict=True):
                answers[number] = Answer(scores=labels.share_out(question.ask.labels, scores))
        if written:
            texts = self._write(prefix, [rows[n] for n in written], [plans[n] for n in written])
            for number, text in zip(written, texts, strict=True):
                answers[number] = to_answer(self.tokenizer, text, questions[number].ask)
        return [answers[number] for number in range(len(questions))]

    def _write(self, prefix: Prefix, rows: Sequence[int], plans: Sequence[Plan]) -> list[Written]:
        asked = (rows, [plan.suffix for plan in plans], [plan.budget for plan in plans])
        if self.beams > 1:
            return beams.write(self.language, prefix, *asked, self.beams)
        return (tree.write if self.way == "tree" else generation.write)(self.language, prefix, *asked)

    def plan(self, prefix: int, question: Question) -> Plan:
        """What of a question stays in the window behind so many tokens. `ValueError` where nothing does."""
        wanted = max(map(len, question.labels)) if question.labels else question.ask.budget
        suffix, budget = fit(prefix, question.suffix, wanted, self.window)
        nodes = len(labels.build_trie(question.labels).tokens) if question.labels else 0
        return Plan(tuple(suffix), budget, len(suffix) + (nodes or budget))


@dataclass(frozen=True)
class Plan:
    """One question as it fits."""

    suffix: tuple[int, ...]
    budget: int
    cells: int
    """Tokens whose keys and values are kept behind the prefix, at most."""


def room(rows: Sequence[int], plans: Sequence[Plan], scored: Sequence[int], written: Sequence[int]) -> int:
    """Cells behind the prefix of the fullest picture: labels are scored first, and leave theirs to the texts."""
    parts = (scored, written)
    return max(tree.room_for([rows[n] for n in part], [plans[n].cells for n in part]) for part in parts)


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
