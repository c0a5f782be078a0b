"""What of a file's bytes makes its pixels: hashed before and after writing, with nothing decoded.

Two files with one digest hold the same compressed data and the same things that steer its decoding (size, palette,
transparency, colour profile), so they decode to the same pixels. A file that cannot be followed has no digest.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from alttext_local.pictures.formats import END_OF_IMAGE, MARKER, WITHOUT_LENGTH, Format
from alttext_local.pictures.tiff import tiff_parts

Data = bytes | mmap.mmap
Parts = Iterator[tuple[bytes, bytes]]
"""Name and bytes of each part that counts; the name is `SIGNATURE` for a manifest that signs the file."""

SIGNATURE = b"C2PA"
MOST_PARTS = 1_000_000
JPEG_TABLES = {0xC4, 0xCC, 0xDB, 0xDD, *range(0xC0, 0xC4), *range(0xC5, 0xCC), *range(0xCD, 0xD0)}
PNG_ASIDE = {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"IEND"}
WEBP_COUNTS = {b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
GIF_XMP = b"XMP DataXMP"


class NotFollowed(ValueError):
    """The file is not built as its format says."""


@dataclass(frozen=True)
class ImageData:
    """Of one file."""

    digest: str
    signed: bool
    """Whether it holds C2PA content credentials, which any change of the file would break."""


def image_data(file: BinaryIO, format: Format) -> ImageData:
    """The digest of an open file. `NotFollowed` for damage."""
    parts_of: dict[Format, Callable[[Data], Parts]] = {
        "JPEG": _jpeg,
        "PNG": _png,
        "GIF": _gif,
        "WEBP": _webp,
        "TIFF": tiff_parts,
    }
    signed, sha = False, hashlib.sha256(format.encode())
    try:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            for count, (name, part) in enumerate(islice(parts_of[format](data), MOST_PARTS + 1)):
                if count == MOST_PARTS:
                    raise NotFollowed("too many parts")
                if name == SIGNATURE:
                    signed = True
                else:
                    sha.update(name + len(part).to_bytes(8, "big"))
                    sha.update(part)
    except (IndexError, ValueError) as error:
        raise NotFollowed(str(error)) from None
    return ImageData(sha.hexdigest(), signed)


def _jpeg(data: Data) -> Parts:
    """Tables, frame and scans; of the application segments those that say what the colours mean."""
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if data[at] != 0xFF:
            raise NotFollowed("no marker")
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if marker == 0xDA:
            break
        if marker == 0xEB and b"jumb" in body[:64]:
            yield SIGNATURE, b""
        if marker in JPEG_TABLES or marker == 0xEE or (marker == 0xE2 and body.startswith(b"ICC_PROFILE")):
            yield bytes((marker,)), body
        at += 2 + length
    yield b"scans", data[at : _end_of_scans(data, at)]


def _end_of_scans(data: Data, at: int) -> int:
    """Where the end marker stands. Behind it, exiftool may move what is appended (previews, depth maps)."""
    while True:
        marker = MARKER.search(data, at)
        if marker is None:
            raise NotFollowed("no end")
        if marker[1][0] == END_OF_IMAGE:
            return marker.start()
        at = marker.end()
        if marker[1][0] not in WITHOUT_LENGTH:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))


def _png(data: Data) -> Parts:
    """Every chunk but texts; the run of IDAT counts as it is cut."""
    at = 8
    while True:
        length, name = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8])
        if len(name) < 4 or at + 12 + length > len(data):
            raise NotFollowed("a chunk is cut off")
        if name == b"caBX":
            yield SIGNATURE, b""
        elif name not in PNG_ASIDE:
            yield name, data[at + 8 : at + 8 + length]
        if name == b"IEND":
            return
        at += 12 + length


def _gif(data: Data) -> Parts:
    """All but the version in the head, comments and XMP."""
    at = 13 + _table(data[10])
    yield b"head", data[6:at]
    while data[at] != 0x3B:
        kind, begin = data[at], at
        if kind == 0x21:
            label, at = data[at + 1], at + 2
            application = bytes(data[at + 1 : at + 12])
        elif kind == 0x2C:
            label, application = 0, b""
            at += 10 + _table(data[at + 9]) + 1
        else:
            raise NotFollowed("no block")
        while data[at]:
            at += data[at] + 1
        at += 1
        if application.startswith(b"C2PA_GIF") and label == 0xFF:
            yield SIGNATURE, b""
        elif not (label == 0xFE or (label == 0xFF and application == GIF_XMP)):
            yield b"block", data[begin:at]


def _table(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(data: Data) -> Parts:
    for name, begin, end in webp_chunks(data):
        if name == b"C2PA":
            yield SIGNATURE, b""
        elif name in WEBP_COUNTS:
            yield name, data[begin:end]


def webp_chunks(data: Data) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of each chunk's payload. `NotFollowed` where one is cut off."""
    at, size = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= size:
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            raise NotFollowed("a chunk is cut off")
        yield bytes(data[at : at + 4]), at + 8, at + 8 + length
        at += 8 + length + length % 2
