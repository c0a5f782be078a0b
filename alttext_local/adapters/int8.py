"""Linear layers in 8-bit integers, for models on a CPU that are bound by reading their weights.

Weights: one scale for each output, symmetric (-127..127). Activations: one scale for each row, found anew at each
call, so that a row's result does not depend on the rows beside it; with one scale for a whole tensor, as torch's own
dynamic quantisation has it, it would, and the same picture would be told differently in another batch.

Measured with torch 2.13 on one core (AVX512-VNNI, AVX512-BF16), layers of Qwen2-0.5B and SigLIP, milliseconds in bfloat16
against this file: 896 -> 4864 at 1, 4, 16, 700 rows: 1.08/0.16, 1.83/0.34, 1.63/0.60, 95/47; 4864 -> 896: 0.84/0.11,
0.93/0.32, 1.39/0.62, 94/55; 1152 -> 4304 at 700 rows (vision): 210/48; the head, 896 -> 151,936, at one row: 86/28. int8
weights alone (`_weight_int8pack_mm`) came near it at one row (0.24) and lost at 700 (231); dynamic quantisation of a tensor
(0.47, 0.46, 0.75, 53) is as fast where rows are many, and falls away for the reason above.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

LARGEST = 127
SMALLEST_SCALE = 1e-8
"""For rows of nothing but zeros."""


class Int8Linear(nn.Module):
    """A linear layer, (..., inputs) -> (..., outputs), with int8 weights (outputs, inputs)."""

    weight: Tensor
    scale: Tensor
    bias: Tensor | None

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        scale = (weight.abs().amax(1) / LARGEST).clamp_min(SMALLEST_SCALE)
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.register_buffer("weight", (weight / scale[:, None]).round_().to(torch.int8))
        self.register_buffer("scale", scale)
        self.register_buffer("bias", None if linear.bias is None else linear.bias.detach().float())

    def forward(self, given: Tensor) -> Tensor:
        """In the dtype of what is given; sums are whole numbers of 32 bits, scaled in float32."""
        rows = given.reshape(-1, self.in_features)
        scale = (rows.abs().amax(1, keepdim=True).float() / LARGEST).clamp_min(SMALLEST_SCALE)
        # The transposed view, not a copy of it: oneDNN reads it as fast or faster at every number of rows.
        sums = torch._int_mm((rows / scale).round_().to(torch.int8), self.weight.t())
        found = torch.mul(sums, scale).mul_(self.scale)
        if self.bias is not None:
            found += self.bias
        return found.to(given.dtype).view(*given.shape[:-1], self.out_features)


def quantise(model: Any) -> int:
    """Put int8 layers in the place of all linear layers, in memory alone; how many they were.

    All of them: the language model and its head, for which few rows are read with all weights; and vision tower and
    projector, whose hundreds of rows gain as much by whole numbers as by fewer bytes. Layers that derive from
    `Linear` stay, as others read their weights.
    """
    count = 0
    for name, layer in list(model.named_children()):
        if type(layer) is nn.Linear:
            setattr(model, name, Int8Linear(layer))
            count += 1
        else:
            count += quantise(layer)
    return count
