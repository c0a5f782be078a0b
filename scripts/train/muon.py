"""Muon for a processor: torch's own orthogonalises in bfloat16, which takes most of a step where that is no hardware's.

Keller Jordan, 2024, https://kellerjordan.github.io/posts/muon/; the step's size is matched to AdamW's as by Liu and
others, 2025, "Muon is scalable for LLM training".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

QUINTIC = (3.4445, -4.7750, 2.0315)
"""Coefficients of the Newton-Schulz iteration that brings all singular values near 1."""
STEPS = 4
RMS_OF_ADAMW = 0.2


def orthogonalised(stack: Tensor, steps: int = STEPS) -> Tensor:
    """Matrices [matrices, rows, columns] with their singular values brought near 1, in the tensor's own precision."""
    a, b, c = QUINTIC
    tall = stack.shape[1] > stack.shape[2]
    x = stack.mT if tall else stack
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = x.mT if tall else x
    return result


class Muon(torch.optim.Optimizer):
    """Momentum with Nesterov's look ahead, orthogonalised, on matrices; those of one shape are worked on together.

    Filters [out, in, height, width] of a convolution count as matrices [out, in * height * width].
    """

    def __init__(
        self, groups: Iterable[dict[str, Any]], lr: float, momentum: float = 0.95, weight_decay: float = 0.05
    ) -> None:
        super().__init__(list(groups), {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """One step on all weights that have a gradient."""
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
            for weight in group["params"]:
                if weight.grad is not None:
                    by_shape[weight.shape].append(weight)
            for weights in by_shape.values():
                self._move(weights, group)

    def _move(self, weights: list[nn.Parameter], group: dict[str, Any]) -> None:
        directions = orthogonalised(
            torch.stack([self._direction(weight, group["momentum"]).flatten(1) for weight in weights])
        )
        size = group["lr"] * RMS_OF_ADAMW * max(directions.shape[1:]) ** 0.5
        for weight, direction in zip(weights, directions, strict=True):
            weight.mul_(1 - group["lr"] * group["weight_decay"]).add_(direction.view_as(weight), alpha=-size)

    def _direction(self, weight: nn.Parameter, momentum: float) -> Tensor:
        assert weight.grad is not None
        state = self.state[weight]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(weight)
        kept: Tensor = state["momentum"].lerp_(weight.grad, 1 - momentum)
        return weight.grad.lerp(kept, momentum)
