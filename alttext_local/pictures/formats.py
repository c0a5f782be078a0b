"""What the first bytes of a file say, and what a JPEG's segments say, with nothing decoded."""

from __future__ import annotations

import re
from typing import Literal

Format = Literal["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"]
API_FORMATS: tuple[Format, ...] = ("PNG", "JPEG", "BMP", "GIF")
"""What the API takes: its contract says so."""
ARCHIVE_FORMATS: tuple[Format, ...] = (*API_FORMATS, "TIFF", "WEBP")
"""What batch runs read besides: archives live in TIFF."""

MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0\x08\0\0\0", "TIFF"),
    (b"MM\0+\0\x08\0\0", "TIFF"),
)
"""BigTIFF writes `+` for `*` and says how long its places are."""
BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
"""Sizes of the headers after the file header: `BM` alone also opens texts."""

START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
"""Markers with nothing after them: TEM, RST0-7, SOI."""
MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
"""Within a scan's data, FF is followed by 00 or RST0-7; anything else is a segment's marker (ITU-T T.81, B.1.1)."""


def format_of(data: bytes, formats: tuple[Format, ...] = API_FORMATS) -> Format | None:
    """The format by content alone; `None` for all that is not among `formats`."""
    name = _known(data)
    return name if name in formats else None


def _known(data: bytes) -> Format | None:
    for magic, name in MAGIC:
        if data.startswith(magic):
            return name
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in BMP_HEADERS:
        return "BMP"
    return None


def jpeg_scans(data: bytes, most: int) -> int:
    """How many scans a JPEG has; counting ends once there are more than `most`."""
    scans, at = 0, 2
    while scans <= most:
        marker = MARKER.search(data, at)
        if marker is None or marker[1][0] == END_OF_IMAGE:
            break
        at = marker.end()
        if marker[1][0] in WITHOUT_LENGTH:
            continue
        scans += marker[1][0] == START_OF_SCAN
        at += max(2, int.from_bytes(data[at : at + 2], "big"))
    return scans


def webp_frames(data: bytes) -> int:
    """How many frames a WEBP has: its `ANMF` chunks; 1 where it is not animated."""
    frames, at = 0, 12
    while at + 8 <= len(data):
        frames += data[at : at + 4] == b"ANMF"
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    return max(1, frames)
