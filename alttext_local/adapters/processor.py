"""What the CPU of this machine can do, and what is chosen for it: threads, and the numbers models are held in.

One model process computes on the physical cores; children that decode pictures and OCR keep to one thread each, as
two threads on one core, or more threads than cores, cost a matrix product more than they bring.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

import torch

SMALL = 0.1
"""Billions of parameters below which `auto` stays with float32 on a CPU: there is no time to be won in the weights
of such a model, and the shipped ones were calibrated so."""
QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Where a container's share of the processors stands: microseconds of quota and of period, or `max`."""


@dataclass(frozen=True)
class Processor:
    """One machine's CPU."""

    cores: int
    """Physical ones."""
    allowed: int
    """Logical ones that this process may use, by its affinity and its container's quota."""
    bfloat16: bool
    """Multiplies matrices of bfloat16 in hardware (AVX512-BF16, AMX, or Arm's BF16)."""
    int8: bool
    """Multiplies bytes in hardware (VNNI, AMX, or Arm's dot product)."""

    @property
    def threads(self) -> int:
        """For the model."""
        return max(1, min(self.cores, self.allowed))


def look_at_processor() -> Processor:
    """The CPU that this process runs on."""
    able = torch.cpu.get_capabilities()
    bfloat16 = any(able.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16"))
    int8 = any(able.get(name) for name in ("avx512_vnni", "avx_vnni", "amx_int8", "dot", "i8mm"))
    cores = int(able.get("num_physical_cores") or os.cpu_count() or 1)
    return Processor(cores, min(_affinity(), quota_of(_read(QUOTA))), bfloat16, int8)


def auto_dtype(processor: Processor, parameters: float) -> str:
    """What `auto` means on this CPU for a model of so many billions of parameters."""
    return "bfloat16" if processor.bfloat16 and parameters >= SMALL else "float32"


def use_threads(threads: int = 0) -> int:
    """Let torch compute on so many threads; how many they are.

    0: as many as `OMP_NUM_THREADS` says where it is set, else one for each physical core that may be used.
    """
    chosen = threads or threads_of_environment() or look_at_processor().threads
    torch.set_num_threads(chosen)
    return chosen


def threads_of_environment() -> int:
    """What `OMP_NUM_THREADS` says; 0 where it says nothing."""
    said = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(said) if said.isdigit() else 0


def quota_of(text: str) -> int:
    """Whole processors that a cgroup's `cpu.max` allows, at least one; a great number where it sets no limit."""
    quota, _, period = text.partition(" ")
    if not quota.strip().isdigit():
        return 1 << 16
    return max(1, math.ceil(int(quota) / int(period)))


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
