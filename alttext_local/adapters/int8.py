"""Linear layers in 8-bit integers, for models on a CPU that are bound by reading their weights.

Weights: one scale for each output, symmetric (-127..127). Activations: one scale for each row, found anew at each
call, so that a row's result does not depend on the rows beside it; with one scale for a whole tensor, as torch's own
dynamic quantisation has it, it would, and the same picture would be told differently in another batch.

Measured with torch 2.13 on one core (AVX512-VNNI, AVX512-BF16), milliseconds at 1, 4, 16 and 700 rows:

| layer | bfloat16 | this file | `_weight_int8pack_mm` | per-tensor dynamic |
|---|---|---|---|---|
| 896 -> 4864 (Qwen2-0.5B) | 1.08, 1.83, 1.63, 95 | 0.16, 0.34, 0.60, 47 | 0.24, 0.48, 2.0, 231 | 0.47, 0.46, 0.75, 53 |
| 4864 -> 896 | 0.84, 0.93, 1.39, 94 | 0.11, 0.32, 0.62, 55 | 0.22, 0.44, 1.73, 346 | 0.32, 0.43, 0.67, 44 |
| 1152 -> 4304 (SigLIP) | 1.08, 1.55, 1.64, 210 | 0.13, 0.34, 0.70, 48 | 0.26, 0.52, 2.30, 334 | 0.42, 0.46, 0.84, 49 |
| 896 -> 151,936 (head), 1, 4, 16 rows | 86, 32, 46 | 44, 21, 30 | 128, 25, 97 | 24, 9, 17 |
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
