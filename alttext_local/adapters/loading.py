"""From a folder to a model in memory: only local files, only safetensors, never code of the folder.

No torchvision: picture processors are asked for by their Pillow backend.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import AutoImageProcessor, AutoTokenizer, GenerationConfig
from transformers.utils import logging as transformers_logging

from alttext_local.adapters.devices import choose_device, choose_dtype, weight_bytes
from alttext_local.adapters.int8 import quantise
from alttext_local.adapters.reordered import reorder
from alttext_local.adapters.stock import settle
from alttext_local.catalogue import INT8, Card
from alttext_local.errors import BrokenModel, OutOfMemory

LOCAL: Mapping[str, Any] = {"local_files_only": True, "trust_remote_code": False}
"""How every file of a model folder is read."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What a folder held: the model on its device and in its dtype, and what feeds it."""

    model: Any
    tokenizer: Any
    pictures: Any
    """The image processor of transformers."""
    device: str
    """Where inputs go: the device of the first weights."""
    dtype: torch.dtype
    stops: tuple[int, ...]
    """Ids that end a text."""
    pad: int
    template: str
    """The folder's Jinja chat template, empty where it has none."""


def read_config(card: Card) -> dict[str, Any]:
    """The folder's `config.json`, after looking at what must be there. `BrokenModel` says what is not."""
    folder = card.folder
    if not folder.is_absolute():
        raise BrokenModel(f"{card.name}: its folder must be an absolute path.")
    if not (folder / "config.json").is_file():
        raise BrokenModel(f"{card.name}: config.json is missing.")
    if not any(folder.glob("*.safetensors")):
        raise BrokenModel(f"{card.name}: there are no weights in safetensors format.")
    configs = {name: read_json(card, name) for name in sorted(p.name for p in folder.glob("*.json"))}
    for name, content in configs.items():
        if isinstance(content, dict) and "auto_map" in content:
            raise BrokenModel(f"{card.name}: {name} wants to run code from the model's folder; that is never done.")
    config = configs["config.json"]
    if not isinstance(config, dict) or not isinstance(config.get("model_type"), str):
        raise BrokenModel(f"{card.name}: config.json names no model_type.")
    return config


def read_json(card: Card, name: str) -> Any:
    """One JSON file of the folder."""
    try:
        return json.loads((card.folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BrokenModel(f"{card.name}: {name} cannot be read.") from error


@contextmanager
def broken_unless_loaded(card: Card, what: str) -> Iterator[None]:
    """Turn whatever transformers raises on a bad folder into one plain `BrokenModel`."""
    try:
        yield
    except BrokenModel:
        raise
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise OutOfMemory(f"{card.name} does not fit in memory.") from error
    except Exception as error:  # transformers raises many kinds on a bad folder
        raise BrokenModel(f"{card.name}: {what} cannot be loaded ({type(error).__name__}).") from error


def place(card: Card, device: str, dtype: torch.dtype) -> dict[str, Any]:
    """How to spread the weights: over all GPUs where one has not the free memory for them."""
    if device == "cuda":
        free, _ = torch.cuda.mem_get_info()
        # A tenth is kept for activations and the cache of keys and values.
        if weight_bytes(card.folder, dtype) > 0.9 * free:
            return {"device_map": "auto"}
    return {}


def load_parts(card: Card, device: str, model_class: Any, *, reordered: bool = True) -> Parts:
    """Load model, tokenizer and image processor of a card's folder; `reordered`: its weights, on a CPU in bfloat16.

    `BrokenModel` for a folder that lacks something or holds another class, `BadSettings` for a device
    or dtype that is not there, `OutOfMemory` where the weights do not fit.
    """
    config = read_config(card)
    device = choose_device(device)
    dtype = choose_dtype(card.dtype, device, card.parameters)
    with broken_unless_loaded(card, "the tokenizer"):
        tokenizer = AutoTokenizer.from_pretrained(card.folder, padding_side="left", **LOCAL)
    with broken_unless_loaded(card, "the image processor"):
        pictures = AutoImageProcessor.from_pretrained(card.folder, backend="pil", **LOCAL)  # type: ignore[no-untyped-call]
    model, device = load_model(card, device, dtype, model_class)
    if reordered and dtype is torch.bfloat16 and device == "cpu":
        with memory_guard(device):
            reorder(model)
    stops, pad = stop_ids(model, tokenizer), pad_id(tokenizer, config)
    for writer in (model, getattr(model, "language_model", None)):
        if isinstance(getattr(writer, "generation_config", None), GenerationConfig):
            settle(writer, stops, pad)
    return Parts(
        model=model,
        tokenizer=tokenizer,
        pictures=pictures,
        device=device,
        dtype=dtype,
        stops=stops,
        pad=pad,
        template=read_template(card, tokenizer),
    )


def load_model(card: Card, device: str, dtype: torch.dtype, model_class: Any) -> tuple[Any, str]:
    """The model, ready to answer, and the device that its inputs go to."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    with broken_unless_loaded(card, "the weights"):
        spread = place(card, device, dtype)
        model, info = model_class.from_pretrained(
            card.folder, dtype=dtype, use_safetensors=True, output_loading_info=True, **spread, **LOCAL
        )
        if missing := sorted(info["missing_keys"]):
            raise BrokenModel(f"{card.name}: the weights lack {len(missing)} tensors, the first is {missing[0]}.")
        if not spread:
            model.to(device)
    model.eval().requires_grad_(False)
    if card.dtype == INT8:
        with memory_guard(device):
            quantise(model)
    return model, str(model.get_input_embeddings().weight.device)


def to_device(tensor: Tensor, device: str, dtype: torch.dtype | None = None) -> Tensor:
    """A tensor of the host on the model's device: to a GPU from pinned memory, without waiting for the copy."""
    if dtype is not None:
        tensor = tensor.to(dtype)
    if device.startswith("cuda") and tensor.device.type == "cpu":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def all_to_device(inputs: Mapping[str, Any], parts: Parts) -> dict[str, Any]:
    """The tensors of a processor on the model's device, floats in its dtype."""
    return {
        name: to_device(value, parts.device, parts.dtype if value.is_floating_point() else None)
        for name, value in inputs.items()
        if isinstance(value, Tensor)
    }


def stop_ids(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """The ids that end a text: those of the generation settings and the tokenizer's own."""
    found: list[int] = []
    inner = getattr(model, "language_model", None)
    for config in (model.generation_config, getattr(inner, "generation_config", None)):
        stop = config.eos_token_id if isinstance(config, GenerationConfig) else None
        found += [stop] if isinstance(stop, int) else list(stop or ())
    if tokenizer.eos_token_id is not None:
        found.append(tokenizer.eos_token_id)
    return tuple(dict.fromkeys(found))


def pad_id(tokenizer: Any, config: Mapping[str, Any]) -> int:
    """An id for places that no attention reads."""
    text = config.get("text_config") or {}
    for candidate in (tokenizer.pad_token_id, text.get("pad_token_id"), tokenizer.eos_token_id):
        if isinstance(candidate, int):
            return candidate
    return 0


def read_template(card: Card, tokenizer: Any) -> str:
    """The chat template, from whichever of its places this folder uses."""
    path = card.folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    if (card.folder / "chat_template.json").is_file():
        content = read_json(card, "chat_template.json").get("chat_template")
        if isinstance(content, str):
            return content
    template = getattr(tokenizer, "chat_template", None)
    if isinstance(template, dict):
        template = template.get("default")
    return template or ""


@contextmanager
def memory_guard(device: str) -> Iterator[None]:
    """Turn each way of running out of memory into `OutOfMemory`, with what can be freed set free."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        free_memory(device)
        raise OutOfMemory from error
    except RuntimeError as error:
        if not any(words in str(error).lower() for words in ("out of memory", "can't allocate memory")):
            raise
        free_memory(device)
        raise OutOfMemory from error


def free_memory(device: str) -> None:
    """Give unused blocks back to the device."""
    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    elif device.startswith("mps"):
        torch.mps.empty_cache()
