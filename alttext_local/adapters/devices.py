"""Which devices there are, in which numbers a model computes on one, and how many bytes its weights take.

Without transformers, which takes seconds to import: whoever only asks about the machine does not wait for it.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch

from alttext_local.adapters.processor import auto_dtype, look_at_processor
from alttext_local.catalogue import INT8
from alttext_local.errors import BadSettings

SIZE_OF = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2}
"""Bytes of one number, by the name of its type in a safetensors header; others have one byte."""


def choose_device(device: str) -> str:
    """`auto` becomes cuda, mps or cpu, the first that is there; others are checked to be there."""
    if device == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        chosen = torch.device(device)
        if chosen.type == "cuda":  # counted and not tried: that would take half a gigabyte of it for this process
            there = (chosen.index or 0) < count_cuda()
        else:
            there = torch.empty(0, device=chosen).device.type == chosen.type
    except (RuntimeError, AssertionError):
        there = False
    if not there:
        raise BadSettings(f"There is no device {device} on this machine.")
    return device


def choose_devices(device: str) -> tuple[str, ...]:
    """A device, or several with commas between them, or `all`: those that each get a copy of the models."""
    if device == "all":
        count = count_cuda()
        return tuple(f"cuda:{number}" for number in range(count)) if count > 1 else (choose_device("auto"),)
    chosen = tuple(choose_device(one) for one in device.split(","))
    if twice := sorted({one for one in chosen if one != "cpu" and chosen.count(one) > 1}):
        raise BadSettings(f"device names {', '.join(twice)} more than once.")
    return chosen


def count_cuda() -> int:
    """GPUs that torch sees."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def settle_dtype(name: str, device: str, parameters: float) -> str:
    """What a card's `dtype` becomes on a device, for a model of so many billions of parameters.

    `auto`: bfloat16 on a GPU, and on a CPU that has it for a model that gains by it; else float32. `int8` stays, for
    CPUs alone, and is never chosen by itself. `BadSettings` for what cannot be.
    """
    if name == "auto":
        return auto_dtype(look_at_processor(), parameters) if device.startswith("cpu") else "bfloat16"
    if name == INT8:
        if not device.startswith("cpu"):
            raise BadSettings(f"int8 is for CPUs; on {device} set dtype to auto or bfloat16.")
    elif not isinstance(getattr(torch, name, None), torch.dtype):
        raise BadSettings(f"{name} is no dtype of torch.")
    return name


def choose_dtype(name: str, device: str, parameters: float = 0.0) -> torch.dtype:
    """What a model is loaded in and computes in beside its int8 layers, where it has those."""
    settled = settle_dtype(name, device, parameters)
    if settled == INT8:
        settled = settle_dtype("auto", device, parameters)
    dtype: torch.dtype = getattr(torch, settled)
    return dtype


def weight_bytes(folder: Path, dtype: torch.dtype) -> int:
    """Bytes that the folder's weights take when held in `dtype`, read from the files' headers."""
    numbers = 0
    for path in folder.glob("*.safetensors"):
        with path.open("rb") as stream:
            header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
        for name, tensor in header.items():
            if name != "__metadata__":
                start, end = tensor["data_offsets"]
                numbers += (end - start) // SIZE_OF.get(tensor["dtype"], 1)
    return numbers * dtype.itemsize
