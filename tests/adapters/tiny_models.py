"""Folders with tiny random models of the real architectures, as `save_pretrained` writes them.

Weights are wide enough that greedy texts differ between pictures and prompts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    Blip2Config,
    Blip2ForConditionalGeneration,
    Blip2QFormerConfig,
    Blip2VisionConfig,
    CLIPVisionConfig,
    InstructBlipConfig,
    InstructBlipForConditionalGeneration,
    InstructBlipQFormerConfig,
    InstructBlipVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaNextConfig,
    LlavaNextForConditionalGeneration,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    OPTConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    SiglipVisionConfig,
    T5Config,
)

PAD, BOS, EOS, UNKNOWN, IMAGE = 0, 1, 2, 3, 4
VOCABULARY = 240
WORDS = (
    *("USER:", "ASSISTANT:", "kind:", "caption:", "keywords:", "describe", "the", "picture", "in", "one", "short"),
    *("sentence", "what", "is", "this", "a", "an", "and", "of", "photograph", "chart", "bar", "line", "pie", "table"),
    *("text", "other", "map", "logo", "screenshot", "red", "blue", "large", "small", "with", "for", "people"),
)
GRIDS = [[56, 112], [112, 56], [112, 112]]
TEMPLATE = (
    "{% for m in messages %}USER: {% for c in m['content'] %}{% if c['type'] == 'image' %}<image>\n"
    "{% else %}{{ c['text'] }}{% endif %}{% endfor %} {% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)


def tokenizer(
    extra: tuple[str, ...] = (), bos: bool = True, eos: bool = False, roles: dict[str, str] | None = None
) -> PreTrainedTokenizerFast:
    """One token a word; whatever it does not know is `<unk>`. Pads on the right, as most folders say."""
    names = ["<pad>", "<s>", "</s>", "<unk>", "<image>", *extra, *WORDS]
    names += [f"w{number}" for number in range(VOCABULARY - len(names))]
    inner = Tokenizer(models.WordLevel({name: number for number, name in enumerate(names)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    single = f"{'<s> ' if bos else ''}$A{' </s>' if eos else ''}"
    inner.post_processor = processors.TemplateProcessing(single=single, special_tokens=[("<s>", BOS), ("</s>", EOS)])
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=["<image>", *extra],
        padding_side="right",
        **({"extra_special_tokens": roles} if roles else {}),
    )


def widen(model: Any) -> Any:
    """Random weights large enough for texts to differ; the same at every call."""
    dice = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() >= 2:
                scale = 0.5 if "embed" in name or "query_tokens" in name else 0.9 / weight.shape[-1] ** 0.5
                weight.copy_(torch.randn(weight.shape, generator=dice) * scale)
            elif "norm" not in name.lower():
                weight.copy_(torch.randn(weight.shape, generator=dice) * 0.05)
    return model.eval()


def save(folder: Path, model: Any, words: Any, pictures: Any, template: str = "") -> Path:
    """Write what a downloaded folder holds."""
    for part in (widen(model), words, pictures):
        part.save_pretrained(folder)
    if template:
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    return folder


def llama() -> LlamaConfig:
    return LlamaConfig(
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=VOCABULARY,
        max_position_embeddings=512,
        bos_token_id=BOS,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )


def clip() -> CLIPVisionConfig:
    return CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=56,
        patch_size=14,
        projection_dim=32,
    )


def llava(folder: Path, template: str = TEMPLATE) -> Path:
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    config = LlavaConfig(vision_config=clip(), text_config=llama(), image_token_id=IMAGE, vision_feature_layer=-1)
    pictures = CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56})
    return save(folder, LlavaForConditionalGeneration(config), tokenizer(), pictures, template)


def llava_next(folder: Path) -> Path:
    from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil

    config = LlavaNextConfig(
        vision_config=clip(), text_config=llama(), image_token_id=IMAGE, image_grid_pinpoints=GRIDS
    )
    pictures = LlavaNextImageProcessorPil(
        size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56}, image_grid_pinpoints=GRIDS
    )
    return save(folder, LlavaNextForConditionalGeneration(config), tokenizer(), pictures)


def llava_onevision(folder: Path) -> Path:
    from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil

    siglip = SiglipVisionConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        image_size=56,
        patch_size=14,
        vision_use_head=False,
    )
    qwen = Qwen2Config(**{**llama().to_dict(), "model_type": "qwen2", "tie_word_embeddings": False})
    config = LlavaOnevisionConfig(
        vision_config=siglip,
        text_config=qwen,
        image_token_id=IMAGE,
        video_token_id=VOCABULARY - 1,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        image_grid_pinpoints=GRIDS,
        vision_aspect_ratio="anyres_max_9",
    )
    pictures = LlavaOnevisionImageProcessorPil(size={"height": 56, "width": 56}, image_grid_pinpoints=GRIDS)
    return save(folder, LlavaOnevisionForConditionalGeneration(config), tokenizer(), pictures, TEMPLATE)


def opt() -> OPTConfig:
    return OPTConfig(
        hidden_size=64,
        ffn_dim=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        vocab_size=VOCABULARY,
        max_position_embeddings=160,
        word_embed_proj_dim=64,
        tie_word_embeddings=False,
        bos_token_id=BOS,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )


def t5() -> T5Config:
    return T5Config(
        d_model=64,
        d_kv=16,
        d_ff=96,
        num_layers=2,
        num_decoder_layers=2,
        num_heads=4,
        vocab_size=VOCABULARY,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=PAD,
        eos_token_id=EOS,
        pad_token_id=PAD,
    )


def blip_pictures() -> Any:
    from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

    return BlipImageProcessorPil(size={"height": 56, "width": 56})


def blip2(folder: Path, text: Callable[[], Any] = opt) -> Path:
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = Blip2Config(
        vision_config=Blip2VisionConfig(**sizes, image_size=56, patch_size=14).to_dict(),
        qformer_config=Blip2QFormerConfig(**sizes, encoder_hidden_size=32, vocab_size=VOCABULARY).to_dict(),
        text_config=text().to_dict(),
        num_query_tokens=8,
        image_token_index=IMAGE,
    )
    encodes = text is t5
    words = tokenizer(bos=not encodes, eos=encodes)
    return save(folder, Blip2ForConditionalGeneration(config), words, blip_pictures())


def blip2_t5(folder: Path) -> Path:
    return blip2(folder, t5)


def instructblip(folder: Path) -> Path:
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = InstructBlipConfig(
        vision_config=InstructBlipVisionConfig(**sizes, image_size=56, patch_size=14).to_dict(),
        qformer_config=InstructBlipQFormerConfig(
            **sizes, encoder_hidden_size=32, vocab_size=VOCABULARY, max_position_embeddings=64
        ).to_dict(),
        text_config=llama().to_dict(),
        num_query_tokens=8,
        image_token_index=IMAGE,
    )
    tokenizer(bos=False).save_pretrained(folder / "qformer_tokenizer")
    return save(folder, InstructBlipForConditionalGeneration(config), tokenizer(), blip_pictures())


def qwen2_5_vl(folder: Path) -> Path:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    words = tokenizer(("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"), bos=False)
    ids = {name: words.convert_tokens_to_ids(name) for name in words.get_added_vocab()}
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 4,
        "out_hidden_size": 64,
        "patch_size": 14,
        "fullatt_block_indexes": [1],
    }
    text = {
        **llama().to_dict(),
        "model_type": "qwen2_5_vl_text",
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]},
    }
    config = Qwen2_5_VLConfig(
        vision_config=vision,
        text_config=text,
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    pictures = Qwen2VLImageProcessorPil(size={"shortest_edge": 56 * 56, "longest_edge": 112 * 112})
    template = TEMPLATE.replace("<image>\n", " <|vision_start|> <|image_pad|> <|vision_end|> ")
    return save(folder, Qwen2_5_VLForConditionalGeneration(config), words, pictures, template)


def idefics3(folder: Path) -> Path:
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    return tiled_chat(folder, Idefics3Config, Idefics3ForConditionalGeneration, Idefics3ImageProcessorPil)


def smolvlm(folder: Path) -> Path:
    from transformers import SmolVLMConfig, SmolVLMForConditionalGeneration
    from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

    return tiled_chat(folder, SmolVLMConfig, SmolVLMForConditionalGeneration, SmolVLMImageProcessorPil)


def tiled_chat(folder: Path, kind: Any, model: Any, processor: Any) -> Path:
    """Idefics3, and SmolVLM, which is one but for its name."""
    marks = ("<fake_token_around_image>", "<end_of_utterance>", "<global-img>")
    tiles = tuple(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7))
    words = tokenizer((*marks, *tiles))
    vision = {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": 56,
        "patch_size": 14,
    }
    config = kind(vision_config=vision, text_config=llama(), image_token_id=IMAGE, scale_factor=2, pad_token_id=PAD)
    pictures = processor(size={"longest_edge": 112}, max_image_size={"longest_edge": 56})
    save(folder, model(config), words, pictures, TEMPLATE)
    name = model.__name__.replace("ForConditionalGeneration", "Processor")
    (folder / "processor_config.json").write_text(f'{{"image_seq_len": 4, "processor_class": "{name}"}}')
    return folder


def gemma3(folder: Path) -> Path:
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    roles = {"image_token": "<image>", "boi_token": "<boi>", "eoi_token": "<eoi>"}
    words = tokenizer(("<boi>", "<eoi>"), roles=roles)
    vision = {
        "model_type": "siglip_vision_model",
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "image_size": 56,
        "patch_size": 14,
        "vision_use_head": False,
    }
    text = {
        **llama().to_dict(),
        "model_type": "gemma3_text",
        "head_dim": 16,
        "query_pre_attn_scalar": 16,
        "tie_word_embeddings": False,
    }
    text = {name: value for name, value in text.items() if name not in ("rope_parameters", "rope_scaling")}
    config = Gemma3Config(
        vision_config=vision,
        text_config={**text, "sliding_window": 256, "layer_types": ["sliding_attention", "full_attention"]},
        mm_tokens_per_image=4,
        tie_word_embeddings=False,
        image_token_index=IMAGE,
        boi_token_index=words.convert_tokens_to_ids("<boi>"),
        eoi_token_index=words.convert_tokens_to_ids("<eoi>"),
    )
    pictures = Gemma3ImageProcessorPil(size={"height": 56, "width": 56})
    template = TEMPLATE.replace("<image>\n", " <boi> ")
    save(folder, Gemma3ForConditionalGeneration(config), words, pictures, template)
    (folder / "processor_config.json").write_text('{"image_seq_length": 4, "processor_class": "Gemma3Processor"}')
    return folder
