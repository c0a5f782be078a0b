"""XMP in a WEBP: taken out of it and put into it, chunk by chunk (exiftool before 12.61 reads it only).

Layout after the WebP container specification: `VP8X` first with a flag for XMP, the chunk `XMP ` behind the pixels.
"""

from __future__ import annotations

from alttext_local.metadata.image_data import NotFollowed, webp_chunks

XMP_FLAG, ALPHA_FLAG = 0x04, 0x10


def xmp_of(data: bytes) -> bytes:
    """The XMP packet, empty where there is none."""
    return next((data[begin:end] for name, begin, end in webp_chunks(data) if name == b"XMP "), b"")


def with_xmp(data: bytes, packet: bytes) -> bytes:
    """The file with this packet in the place of its own. `NotFollowed` for damage."""
    chunks = [(name, data[begin:end]) for name, begin, end in webp_chunks(data) if name != b"XMP "]
    if not chunks:
        raise NotFollowed("no chunks")
    if chunks[0][0] == b"VP8X" and chunks[0][1]:
        head = chunks.pop(0)[1]
        head = bytes((head[0] | XMP_FLAG,)) + head[1:]
    else:
        head = _extended_head(*chunks[0])
    body = b"".join(_chunk(name, part) for name, part in [(b"VP8X", head), *chunks, (b"XMP ", packet)])
    appended = data[8 + int.from_bytes(data[4:8], "little") :]
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body + appended


def _chunk(name: bytes, part: bytes) -> bytes:
    return name + len(part).to_bytes(4, "little") + part + b"\0" * (len(part) % 2)


def _extended_head(name: bytes, frame: bytes) -> bytes:
    """The payload of `VP8X` for a file of one simple frame: flags and size of the canvas, from the frame's own head."""
    if name == b"VP8L" and frame[:1] == b"\x2f":
        bits = int.from_bytes(frame[1:5], "little")
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    elif name == b"VP8 " and frame[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(frame[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        width, height, alpha = width - 1, height - 1, 0
    else:
        raise NotFollowed("no frame")
    flags = XMP_FLAG | (ALPHA_FLAG if alpha else 0)
    return bytes((flags, 0, 0, 0)) + width.to_bytes(3, "little") + height.to_bytes(3, "little")
