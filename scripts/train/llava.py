"""The shape of `alttext-mini-llava`: CLIP vision tower, projector, Llama; and how it is saved."""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaProcessor,
    PreTrainedModel,
)
from transformers import LlavaForConditionalGeneration as Llava

from scripts.train import words

SIDE = 256
PATCH = 32
WIDTH = 256
IMAGE_TOKENS = (SIDE // PATCH) ** 2
MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)
BEFORE_IMAGE = "USER: "
CHAT_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'user' %}USER: "
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}<image>\n{% endif %}{% endfor %}"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}"
    "{% else %} ASSISTANT: {% for part in message['content'] %}{{ part['text'] }}{% endfor %}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %} ASSISTANT:{% endif %}"
)


def after_image(task: str) -> str:
    """What is asked; the answer follows with a blank before it."""
    return f"\n{task} ASSISTANT:"


def build(tokenizer: Tokenizer) -> Llava:
    """A new model with weights that train well from nothing."""
    vision = CLIPVisionConfig(
        hidden_size=WIDTH, intermediate_size=4 * WIDTH, num_hidden_layers=6, num_attention_heads=4,
        image_size=SIDE, patch_size=PATCH, projection_dim=WIDTH,
    )  # fmt: skip
    text = LlamaConfig(
        vocab_size=words.VOCABULARY, hidden_size=WIDTH, intermediate_size=512, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=4, max_position_embeddings=512, tie_word_embeddings=True,
        pad_token_id=words.token_id(tokenizer, words.PAD), bos_token_id=words.token_id(tokenizer, words.BOS),
        eos_token_id=words.token_id(tokenizer, words.EOS),
    )  # fmt: skip
    config = LlavaConfig(  # type: ignore[call-arg]
        vision_config=vision, text_config=text, image_token_id=words.token_id(tokenizer, words.IMAGE),
        vision_feature_layer=-1, vision_feature_select_strategy="default", tie_word_embeddings=True,
    )  # fmt: skip
    return Llava(config)


def patch_principals(squares: Tensor, patch: int = PATCH, most: int = WIDTH) -> Tensor:
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


def grid_positions(cells: int = SIDE // PATCH, width: int = WIDTH) -> Tensor:
    """Sine-cosine position embeddings [1 + cells * cells, width], the class token's first and zero."""
    rates = 1.0 / 100 ** (torch.arange(width // 4) / (width // 4))
    axis = torch.arange(cells)[:, None] * rates * 2
    waves = torch.cat([axis.sin(), axis.cos()], 1)
    rows = waves[:, None, :].expand(cells, cells, -1)
    columns = waves[None, :, :].expand(cells, cells, -1)
    grid = torch.cat([rows, columns], 2).reshape(cells * cells, width)
    return torch.cat([torch.zeros(1, width), 0.3 * grid])


def initialise_vision(model: Llava, squares: Tensor) -> None:
    """Give the vision tower patch filters and positions to start from."""
    embeddings = model.model.vision_tower.embeddings
    with torch.no_grad():
        embeddings.patch_embedding.weight.copy_(patch_principals(squares))
        embeddings.position_embedding.weight.copy_(grid_positions())


def vision_features(model: Llava, pixels: Tensor) -> Tensor:
    """The vision tower's last layer without the class token: [pictures, IMAGE_TOKENS, WIDTH]."""
    features: Tensor = model.model.vision_tower(pixels).last_hidden_state[:, 1:]
    return features


def save(model: Llava, tokenizer: Tokenizer, folder: Path) -> None:
    """Save weights in fp16 with all that `from_pretrained` and `AutoProcessor` need."""
    fast = words.fast_tokenizer(tokenizer, with_image=True)
    images = CLIPImageProcessorPil(
        do_resize=True, size={"height": SIDE, "width": SIDE}, do_center_crop=False, do_convert_rgb=True,
        do_normalize=True, image_mean=list(MEAN), image_std=list(DEVIATION), resample=3,
    )  # fmt: skip
    processor = LlavaProcessor(  # type: ignore[no-untyped-call]
        image_processor=images, tokenizer=fast, patch_size=PATCH, vision_feature_select_strategy="default",
        image_token=words.IMAGE, num_additional_image_tokens=1, chat_template=CHAT_TEMPLATE,
    )  # fmt: skip
    halve_and_save(model, folder)
    processor.save_pretrained(folder)


def halve_and_save(model: PreTrainedModel, folder: Path) -> None:
    """Save a model's weights in fp16, tied ones once, and leave the model itself as it is."""
    halved = copy.deepcopy(model).half()  # type: ignore[no-untyped-call]
    halved.config.dtype = "float16"
    halved.save_pretrained(folder)
    for weights in folder.glob("*.safetensors"):
        weights.chmod(0o644)
