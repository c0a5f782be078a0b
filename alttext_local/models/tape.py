"""A tar of plain files and nothing else, written the same for the same files and read strictly.

The reader knows one form of header: what two programs could read differently (links, devices, sparse files, long
names, extended headers, rubbish between files) is refused, so that nothing of it has to be judged. `tar -tf` reads
it too.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from alttext_local.errors import BadBundle, CannotInstall

BLOCK = 512
CHUNK = 1024 * 1024
KINDS = {b"1": "a link", b"2": "a link", b"3": "a device", b"4": "a device", b"5": "a folder", b"6": "a pipe"}


def header_of(name: str, size: int) -> bytes:
    """The header of a file: nobody's, readable, of no time."""
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


def padding_of(size: int) -> bytes:
    """What fills a file's last block."""
    return bytes(-size % BLOCK)


END = bytes(2 * BLOCK)


class TapeWriter:
    """Writes files one behind the other: `put`, again and again, then `end`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        """Of all that was written."""

    def put(self, name: str, size: int, chunks: Iterable[bytes]) -> None:
        """Write a file of so many bytes. `CannotInstall` where its name is too long, or the bytes are more or fewer."""
        header = header_of(name, size)
        if len(header) != BLOCK:
            raise CannotInstall(f"The name {name} is too long for a bundle.")
        self._write(header)
        written = 0
        for chunk in chunks:
            self._write(chunk)
            written += len(chunk)
        if written != size:
            raise CannotInstall(f"{name} changed while it was packed.")
        self._write(padding_of(size))

    def end(self) -> None:
        """Write the end; all of it is on the disk when this returns."""
        self._write(END)
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def _write(self, data: bytes) -> None:
        self._stream.write(data)
        self.digest.update(data)


class Tape:
    """Reads files in their order: `next_file`, then all of `chunks`, again and again, then `end`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = 0
        self._name = ""

    def next_file(self) -> tuple[str, int]:
        """Name and bytes of the next file. `BadBundle` for anything but a plain file."""
        header = self._read(BLOCK, "the list of files")
        if not any(header):
            raise BadBundle("It ends before all its files have come.")
        kind = header[156:157]
        shown = header[:100].rstrip(b"\0").decode("ascii", "backslashreplace")
        if kind != b"0":
            raise BadBundle(f"{shown} is {KINDS.get(kind, 'of a kind that is never written')}, no plain file.")
        try:
            info = tarfile.TarInfo.frombuf(header, "ascii", "strict")
            again = header_of(info.name, info.size)
        except (tarfile.TarError, ValueError) as error:
            raise BadBundle(f"The header of {shown} was altered.") from error
        if again != header:
            raise BadBundle(f"The header of {shown} was altered, or was not written by this product.")
        self._name, self._left = info.name, info.size
        return info.name, info.size

    def chunks(self) -> Iterator[bytes]:
        """The bytes of the file that was named last."""
        size = self._left
        while self._left:
            chunk = self._read(min(CHUNK, self._left), self._name)
            self._left -= len(chunk)
            yield chunk
        if any(self._read(len(padding_of(size)), self._name)):
            raise BadBundle(f"Something lies behind {self._name}.")

    def end(self) -> None:
        """See that nothing comes any more."""
        if self._read(len(END), "the end") != END or self._stream.read(1):
            raise BadBundle("It goes on behind its last file.")

    def _read(self, size: int, what: str) -> bytes:
        data = self._stream.read(size)
        if len(data) != size:
            raise BadBundle(f"It is cut short in {what}.")
        return data
