"""Our Muon does what torch's does, but for precision."""

from __future__ import annotations

import torch
from torch import nn

from scripts.train.muon import Muon, orthogonalised


def test_singular_values_come_near_one_whatever_they_were() -> None:
    torch.manual_seed(0)
    spread = torch.linalg.svdvals(orthogonalised(torch.randn(3, 40, 16) * torch.logspace(-1, 1, 16), steps=5))
    assert spread.shape == (3, 16) and spread.min() > 0.3 and spread.max() < 1.3


def test_steps_are_those_of_torch() -> None:
    torch.manual_seed(0)
    ours = [nn.Parameter(torch.randn(24, 8)), nn.Parameter(torch.randn(8, 24)), nn.Parameter(torch.randn(24, 8))]
    theirs = [nn.Parameter(weight.detach().clone()) for weight in ours]
    mine = Muon([{"params": ours}], lr=0.01)
    stock = torch.optim.Muon(theirs, lr=0.01, weight_decay=0.05, adjust_lr_fn="match_rms_adamw", ns_steps=4)
    for _ in range(5):
        for weight, other in zip(ours, theirs, strict=True):
            weight.grad = torch.randn_like(weight)
            other.grad = weight.grad.clone()
        mine.step()
        stock.step()
    for weight, other in zip(ours, theirs, strict=True):
        assert torch.allclose(weight, other, atol=0.002)  # torch rounds to bfloat16 on the way
