"""The shape of `alttext-mini-llava`: convolutions before a ViT, projector, Llama; and how it is saved.

The tower is the hybrid of Ranftl, Bochkovskiy and Koltun, 2021, "Vision Transformers for Dense Prediction": a small
residual network makes the patches' embeddings. A single linear map of a patch of 32 pixels learned too slowly, and what
it left out no later layer could see; convolutions before a transformer help it see ("Early Convolutions Help
Transformers See Better", Xiao and others, 2021).
"""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import (
    CLIPImageProcessorPil,
    DPTConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaProcessor,
    PreTrainedModel,
    ResNetConfig,
)
from transformers import LlavaForConditionalGeneration as Llava

from scripts.train import words

SIDE = 256
PATCH = 32
WIDTH = 256
CELLS = SIDE // PATCH
IMAGE_TOKENS = CELLS**2
CHANNELS = (16, 48, 96, 192)
"""Of the stem's stages, each of half the size of the one before; the first sees a quarter of the picture's side."""
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
    stem = ResNetConfig(  # type: ignore[call-arg]
        embedding_size=CHANNELS[0], hidden_sizes=list(CHANNELS), depths=[1] * len(CHANNELS), layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )  # fmt: skip
    vision = DPTConfig(
        is_hybrid=True, backbone_config=stem, backbone_featmap_shape=[1, CHANNELS[-1], CELLS, CELLS],
        hidden_size=WIDTH, intermediate_size=4 * WIDTH, num_hidden_layers=6, num_attention_heads=4,
        hidden_act="quick_gelu", layer_norm_eps=1e-5, image_size=SIDE, patch_size=PATCH, pooler_output_size=1,
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


def grid_positions(cells: int = CELLS, width: int = WIDTH) -> Tensor:
    """Sine-cosine position embeddings [1 + cells * cells, width], the class token's first and zero."""
    rates = 1.0 / 100 ** (torch.arange(width // 4) / (width // 4))
    axis = torch.arange(cells)[:, None] * rates * 2
    waves = torch.cat([axis.sin(), axis.cos()], 1)
    rows = waves[:, None, :].expand(cells, cells, -1)
    columns = waves[None, :, :].expand(cells, cells, -1)
    grid = torch.cat([rows, columns], 2).reshape(cells * cells, width)
    return torch.cat([torch.zeros(1, width), 0.3 * grid])


def initialise_vision(model: Llava) -> None:
    """Give the vision tower positions to start from."""
    with torch.no_grad():
        model.model.vision_tower.embeddings.position_embeddings.copy_(grid_positions()[None])


def vision_features(model: Llava, pixels: Tensor) -> Tensor:
    """The vision tower's last layer without the class token: [pictures, IMAGE_TOKENS, WIDTH]."""
    features: Tensor = model.model.vision_tower(pixels, output_hidden_states=True).hidden_states[-1][:, 1:]
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
