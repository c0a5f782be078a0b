"""The shape of `alttext-mini-blip2`: ViT, Q-Former, OPT; and how it is saved."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import (
    Blip2Config,
    Blip2Processor,
    Blip2QFormerConfig,
    Blip2VisionConfig,
    BlipImageProcessorPil,
    OPTConfig,
)
from transformers import Blip2ForConditionalGeneration as Blip2

from scripts.train import llava, words

QUERIES = 32
QUERY_WIDTH = 192


def after_image(task: str) -> str:
    """What is asked; the answer follows with a blank before it."""
    return f"{task}:"


def build(tokenizer: Tokenizer) -> Blip2:
    """A new model with weights that train from nothing: no vanishing queries, no tiny epsilons."""
    vision = Blip2VisionConfig(
        hidden_size=llava.WIDTH, intermediate_size=4 * llava.WIDTH, num_hidden_layers=6, num_attention_heads=4,
        image_size=llava.SIDE, patch_size=llava.PATCH, hidden_act="quick_gelu", layer_norm_eps=1e-5,
        initializer_range=0.02,
    )  # fmt: skip
    qformer = Blip2QFormerConfig(
        vocab_size=words.VOCABULARY, hidden_size=QUERY_WIDTH, num_hidden_layers=2, num_attention_heads=3,
        intermediate_size=2 * QUERY_WIDTH, encoder_hidden_size=llava.WIDTH, cross_attention_frequency=1,
        layer_norm_eps=1e-5, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    text = OPTConfig(
        vocab_size=words.VOCABULARY, hidden_size=llava.WIDTH, word_embed_proj_dim=llava.WIDTH, ffn_dim=512,
        num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=320, dropout=0.0,
        pad_token_id=words.token_id(tokenizer, words.PAD), bos_token_id=words.token_id(tokenizer, words.BOS),
        eos_token_id=words.token_id(tokenizer, words.EOS),
    )  # fmt: skip
    config = Blip2Config(  # type: ignore[call-arg]
        vision_config=vision.to_dict(), qformer_config=qformer.to_dict(), text_config=text.to_dict(),
        num_query_tokens=QUERIES, image_token_id=words.token_id(tokenizer, words.IMAGE),
    )  # fmt: skip
    model = Blip2(config)
    nn.init.normal_(model.query_tokens, std=0.5)
    return model


def patch_principals(squares: Tensor, patch: int = llava.PATCH, most: int = llava.WIDTH) -> Tensor:
    """Whitened, randomly rotated principal directions of patches: filters [most, 3, patch, patch].

    `squares` is normalised pixels [pictures, 3, side, side].
    """
    patches = nn.functional.unfold(squares, patch, stride=patch).transpose(1, 2).reshape(-1, 3 * patch * patch)
    patches = patches - patches.mean(0)
    _, spread, directions = torch.svd_lowrank(patches, q=most, niter=4)
    scale = spread / max(1, len(patches)) ** 0.5
    whitening = (directions / (scale + 0.05 * scale[0])).T
    rotation, _ = torch.linalg.qr(torch.randn(most, most))
    filters: Tensor = (rotation @ whitening * 0.5).reshape(most, 3, patch, patch)
    return filters


def initialise_vision(model: Blip2, squares: Tensor) -> None:
    """Give the vision model patch filters and positions to start from; it normalises no embeddings."""
    embeddings = model.vision_model.embeddings
    with torch.no_grad():
        embeddings.patch_embedding.weight.copy_(patch_principals(squares))
        embeddings.patch_embedding.bias.zero_()
        embeddings.position_embedding.copy_(llava.grid_positions()[None])


def vision_features(model: Blip2, pixels: Tensor) -> Tensor:
    """What the vision model makes of pictures [pictures, 1 + IMAGE_TOKENS, WIDTH], the class token's row first."""
    features: Tensor = model.vision_model(pixels).last_hidden_state
    return features


class Blip2Speaker:
    """`alttext-mini-blip2` as the learner sees it."""

    def __init__(self, model: Blip2, tokenizer: Tokenizer) -> None:
        self.model = model
        self.tokenizer = tokenizer

    def look(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Image tokens, and what the queries found among them."""
        features = vision_features(self.model, pixels)
        queries = self.model.query_tokens.expand(len(pixels), -1, -1)
        everywhere = torch.ones(features.shape[:2], dtype=torch.long, device=pixels.device)
        asked = self.model.qformer(
            query_embeds=queries, encoder_hidden_states=features, encoder_attention_mask=everywhere
        ).last_hidden_state
        return features[:, 1:], self.model.language_projection(asked)

    def embed(self, ids: Tensor) -> Tensor:
        """Rows of the embedding table."""
        embedded: Tensor = self.model.language_model.get_input_embeddings()(ids)
        return embedded

    def speak(self, embeddings: Tensor, mask: Tensor, positions: Tensor) -> Tensor:
        """The language model on embeddings."""
        decoder = self.model.language_model.model.decoder
        mask = mask.expand(len(embeddings), -1, -1, -1)
        hidden = decoder(
            inputs_embeds=embeddings, attention_mask=mask, position_ids=positions, use_cache=False
        ).last_hidden_state
        logits: Tensor = self.model.language_model.lm_head(hidden)
        return logits

    def prompt(self, task: str) -> str:
        """The task and a colon."""
        return after_image(task)


def save(model: Blip2, tokenizer: Tokenizer, folder: Path) -> None:
    """Save weights in fp16 with all that `from_pretrained` and `AutoProcessor` need."""
    images = BlipImageProcessorPil(
        do_resize=True, size={"height": llava.SIDE, "width": llava.SIDE}, do_convert_rgb=True, do_normalize=True,
        image_mean=list(llava.MEAN), image_std=list(llava.DEVIATION), resample=3,
    )  # fmt: skip
    fast = words.fast_tokenizer(tokenizer, with_image=False)
    processor = Blip2Processor(  # type: ignore[no-untyped-call]
        image_processor=images, tokenizer=fast, num_query_tokens=QUERIES
    )
    llava.halve_and_save(model, folder)
    processor.save_pretrained(folder)
