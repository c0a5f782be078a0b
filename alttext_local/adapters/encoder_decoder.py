"""Answers of a language model with an encoder (Flan-T5), whose prompt goes into the encoder with the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput

from alttext_local.adapters.answering import Question
from alttext_local.adapters.generation import Opening, Written
from alttext_local.adapters.labels import build_trie, read_scores, share_out
from alttext_local.adapters.stock import generate, search
from alttext_local.adapters.wording import shorten, to_answer
from alttext_local.types import Answer

LONGEST = 512
"""Tokens of picture and prompt together that T5 was trained with; its positions have no hard end."""


@dataclass(frozen=True, eq=False)
class EncoderDecoder:
    """An encoder-decoder language model: the encoder runs once for each ask."""

    lm: Any
    tokenizer: Any
    stops: tuple[int, ...]
    pad: int
    beams: int = 1
    """Texts side by side for each ask."""

    def answer(self, prefixes: Sequence[Opening], questions: Sequence[Question]) -> list[Answer]:
        """Encode each prefix, query tokens all of them, with each prompt and answer in the questions' order."""
        encoded, mask = self._encode(prefixes, questions)
        answers: dict[int, Answer] = {}
        for number, question in enumerate(questions):
            if question.labels:
                answers[number] = self._score(encoded[number], mask[number], question)
        written = [number for number, question in enumerate(questions) if not question.labels]
        if written:
            budgets = [max(1, questions[number].ask.budget) for number in written]
            texts = self._write(encoded[written], mask[written], budgets)
            for number, text in zip(written, texts, strict=True):
                answers[number] = to_answer(self.tokenizer, text, questions[number].ask)
        return [answers[number] for number in range(len(questions))]

    def _write(self, encoded: Tensor, mask: Tensor, budgets: Sequence[int]) -> list[Written]:
        if self.beams == 1:
            inputs = {"encoder_outputs": BaseModelOutput(encoded), "attention_mask": mask}
            return generate(self.lm, inputs, budgets, self.stops)
        rows = zip(torch.split(encoded, 1), torch.split(mask, 1), budgets, strict=True)
        return [
            search(
                self.lm,
                {"encoder_outputs": BaseModelOutput(row), "attention_mask": own},
                budget,
                self.stops,
                self.beams,
            )
            for row, own, budget in rows
        ]

    def _encode(self, prefixes: Sequence[Opening], questions: Sequence[Question]) -> tuple[Tensor, Tensor]:
        """Hidden states (asks, tokens, hidden size), padded on the left, and their mask."""
        rows = []
        for question in questions:
            prefix = prefixes[question.prefix].embeds
            ids = torch.tensor(shorten(question.suffix, LONGEST - len(prefix)), device=prefix.device)
            rows.append(torch.cat([prefix, self.lm.get_input_embeddings()(ids).to(prefix)]))
        longest = max(map(len, rows))
        embeds = rows[0].new_zeros(len(rows), longest, rows[0].shape[-1])
        mask = torch.zeros(len(rows), longest, dtype=torch.long, device=embeds.device)
        for number, row in enumerate(rows):
            embeds[number, longest - len(row) :] = row
            mask[number, longest - len(row) :] = 1
        return self.lm.get_encoder()(inputs_embeds=embeds, attention_mask=mask).last_hidden_state, mask

    def _score(self, encoded: Tensor, mask: Tensor, question: Question) -> Answer:
        """All labels of one ask as rows of the decoder, over what the encoder gave once."""
        trie = build_trie(question.labels)
        longest = max(map(len, question.labels))
        start = self.lm.generation_config.decoder_start_token_id
        rows = [[start, *label] + [self.pad] * (longest - len(label)) for label in question.labels]
        logits = self.lm(
            encoder_outputs=BaseModelOutput(encoded[None].expand(len(rows), -1, -1)),
            attention_mask=mask[None].expand(len(rows), -1),
            decoder_input_ids=torch.tensor(rows, device=encoded.device),
        ).logits
        # One row of logits for the root and one for each node of the trie, as `read_scores` wants them.
        nodes = {node: logits[row, depth + 1] for row, path in enumerate(trie.paths) for depth, node in enumerate(path)}
        flat = torch.stack([logits[0, 0], *(nodes[node] for node in range(len(trie.tokens)))])
        return Answer(scores=share_out(question.ask.labels, read_scores(flat, trie, self.stops)))
