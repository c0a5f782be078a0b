"""The `generate` of transformers, made to keep to a budget for each row and to say how likely each token was.

For models whose own bookkeeping (an encoder, positions in several dimensions) is not ours to redo.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from alttext_local.adapters.generation import Written, most_likely


class Recorder(LogitsProcessor):
    """Notes at each step the log-probability of each row's likeliest token; changes nothing."""

    def __init__(self) -> None:
        self.steps: list[Tensor] = []

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Take logits (R, vocabulary) of one step."""
        del input_ids
        self.steps.append(most_likely(scores)[1])
        return scores


class Budgets(StoppingCriteria):
    """Ends each row when it has written its budget."""

    def __init__(self, budgets: Sequence[int]) -> None:
        self.budgets = budgets
        self.written = 0

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **_: Any) -> torch.BoolTensor:
        """Called once after each step; for each row whether it is done."""
        del scores
        self.written += 1
        done = torch.tensor([self.written >= budget for budget in self.budgets], device=input_ids.device)
        return torch.BoolTensor(done) if done.device.type == "cpu" else done  # type: ignore[return-value]


def settle(model: Any, stops: Sequence[int], pad: int) -> None:
    """Make a model greedy: no penalty or sampling of its folder's generation settings has a say any more."""
    old = model.generation_config
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False,
        bos_token_id=old.bos_token_id,
        eos_token_id=list(stops),
        pad_token_id=pad,
        decoder_start_token_id=old.decoder_start_token_id,
    )


def search(model: Any, inputs: dict[str, Any], budget: int, stops: Sequence[int], beams: int) -> Written:
    """Write for one row of `inputs` by beam search, with a length penalty of 1: the likeliest of `beams` texts."""
    found = model.generate(
        **inputs,
        max_new_tokens=budget,
        num_beams=beams,
        output_scores=True,
        return_dict_in_generate=True,
    )
    values = model.compute_transition_scores(found.sequences, found.scores, found.beam_indices)[0].tolist()
    ids = found.sequences[0].tolist()[-len(values) :]
    end = next((place for place, token in enumerate(ids) if token in stops), len(ids))
    return Written(tuple(ids[:end]), tuple(values[:end]))


def generate(model: Any, inputs: dict[str, Any], budgets: Sequence[int], stops: Sequence[int]) -> list[Written]:
    """Write greedily for each row of `inputs`: at most `budgets[i]` tokens, until a stop."""
    recorder = Recorder()
    found = model.generate(
        **inputs,
        max_new_tokens=max(budgets),
        logits_processor=LogitsProcessorList([recorder]),
        stopping_criteria=StoppingCriteriaList([Budgets(budgets)]),
    )
    steps = len(recorder.steps)
    ids = found[:, found.shape[1] - steps :].tolist()
    logprobs = torch.stack(recorder.steps, 1).tolist()
    written = []
    for row, own, budget in zip(ids, logprobs, budgets, strict=True):
        end = next((place for place, token in enumerate(row) if token in stops), steps)
        end = min(end, budget)
        written.append(Written(tuple(row[:end]), tuple(own[:end])))
    return written
