"""Attention of grouped heads that repeats no keys: the heads of a group become more queries of their one key head.

Registered with transformers under `PACKED`, beside its own functions, so that no model's code is touched. Stock
attention copies keys and values once for each query head of a group wherever a mask is given and more than one token
is fed, which is each step of a decoder that reads one prefix for several texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, AttentionMaskInterface

PACKED = "alttext_packed"
LONGEST = 64
"""Tokens fed at once that are still packed: the mask is repeated for each head of a group, which in the end costs more
than the keys do."""
UNFIT = ("softcap", "position_bias", "s_aux", "cache", "output_attentions")
"""What a model may ask of attention that only the stock function knows."""


def packed_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **wanted: Any,
) -> tuple[Tensor, None]:
    """Attend with queries (B, heads, Q, width) to keys and values (B, key heads, K, width): (B, Q, heads, width).

    The mask is (B or 1, 1, Q, K), additive or true where a key is seen. Whatever else comes goes to stock attention.
    """
    batch, heads, length, width = query.shape
    groups = heads // key.shape[1]
    fits = attention_mask is not None and attention_mask.ndim == 4 and attention_mask.shape[1] == 1
    if groups == 1 or length > LONGEST or not fits or dropout or _asks_more(wanted):
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **wanted
        )
    assert attention_mask is not None
    mask = attention_mask[:, :, None, :, : key.shape[2]].expand(-1, -1, groups, length, -1)
    found = scaled_dot_product_attention(
        query.reshape(batch, key.shape[1], groups * length, width),
        key,
        value,
        attn_mask=mask.reshape(len(mask), 1, groups * length, -1),
        scale=scaling,
    )
    return found.reshape(batch, heads, length, -1).transpose(1, 2).contiguous(), None


def _asks_more(wanted: Mapping[str, Any]) -> bool:
    """Whether there is anything that only the stock function knows; a value may be a tensor."""
    return any(wanted.get(name) is not None and wanted[name] is not False for name in UNFIT)


AttentionInterface.register(PACKED, packed_attention)
AttentionMaskInterface.register(PACKED, ALL_MASK_ATTENTION_FUNCTIONS["sdpa"])


def packs(config: Any) -> bool:
    """Whether a language model's attention may be packed: heads in groups, and neither windows, caps nor sinks."""
    heads = int(getattr(config, "num_attention_heads", 0) or 0)
    groups = heads // int(getattr(config, "num_key_value_heads", None) or heads or 1)
    slides = "sliding_attention" in (getattr(config, "layer_types", None) or ())
    caps = getattr(config, "attn_logit_softcapping", None) is not None
    return groups > 1 and not slides and not caps and config._attn_implementation == "sdpa"


def pack(language: Any) -> bool:
    """Let a language model attend in packs where that is right; whether it is."""
    fits = packs(language.config)
    if fits:
        language.set_attn_implementation(PACKED)
    return fits
