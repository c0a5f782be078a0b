"""The directory of a ZIP file, read strictly and held against what it speaks of (PKWARE APPNOTE 6.3.10, section 4.3).

Not left to the interpreter's `zipfile`: that one reads entries that overlap, takes in a directory of any size,
and raises six kinds of exception. What two readers could understand differently is refused here: two ends,
bytes before the first entry or after the end, a directory that contradicts the headers of its entries.
Gaps between entries are harmless and pass.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from alttext_local.errors import BadArchive
from alttext_local.fields import quoted

END, END64, LOCATOR64 = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q"), struct.Struct("<4sLQL")
CENTRAL, LOCAL = struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s5H3L2H")
END_MARK, END64_MARK, LOCATOR64_MARK = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
CENTRAL_MARK, LOCAL_MARK = b"PK\x01\x02", b"PK\x03\x04"
MAX_COMMENT = 0xFFFF
MAX16, MAX32 = 0xFFFF, 0xFFFFFFFF
"""In a field of the old format: the value stands in its ZIP64 counterpart."""
ZIP64_FIELD = 0x0001
MAX_NAME = 1024
"""Bytes of one entry's path."""

ENCRYPTED = 0x0001 | 0x0040 | 0x2000
"""Flags: encrypted, strongly encrypted, directory encrypted."""
LATER_SIZES, PATCHED, UTF8 = 0x0008, 0x0020, 0x0800
HOW_HARD = 0x0006
"""Flags that only tell how hard the packer tried; some write them in one of the two headers."""


@dataclass(frozen=True)
class Entry:
    """One entry, as the directory has it. Sizes and offsets in bytes."""

    raw_name: bytes
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    """Unpacked."""
    offset: int
    """Of its local header."""
    mode: int
    """Unix file mode, 0 where the packer wrote none."""
    disk: int
    name: str = field(init=False)
    """The path exactly as stored: UTF-8 where the entry says so, else code page 437, as the format rules."""
    shown: str = field(init=False)
    """The path as it was meant: packers on macOS and Linux write UTF-8 without saying so."""

    def __post_init__(self) -> None:
        try:
            utf8 = self.raw_name.decode("utf-8")
        except UnicodeDecodeError:
            if self.flags & UTF8:
                raise BadArchive("The name of an entry is not the UTF-8 that it says it is.") from None
            utf8 = self.raw_name.decode("cp437")
        object.__setattr__(self, "name", utf8 if self.flags & UTF8 else self.raw_name.decode("cp437"))
        object.__setattr__(self, "shown", utf8)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder: its name ends in a slash."""
        return self.raw_name.endswith(b"/")


@dataclass(frozen=True)
class Directory:
    """Where the directory lies in the file, and how many entries it says it has."""

    count: int
    start: int
    end: int


def find_directory(stream: BinaryIO, size: int) -> Directory:
    """The directory of the ZIP of `size` bytes. `BadArchive` where there is none, or more than one."""
    tail_at = max(0, size - END.size - MAX_COMMENT)
    tail = _read_at(stream, tail_at, size - tail_at)
    ends = [tail_at + at for at in _ends_in(tail)]
    if not ends:
        raise BadArchive("The ZIP file is cut off, or something stands behind its end.")
    if len(ends) > 1:
        raise BadArchive("The ZIP file has two ends.")
    _, disk, first_disk, here, count, length, start, _ = END.unpack_from(tail, ends[0] - tail_at)
    if disk not in (0, MAX16) or first_disk not in (0, MAX16) or here != count:
        raise BadArchive("The ZIP file is one part of several.")
    end = ends[0]
    if (wide := _zip64_end(stream, end)) is not None:
        end, wide_count, wide_length, wide_start = wide
        old = ((count, wide_count, MAX16), (length, wide_length, MAX32), (start, wide_start, MAX32))
        if any(narrow not in (full, most) for narrow, full, most in old):
            raise BadArchive("The ZIP file has two ends that say different things.")
        count, length, start = wide_count, wide_length, wide_start
    if start + length != end:
        raise BadArchive("The directory of the ZIP file is not where its end says it is.")
    return Directory(count, start, end)


def read_entries(stream: BinaryIO, directory: Directory) -> Iterator[Entry]:
    """The entries in the directory's order; `BadArchive` where the directory does not hold what it says."""
    at = directory.start
    for _ in range(directory.count):
        if at + CENTRAL.size > directory.end:
            raise BadArchive("The directory of the ZIP file has fewer entries than its end says.")
        head = CENTRAL.unpack(_read_at(stream, at, CENTRAL.size))
        names, extras, comments = head[10:13]
        if head[0] != CENTRAL_MARK:
            raise BadArchive("The directory of the ZIP file is broken.")
        if names > MAX_NAME:
            raise BadArchive(f"The name of an entry has more than {MAX_NAME} bytes.")
        rest = _read_at(stream, at + CENTRAL.size, names + extras)
        at += CENTRAL.size + names + extras + comments
        if at > directory.end:
            raise BadArchive("The directory of the ZIP file is broken.")
        yield _entry(head, rest[:names], rest[names:])
    if at != directory.end:
        raise BadArchive("The directory of the ZIP file has more entries than its end says.")


def data_start(stream: BinaryIO, entry: Entry, directory: Directory) -> int:
    """Where the entry's data begin. `BadArchive` where its own header contradicts the directory, or there is none."""
    if entry.offset + LOCAL.size > directory.start:
        raise BadArchive(f"{quoted(entry.shown)} does not lie before the directory.")
    head = LOCAL.unpack(_read_at(stream, entry.offset, LOCAL.size))
    mark, _, flags, method, _, _, crc, compressed, size, names, extras = head
    if mark != LOCAL_MARK:
        raise BadArchive(f"{quoted(entry.shown)} is not where the directory says it is.")
    start = int(entry.offset + LOCAL.size + names + extras)
    if start + entry.compressed > directory.start:
        raise BadArchive(f"{quoted(entry.shown)} does not lie before the directory.")
    rest = _read_at(stream, entry.offset + LOCAL.size, names + extras)
    size, compressed, _ = _widened(rest[names:], size, compressed, 0)
    pairs = ((crc, entry.crc), (compressed, entry.compressed), (size, entry.size))
    later = bool(flags & LATER_SIZES)  # what stands behind the data may be told as 0 before them
    same_sizes = all(told == meant or (later and told == 0) for told, meant in pairs)
    same_flags = (flags | HOW_HARD) == (entry.flags | HOW_HARD)
    if rest[:names] != entry.raw_name or method != entry.method or not same_flags or not same_sizes:
        raise BadArchive(f"{quoted(entry.shown)} is another thing in the directory than where it lies.")
    return start


def check_overlap(stream: BinaryIO, directory: Directory, entries: tuple[Entry, ...]) -> None:
    """`BadArchive` where two entries share bytes, or one has bytes of the directory; all headers are looked at.

    Entries that share their data are how 36 kB become 5 GB (D. Fifield, A better zip bomb, WOOT 2019).
    """
    taken, last = 0, b""
    for entry in sorted(entries, key=lambda one: one.offset):
        if entry.offset < taken:
            raise BadArchive(f"{quoted(entry.shown)} overlaps {quoted(last.decode('utf-8', 'replace'))}.")
        taken, last = data_start(stream, entry, directory) + entry.compressed, entry.raw_name
    if entries and min(entry.offset for entry in entries) != 0:
        raise BadArchive("Something stands before the first entry of the ZIP file.")


def _ends_in(tail: bytes) -> Iterator[int]:
    """Where in the last bytes an end record stands whose comment reaches exactly to the end of the file."""
    at = tail.find(END_MARK)
    while at >= 0:
        comment = at + END.size
        if comment <= len(tail) and comment + int.from_bytes(tail[comment - 2 : comment], "little") == len(tail):
            yield at
        at = tail.find(END_MARK, at + 1)


def _zip64_end(stream: BinaryIO, end: int) -> tuple[int, int, int, int] | None:
    """The wide end record before the end at `end`: its place, entries, directory's length and start; None if none."""
    at = end - LOCATOR64.size
    if at < END64.size:
        return None
    mark, disk, wide_at, disks = LOCATOR64.unpack(_read_at(stream, at, LOCATOR64.size))
    if mark != LOCATOR64_MARK:
        return None
    if wide_at > at - END64.size:
        raise BadArchive("The ZIP64 end of the ZIP file is not where it should be.")
    mark, length, _, _, own_disk, first_disk, here, count, size, start = END64.unpack(
        _read_at(stream, wide_at, END64.size)
    )
    if mark != END64_MARK or wide_at + 12 + length != at:
        raise BadArchive("The ZIP64 end of the ZIP file is not where it should be.")
    if disk or own_disk or first_disk or disks > 1 or here != count:
        raise BadArchive("The ZIP file is one part of several.")
    return wide_at, count, size, start


def _entry(head: tuple[int, ...], raw_name: bytes, extra: bytes) -> Entry:
    flags, method = head[3:5]
    crc, compressed, size = head[7:10]
    disk, _, attributes, offset = head[13:17]
    size, compressed, offset = _widened(extra, size, compressed, offset)
    mode = attributes >> 16
    return Entry(raw_name, flags, method, crc, compressed, size, offset, mode, disk)


def _widened(extra: bytes, size: int, compressed: int, offset: int) -> tuple[int, int, int]:
    """The three numbers, each taken from the ZIP64 field where the old one is at its end (4.5.3)."""
    values = [size, compressed, offset]
    if MAX32 not in values:
        return size, compressed, offset
    wide = _extra_field(extra, ZIP64_FIELD)
    for place, value in enumerate(values):
        if value == MAX32:
            if len(wide) < 8:
                raise BadArchive("An entry of the ZIP file lacks its ZIP64 sizes.")
            values[place], wide = int.from_bytes(wide[:8], "little"), wide[8:]
    return values[0], values[1], values[2]


def _extra_field(extra: bytes, wanted: int) -> bytes:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == wanted:
            return extra[4 : 4 + length]
        extra = extra[4 + length :]
    return b""


def _read_at(stream: BinaryIO, at: int, length: int) -> bytes:
    stream.seek(at)
    data = stream.read(length)
    if len(data) != length:
        raise BadArchive("The ZIP file is cut off.")
    return data
