"""How much memory a device has, and how much of it is used."""

from __future__ import annotations


def device_memory(device: str) -> dict[str, int]:
    """Bytes by kind: `total` and `free` of the device, `allocated` and `reserved` by this process.

    Empty for a device whose memory is the machine's own, and for one that this process has not begun to use: asking
    would begin it.
    """
    if not device.startswith("cuda"):
        return {}
    import torch

    if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        return {}
    free, total = torch.cuda.mem_get_info(device)
    used = {"allocated": torch.cuda.memory_allocated(device), "reserved": torch.cuda.memory_reserved(device)}
    return {"total": total, "free": free, **used}
