"""Which family loads a folder, by the `model_type` of its configuration."""

from __future__ import annotations

from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

from alttext_local.adapters import blip2, llava
from alttext_local.errors import BadSettings


def family_of(model_type: str) -> str:
    """The own families first, then every chat model that transformers can load. `BadSettings` for others."""
    own = {**dict.fromkeys(llava.CLASSES, "llava"), **dict.fromkeys(blip2.CLASSES, "blip2")}
    if model_type in own:
        return own[model_type]
    if model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES:
        return "chat_vlm"
    known = ", ".join(sorted({*own, *MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES}))
    raise BadSettings(f"No adapter knows the model type {model_type[:64]!a}; known are: {known}.")
