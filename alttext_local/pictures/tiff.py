"""The pages of a TIFF or BigTIFF, followed in its bytes: how many, and what makes the pixels of each."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass

Data = bytes | mmap.mmap

SUB_IFDS, C2PA = 330, 52545
OFFSETS = {273: 279, 324: 325, 513: 514}
"""Tag of the places of strips, tiles or an old JPEG -> tag of their lengths."""
COUNTS = {
    *(254, 256, 257, 258, 259, 262, 266, 274, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 325, 332),
    *(338, 339, 347, 514, 529, 530, 531, 532, 34675),
}
"""Tags whose values steer the decoding: TIFF 6.0, and the colour profile."""
TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
MOST_PAGES = 10_000
MOST_ENTRIES = 200_000
"""Of all directories together."""
MOST_VALUES = 64 * 2**20
"""Bytes of the values of one directory."""


@dataclass(frozen=True)
class _Layout:
    """Byte order, and the sizes that differ between TIFF and BigTIFF."""

    order: str
    big: bool

    def numbers(self, raw: bytes, kind: int) -> list[int]:
        letter = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}.get(kind)
        if letter is None:
            raise ValueError("not whole numbers")
        return list(struct.unpack(f"{self.order}{len(raw) // struct.calcsize(letter)}{letter}", raw))

    def sizes(self) -> tuple[int, int, int]:
        """Bytes of a count of entries, of an entry, of a place."""
        return (8, 20, 8) if self.big else (2, 12, 4)

    def number(self, data: Data, at: int, size: int) -> int:
        raw = data[at : at + size]
        if len(raw) < size:
            raise ValueError("cut off")
        return int.from_bytes(raw, "little" if self.order == "<" else "big")


def tiff_parts(data: Data) -> Iterator[tuple[bytes, bytes]]:
    """The steering tags and the strips or tiles of every page, sub-pages included, in the order of the file.

    `ValueError` for what cannot be followed: pages in a circle, places outside the file.
    """
    layout, first = _head(data)
    total = 0
    for tags in _directories(data, layout, first):
        for name, part in _parts_of(data, layout, tags):
            total += len(part)
            if total > 4 * len(data):
                raise ValueError("places overlap")
            yield name, part


def tiff_pages(data: Data) -> int:
    """How many pages follow one another, `MOST_PAGES` at most; a circle or a place outside the file ends the count."""
    seen = set[int]()
    try:
        layout, at = _head(data)
        while at and at not in seen and len(seen) < MOST_PAGES:
            count_size, entry_size, word = layout.sizes()
            end = at + count_size + layout.number(data, at, count_size) * entry_size
            following = layout.number(data, end, word)
            seen.add(at)
            at = following
    except ValueError:
        pass
    return max(1, len(seen))


def _parts_of(data: Data, layout: _Layout, tags: dict[int, tuple[int, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    if C2PA in tags:
        yield b"C2PA", b""
    for tag in sorted(COUNTS & tags.keys()):
        yield tag.to_bytes(2, "big"), tags[tag][1]
    for place_tag, length_tag in OFFSETS.items():
        if place_tag in tags and length_tag in tags:
            yield from _strips(data, layout, tags[place_tag], tags[length_tag])


def _strips(
    data: Data, layout: _Layout, places: tuple[int, bytes], lengths: tuple[int, bytes]
) -> Iterator[tuple[bytes, bytes]]:
    for at, length in zip(layout.numbers(places[1], places[0]), layout.numbers(lengths[1], lengths[0]), strict=True):
        if at + length > len(data):
            raise ValueError("a strip is outside the file")
        yield b"strip", data[at : at + length]


def _head(data: Data) -> tuple[_Layout, int]:
    order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
    if order is None:
        raise ValueError("not a TIFF")
    version = int.from_bytes(data[2:4], "little" if order == "<" else "big")
    layout = _Layout(order, version == 43)
    return layout, layout.number(data, *((8, 8) if layout.big else (4, 4)))


def _directories(data: Data, layout: _Layout, first: int) -> Iterator[dict[int, tuple[int, bytes]]]:
    """Tag -> type and value of each directory. A directory is visited once; a second time is a circle."""
    waiting, seen, entries = [first], set[int](), 0
    while waiting:
        at = waiting.pop()
        if at == 0:
            continue
        if at in seen or len(seen) >= MOST_PAGES:
            raise ValueError("the pages run in a circle, or are too many")
        seen.add(at)
        entries += layout.number(data, at, layout.sizes()[0])
        if entries > MOST_ENTRIES:
            raise ValueError("too many entries")
        tags, following = _directory(data, layout, at)
        yield tags
        kind, value = tags.get(SUB_IFDS, (4, b""))
        waiting += [following, *reversed(layout.numbers(value, kind))]


def _directory(data: Data, layout: _Layout, at: int) -> tuple[dict[int, tuple[int, bytes]], int]:
    count_size, entry_size, word = layout.sizes()
    count = layout.number(data, at, count_size)
    end = at + count_size + count * entry_size
    if end + word > len(data):
        raise ValueError("a directory is outside the file")
    tags, total = {}, 0
    for entry in range(at + count_size, end, entry_size):
        tag, kind = layout.number(data, entry, 2), layout.number(data, entry + 2, 2)
        size = layout.number(data, entry + 4, word) * TYPE_SIZES.get(kind, 0)
        place = entry + 4 + word if size <= word else layout.number(data, entry + 4 + word, word)
        if tag in COUNTS or tag in OFFSETS or tag in (SUB_IFDS, C2PA):
            total += size
            if place + size > len(data) or total > MOST_VALUES:
                raise ValueError("a value is outside the file")
            tags[tag] = (kind, data[place : place + size])
    return tags, layout.number(data, end, word)
