"""Tiny random language models with grouped heads (Llama) and without (OPT), and prefixes for them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import LlamaConfig, LlamaForCausalLM, OPTConfig, OPTForCausalLM

from alttext_local.adapters.generation import Language, Opening
from alttext_local.adapters.packed import pack

VOCABULARY, HIDDEN, STOP = 60, 32, 2


def language(kind: str = "llama", dtype: torch.dtype = torch.float32, packed: bool = False) -> Language:
    """The same weights for the same kind, wide enough for texts to differ."""
    shared = {"hidden_size": HIDDEN, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": VOCABULARY}
    if kind == "llama":
        config = LlamaConfig(**shared, intermediate_size=48, num_key_value_heads=2, max_position_embeddings=256)
        model = LlamaForCausalLM(config)
    else:
        config = OPTConfig(**shared, ffn_dim=48, max_position_embeddings=256, word_embed_proj_dim=HIDDEN)
        model = OPTForCausalLM(config)
    dice = torch.Generator().manual_seed(3)
    for weight in model.parameters():
        if weight.dim() > 1:
            weight.data = torch.randn(weight.shape, generator=dice) / weight.shape[-1] ** 0.5
    model.eval().requires_grad_(False).to(dtype)
    if packed:
        assert pack(model.model)
    return Language(model, (STOP,), 0)


def prefixes(dtype: torch.dtype = torch.float32) -> list[Opening]:
    """Embeddings of four prefixes of different lengths."""
    dice = torch.Generator().manual_seed(5)
    return [Opening(torch.randn(length, HIDDEN, generator=dice).to(dtype)) for length in (7, 12, 9, 5)]


def forced(language: Language, row: int, words: Sequence[int], written: Sequence[int]) -> list[float]:
    """Log-probabilities of given ids by one forward over everything, in the model's own type."""
    embed = language.lm.get_input_embeddings()
    prefix = prefixes(language.lm.dtype)[row].embeds
    whole = torch.cat([prefix, embed(torch.tensor([*words, *written]))])[None]
    scores = language.lm(inputs_embeds=whole).logits[0].float().log_softmax(-1)
    start = len(prefix) + len(words) - 1
    return [float(scores[start + place, token]) for place, token in enumerate(written)]
