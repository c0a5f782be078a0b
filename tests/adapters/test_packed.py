"""Packed attention against the stock one."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import Gemma2Config, LlamaConfig, LlamaForCausalLM
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from alttext_local.adapters.packed import LONGEST, PACKED, pack, packed_attention, packs

SIZES: dict[str, Any] = {
    "hidden_size": 48,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "vocab_size": 40,
}


class Attention(nn.Module):
    """What the functions read of a module."""

    num_key_value_groups = 3
    is_causal = True


def tensors(length: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Queries of 6 heads, keys and values of 2, and a mask with holes."""
    dice = torch.Generator().manual_seed(length)
    query, key, value = (
        torch.randn(2, heads, size, 8, generator=dice) for heads, size in ((6, length), (2, 70), (2, 70))
    )
    seen = torch.rand(2, 1, length, 70, generator=dice) > 0.4
    seen[..., 0] = True
    return query, key, value, seen


@pytest.mark.parametrize("length", [1, 2, 5, LONGEST, LONGEST + 1])
@pytest.mark.parametrize("boolean", [True, False])
def test_it_gives_what_stock_attention_gives(length: int, boolean: bool) -> None:
    query, key, value, seen = tensors(length)
    mask = seen if boolean else torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)
    ours, _ = packed_attention(Attention(), query, key, value, mask, scaling=0.3)
    stock, _ = sdpa_attention_forward(Attention(), query, key, value, mask, scaling=0.3)
    assert ours.shape == (2, length, 6, 8)
    assert torch.allclose(ours, stock, atol=1e-6)


def test_without_a_mask_stock_attention_decides() -> None:
    query, key, value, _ = tensors(70)
    ours, _ = packed_attention(Attention(), query, key, value, None)
    stock, _ = sdpa_attention_forward(Attention(), query, key, value, None)
    assert torch.equal(ours, stock)


def test_what_only_stock_attention_knows_is_left_to_it() -> None:
    query, key, value, seen = tensors(3)
    with pytest.raises(ValueError, match="softcap"):
        packed_attention(Attention(), query, key, value, seen, softcap=30.0)


def test_a_model_uses_it_and_says_the_same() -> None:
    torch.manual_seed(1)
    model = LlamaForCausalLM(LlamaConfig(**SIZES)).eval()
    ids, mask = torch.randint(0, 40, (2, 9)), torch.ones(2, 9, dtype=torch.long)
    mask[0, :4] = 0
    with torch.inference_mode():
        stock = model(input_ids=ids, attention_mask=mask).logits
        assert pack(model.model)
        ours = model(input_ids=ids, attention_mask=mask).logits
    assert model.model.config._attn_implementation == PACKED
    assert torch.allclose(ours[:, 4:], stock[:, 4:], atol=1e-5)


def configured(**changes: Any) -> LlamaConfig:
    config = LlamaConfig(**{**SIZES, **changes})
    config._attn_implementation = "sdpa"
    return config


def test_where_it_is_right() -> None:
    assert packs(configured())
    assert not packs(configured(num_key_value_heads=6))
    sliding = configured()
    sliding.layer_types = ["sliding_attention", "full_attention"]
    assert not packs(sliding)
    eager = configured()
    eager._attn_implementation = "eager"
    assert not packs(eager)
    capped = Gemma2Config(**SIZES, attn_logit_softcapping=50.0, layer_types=["full_attention"] * 2)
    capped._attn_implementation = "sdpa"
    assert not packs(capped)
