"""How much memory a model takes, how much a device has, and how much of it is used: for people, no limits."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

import torch

from alttext_local.adapters.devices import choose_dtype, count_cuda, weight_bytes
from alttext_local.catalogue import INT8, Card

HOUSE = 1024**3
"""Bytes of the process without weights: torch, transformers, Tesseract, pictures in hand."""
SHARE = 1.15
"""Weights with what is computed beside them: activations, keys and values of a batch."""
NO_WEIGHTS = (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, MemoryError)
"""What reading the head of a file raises that is no safetensors."""
QUOTAS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_needed(card: Card, device: str) -> int:
    """Bytes on the device: from the heads of the weights where they are there, else from the card's parameters."""
    dtype = choose_dtype("auto" if card.dtype == INT8 else card.dtype, device, card.parameters)
    weights = round(card.parameters * 1e9) * dtype.itemsize
    if card.installed:
        with suppress(*NO_WEIGHTS):
            weights = weight_bytes(card.folder, dtype)
    if card.dtype == INT8:
        weights //= dtype.itemsize
    return round(weights * SHARE) + (HOUSE if device == "cpu" else 0)


def memory_there(device: str) -> int:
    """All of it, not only what is free now: of all GPUs, or of this machine (or container)."""
    if device.startswith("cuda"):
        return sum(torch.cuda.mem_get_info(number)[1] for number in range(count_cuda()))
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([physical, *(quota for path in QUOTAS if (quota := _quota(path)))])


def peak_memory(device: str) -> int:
    """Of the process on a CPU; of what torch took on a GPU, summed."""
    if device.startswith("cuda"):
        return sum(torch.cuda.max_memory_allocated(number) for number in range(count_cuda()))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def device_memory(device: str) -> dict[str, int]:
    """Bytes by kind: `total` and `free` of the device, `allocated` and `reserved` by this process.

    Empty for a device whose memory is the machine's own, and for one that this process has not begun to use: asking
    would begin it.
    """
    if not device.startswith("cuda"):
        return {}
    if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        return {}
    free, total = torch.cuda.mem_get_info(device)
    used = {"allocated": torch.cuda.memory_allocated(device), "reserved": torch.cuda.memory_reserved(device)}
    return {"total": total, "free": free, **used}


def _quota(path: Path) -> int:
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0
