"""Files that are wholly there or not at all, also after the power has failed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PART = ".part"
"""The end of the name of a file that is being written; its first character is a dot."""
PRIVATE = 0o600


@contextmanager
def replacing(path: Path, mode: int = PRIVATE) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` when the block ends; for its owner only, unless `mode` says more.

    It lies in the same folder until then. Where the block raises, it is removed and `path` is as it was.
    When this returns, the bytes and the name are on the disk.
    """
    with _part_of(path, mode) as (part, stream):
        yield stream
        _sync(stream)
        part.replace(path)
    sync_folder(path.parent)


def make_once(path: Path, content: bytes) -> None:
    """Make a file, readable by its owner only, unless it is there; of processes that try at once, one does it.

    It appears whole: a hard link, unlike a rename, fails where another process was first.
    """
    with _part_of(path) as (part, stream), suppress(FileExistsError):
        stream.write(content)
        _sync(stream)
        path.hardlink_to(part)
    sync_folder(path.parent)


def move_in(source: Path, path: Path) -> None:
    """Give a finished file its place; both must be on one file system. On the disk when this returns."""
    with source.open("rb") as stream:
        os.fsync(stream.fileno())
    source.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring what was renamed or removed in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _part_of(path: Path, mode: int = PRIVATE) -> Iterator[tuple[Path, BinaryIO]]:
    """A file next to `path` that nobody else has, and that is gone at the end unless it was renamed."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}{PART}")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode), "w+b") as stream:
            yield part, stream
    finally:
        part.unlink(missing_ok=True)


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())
