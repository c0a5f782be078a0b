"""The models that are measured: the shipped ones, and real architectures in their real sizes with random weights.

Speed does not depend on what the weights say. Configurations are those that the models' makers published; nothing is
downloaded, tokenizers are made on the spot, a word a token. No special token is ever the likeliest, so every text runs
to its budget and all contenders write the same number of tokens. Heads are not tied to embeddings, as they are in some
of the originals: with random weights a tied head says its last word over and over, and the equality gate would see
nothing. It costs memory and no time, since a head is read at each step either way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    OPTConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    SiglipVisionConfig,
)

from alttext_local.catalogue import Card, load_catalogue
from alttext_local.prompts.style import load_style
from alttext_local.types import KINDS, Ask, Request
from scripts.bench.turns import say

ROOT = Path(__file__).resolve().parents[2]
SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "<image>")
PAD, BOS, EOS, UNKNOWN, IMAGE = range(len(SPECIAL))
IDS: dict[str, Any] = {"bos_token_id": BOS, "eos_token_id": EOS, "pad_token_id": PAD}
PROMPTS = {
    "kind": "Which kind of picture is this ?",
    "caption": "Write one short sentence that says what this picture shows to somebody who cannot see it .",
    "description": "Describe this picture in full to somebody who cannot see it , the most important thing first .",
    "keywords": "Name the five words under which somebody would look for this picture .",
}
BUDGETS = {"kind": 0, "caption": 40, "description": 120, "keywords": 30}
TEMPLATE = (
    "{% for m in messages %}USER: {% for c in m['content'] %}{% if c['type'] == 'image' %}<image>\n"
    "{% else %}{{ c['text'] }}{% endif %}{% endfor %} {% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)


def subject(name: str, folder: Path, dtype: str, device: str) -> Card:
    """The card of a model by name; one with random weights is written into `folder` where it is not there yet."""
    if name not in BUILDERS:
        return replace(load_catalogue(ROOT / "models" / "catalogue.toml").card(name), dtype=dtype)
    family, parameters, build = BUILDERS[name]
    home = (folder / name).resolve()
    if not (home / "done").is_file():
        say(f"building {name} with random weights in {home}")
        build(home, device)
        (home / "done").touch()
    return Card(name, family, "instruct", "random weights", "", "", home, dtype, parameters)


def asks_of(card: Card) -> tuple[Ask, ...]:
    """The four outputs: kind, alternative text, description, keywords."""
    if card.repo != "random weights":
        return load_style(card.prompts).asks(Request(card.name, generate_description=True), instructions=False)
    return tuple(
        Ask(task, prompt, BUDGETS[task], KINDS if task == "kind" else ())  # type: ignore[arg-type]
        for task, prompt in PROMPTS.items()
    )


def words_of(size: int) -> PreTrainedTokenizerFast:
    """A tokenizer of `size` words, those of the prompts and labels among them."""
    known = " ".join((*PROMPTS.values(), *KINDS, "USER: ASSISTANT:")).split()
    names = [*SPECIAL, *dict.fromkeys(known)]
    names += [f"w{number}" for number in range(size - len(names))]
    inner = Tokenizer(models.WordLevel({name: number for number, name in enumerate(names)}, unk_token=SPECIAL[UNKNOWN]))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    inner.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", BOS)])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=inner,
        pad_token=SPECIAL[PAD],
        bos_token=SPECIAL[BOS],
        eos_token=SPECIAL[EOS],
        unk_token=SPECIAL[UNKNOWN],
        extra_special_tokens={"image_token": SPECIAL[IMAGE]},
        padding_side="left",
    )


def save(folder: Path, device: str, make: Callable[[], Any], pictures: Any, template: str = "") -> None:
    """Make a model in bfloat16 on the device, and write what a downloaded folder would hold."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    torch.manual_seed(1)
    try:
        with torch.device(device):
            model = make()
    finally:
        torch.set_default_dtype(before)
    with torch.no_grad():
        head = model.get_output_embeddings().weight
        head[: len(SPECIAL)] = 0
    model.save_pretrained(folder)
    words_of(len(head)).save_pretrained(folder)
    pictures.save_pretrained(folder)
    if template:
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")


def llava(folder: Path, device: str, vision: CLIPVisionConfig, text: LlamaConfig, layer: int) -> None:
    """A LLaVA 1.5, with the processor that the pipeline of transformers wants."""
    from transformers import LlavaProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokens: dict[str, Any] = {"image_token_id": IMAGE}
    config = LlavaConfig(vision_config=vision, text_config=text, vision_feature_layer=layer, **tokens)
    side: Any = vision.image_size
    pictures = CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    processor = LlavaProcessor(  # type: ignore[no-untyped-call]
        pictures,
        words_of(text.vocab_size),
        patch_size=vision.patch_size,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=TEMPLATE,
    )
    save(folder, device, lambda: LlavaForConditionalGeneration(config), processor, TEMPLATE)


def tiny(folder: Path, device: str) -> None:
    """A LLaVA of a few numbers, to try the benchmark itself."""
    sizes: dict[str, Any] = {
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "hidden_size": 64,
        "intermediate_size": 96,
    }
    text = LlamaConfig(**sizes, vocab_size=400, max_position_embeddings=512, **IDS)
    llava(folder, device, CLIPVisionConfig(**sizes, image_size=224, patch_size=56, projection_dim=32), text, -2)


def llava_7b(folder: Path, device: str) -> None:
    """LLaVA-1.5-7B: CLIP ViT-L/14 at 336 pixels, Vicuna-7B."""
    text = LlamaConfig(
        hidden_size=4096,
        intermediate_size=11008,
        num_hidden_layers=32,
        num_attention_heads=32,
        vocab_size=32064,
        max_position_embeddings=4096,
        rms_norm_eps=1e-5,
        **IDS,
    )
    vision = CLIPVisionConfig(
        hidden_size=1024,
        intermediate_size=4096,
        num_hidden_layers=24,
        num_attention_heads=16,
        image_size=336,
        patch_size=14,
        projection_dim=768,
    )
    llava(folder, device, vision, text, -2)


def onevision(folder: Path, device: str) -> None:
    """LLaVA-OneVision-0.5B: SigLIP-so400m/14 at 384 pixels without its last layer, Qwen2-0.5B."""
    from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil

    text = Qwen2Config(
        hidden_size=896,
        intermediate_size=4864,
        num_hidden_layers=24,
        num_attention_heads=14,
        num_key_value_heads=2,
        vocab_size=152000,
        max_position_embeddings=32768,
        tie_word_embeddings=False,
        **IDS,
    )
    vision = SiglipVisionConfig(
        hidden_size=1152,
        intermediate_size=4304,
        num_hidden_layers=26,
        num_attention_heads=16,
        image_size=384,
        patch_size=14,
        vision_use_head=False,
    )
    grids = [[384 * down, 384 * across] for down in range(1, 7) for across in range(1, 7)]
    tokens: dict[str, Any] = {"image_token_id": IMAGE, "video_token_id": text.vocab_size - 1}
    config = LlavaOnevisionConfig(
        vision_config=vision,
        text_config=text,
        **tokens,
        image_grid_pinpoints=grids,
        tie_word_embeddings=False,
    )
    pictures = LlavaOnevisionImageProcessorPil(size={"height": 384, "width": 384}, image_grid_pinpoints=grids)
    save(folder, device, lambda: LlavaOnevisionForConditionalGeneration(config), pictures, TEMPLATE)


def blip2(folder: Path, device: str) -> None:
    """BLIP-2 with OPT-2.7B: EVA ViT-g/14 at 224 pixels, 32 query tokens."""
    from transformers.models.blip.image_processing_pil_blip import BlipImageProcessorPil

    vision = Blip2VisionConfig(
        hidden_size=1408,
        intermediate_size=6144,
        num_hidden_layers=39,
        num_attention_heads=16,
        image_size=224,
        patch_size=14,
    )
    text = OPTConfig(
        hidden_size=2560,
        word_embed_proj_dim=2560,
        ffn_dim=10240,
        num_hidden_layers=32,
        num_attention_heads=32,
        vocab_size=50304,
        max_position_embeddings=2048,
        tie_word_embeddings=False,
        **IDS,
    )
    config = Blip2Config(
        vision_config=vision.to_dict(),
        qformer_config=Blip2QFormerConfig(encoder_hidden_size=1408, cross_attention_frequency=2).to_dict(),
        text_config=text.to_dict(),
        num_query_tokens=32,
        image_token_index=IMAGE,
    )
    pictures = BlipImageProcessorPil(size={"height": 224, "width": 224})
    save(folder, device, lambda: Blip2ForConditionalGeneration(config), pictures)


BUILDERS: dict[str, tuple[str, float, Callable[[Path, str], None]]] = {
    "tiny": ("llava", 0.0, tiny),
    "llava-1.5-7b-random": ("llava", 7.06, llava_7b),
    "llava-onevision-0.5b-random": ("llava", 0.89, onevision),
    "blip2-opt-2.7b-random": ("blip2", 3.74, blip2),
}
"""Name: family, billions of parameters, how it is built."""
