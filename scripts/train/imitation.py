"""New eyes learn from trained ones: first to give what they give, picture for picture, then all goes on together.

A label is one word a picture; the features of a trained tower are 256 numbers for each of 64 places. Eyes that imitate
these are half as good as their teacher after a few thousand pictures, and what comes after them goes on as it was
(feature distillation: Romero and others, 2014, "FitNets: Hints for Thin Deep Nets").
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import LlavaForConditionalGeneration as Llava

from scripts.train.batches import Batch
from scripts.train.muon import Muon

LOG = logging.getLogger(__name__)
MUON_RATE = 4e-3
ADAM_RATE = 3e-3
See = Callable[[Tensor], Tensor]
"""Normalised pixels [pictures, 3, side, side] to features [pictures, tokens, width]."""


@dataclass(frozen=True)
class Time:
    """How long to imitate: minutes, or for tests steps instead."""

    minutes: float
    steps: int | None = None

    def over(self, seconds: float, steps: int) -> float:
        """Share of the time that is over."""
        return steps / self.steps if self.steps is not None else seconds / (60 * self.minutes)


def imitate(student: See, teacher: See, weights: nn.Module, batches: Iterator[Batch], time_given: Time) -> float:
    """Train `weights`, of which `student` is made, until it sees as `teacher` does; the share left unexplained."""
    matrices = [weight for weight in weights.parameters() if weight.ndim in (2, 4)]
    others = [weight for weight in weights.parameters() if weight.ndim not in (2, 4)]
    optimisers = (
        (Muon([{"params": matrices}], lr=MUON_RATE, weight_decay=0.01), MUON_RATE),
        (torch.optim.AdamW(others, lr=ADAM_RATE, weight_decay=0.0), ADAM_RATE),
    )
    weights.train()
    began, unexplained, steps = time.monotonic(), 1.0, 0
    while (done := time_given.over(time.monotonic() - began, steps)) < 1:
        for optimiser, rate in optimisers:
            optimiser.zero_grad(set_to_none=True)
            for group in optimiser.param_groups:
                group["lr"] = rate * max(0.01, min(1.0, done / 0.03, (1 - done) / 0.6))
        pixels = next(batches).pixels
        with torch.no_grad():
            wanted = teacher(pixels)
        loss = nn.functional.mse_loss(student(pixels), wanted) / (wanted - wanted.mean(0)).square().mean()
        loss.backward()  # type: ignore[no-untyped-call]
        for optimiser, _ in optimisers:
            optimiser.step()
        steps += 1
        unexplained += 0.1 * (loss.item() - unexplained)
        if steps % 20 == 0:
            LOG.info("%5.1f %% of imitation, %.1f %% unexplained", 100 * done, 100 * unexplained)
    return unexplained


def graft_stem(model: Llava, old: Llava, batches: Iterator[Batch], time_given: Time) -> float:
    """Give a model what one of a plain CLIP tower knows, and a stem that learns to see as its patches did.

    Returns the share of the old embeddings that the stem does not explain.
    """
    model.model.multi_modal_projector.load_state_dict(old.model.multi_modal_projector.state_dict())
    model.model.language_model.load_state_dict(old.model.language_model.state_dict())
    mine, plain = model.model.vision_tower, old.model.vision_tower

    def embed(pixels: Tensor) -> Tensor:
        embedded: Tensor = plain.pre_layrnorm(plain.embeddings(pixels))
        return embedded

    _take_layers(mine, plain)
    with torch.no_grad():
        mine.embeddings.position_embeddings.copy_(embed(next(batches).pixels).mean(0, keepdim=True))
        mine.embeddings.cls_token.zero_()
    return imitate(
        lambda pixels: mine.embeddings(pixels).last_hidden_states, embed, mine.embeddings, batches, time_given
    )


def _take_layers(mine: nn.Module, plain: nn.Module) -> None:
    """Copy a CLIP tower's layers into those of a DPT tower: the same, by other names."""
    names = {
        "attention.attention.query": "self_attn.q_proj",
        "attention.attention.key": "self_attn.k_proj",
        "attention.attention.value": "self_attn.v_proj",
        "attention.output.dense": "self_attn.out_proj",
        "intermediate.dense": "mlp.fc1",
        "output.dense": "mlp.fc2",
        "layernorm_before": "layer_norm1",
        "layernorm_after": "layer_norm2",
    }
    for number in range(len(mine.get_submodule("encoder.layer"))):  # type: ignore[arg-type]
        for ours, theirs in names.items():
            module = plain.get_submodule(f"encoder.layers.{number}.{theirs}")
            mine.get_submodule(f"encoder.layer.{number}.{ours}").load_state_dict(module.state_dict())
