"""How much one picture may ask of this machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Of one picture. The assembler fills them in from the settings."""

    max_pixels: int
    max_side: int
    """Pixels."""
    max_jpeg_scans: int
    seconds: float
    """Of wall time, kept by the parent."""
    cpu_seconds: int
    """Kept by the system, in the child."""
    memory: int
    """Bytes of address space of the child, its libraries included."""
