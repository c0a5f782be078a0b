"""TIFFs made by hand, so that they may be of any kind and may lie."""

from __future__ import annotations

import struct

import numpy as np

Tag = tuple[int, int, list[int]]
LETTERS = {1: "B", 3: "H", 4: "I"}


def tiff(
    planes: list[bytes],
    size: tuple[int, int],
    bits: int = 8,
    samples: int = 1,
    meaning: int = 1,
    kind: int = 1,
    order: str = "<",
    extra: tuple[Tag, ...] = (),
    following: int = 0,
) -> bytes:
    """One page without compression. `meaning` is PhotometricInterpretation, `kind` SampleFormat."""
    tags: list[Tag] = [
        (256, 4, [size[0]]),
        (257, 4, [size[1]]),
        (258, 3, [bits] * samples),
        (259, 3, [1]),
        (262, 3, [meaning]),
        (273, 4, [0] * len(planes)),
        (277, 3, [samples]),
        (278, 4, [size[1]]),
        (279, 4, [len(plane) for plane in planes]),
        (284, 3, [2 if len(planes) > 1 else 1]),
        (339, 3, [kind] * samples),
        *extra,
    ]
    values_at = 8 + 2 + 12 * len(tags) + 4
    lengths = [struct.calcsize(LETTERS[kind]) * len(value) for _, kind, value in tags]
    at = values_at + sum(length for length in lengths if length > 4)
    places = [at + sum(len(plane) for plane in planes[:n]) for n in range(len(planes))]
    entries, values = b"", b""
    for tag, letter, value in sorted(tags):
        raw = struct.pack(f"{order}{len(value)}{LETTERS[letter]}", *(places if tag == 273 else value))
        if len(raw) > 4:
            place, values = struct.pack(f"{order}I", values_at + len(values)), values + raw
        else:
            place = raw.ljust(4, b"\0")
        entries += struct.pack(f"{order}HHI", tag, letter, len(value)) + place
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(tags))
    return head + entries + struct.pack(f"{order}I", following) + values + b"".join(planes)


def ramp(kind: str, low: float, high: float, size: tuple[int, int] = (64, 48)) -> bytes:
    """Grey from `low` at the left to `high` at the right, as numbers of a NumPy kind."""
    return np.tile(np.linspace(low, high, size[0]), (size[1], 1)).astype(kind).tobytes()
