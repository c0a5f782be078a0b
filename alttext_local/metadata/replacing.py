"""Putting a new file in the place of an old one so that a crash at any moment leaves one of the two, whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from alttext_local.errors import MetadataFailed

IN_USE = "Another process is writing it."
CHANGED = "It was changed while its text was being written."


def part_of(path: Path, suffix: str) -> Path:
    """Where the new file grows: hidden, in the same folder, always the same name, so that the next run clears it."""
    name = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    return path.with_name(f".alttext-{name}{suffix}")


@contextlib.contextmanager
def locked(path: Path) -> Iterator[os.stat_result]:
    """Hold a file against other writers of ours. Gives its state, for `replace`. `MetadataFailed` when it is held."""
    with path.open("rb") as file:
        with contextlib.suppress(ImportError):
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise MetadataFailed(IN_USE) from None
            except OSError:  # a file system without locks
                pass
        state = os.fstat(file.fileno())
        if not os.path.samestat(state, path.stat()):  # another writer replaced it before we had the lock
            raise MetadataFailed(IN_USE)
        yield state


def replace(part: Path, path: Path, before: os.stat_result | None, keep_times: bool) -> None:
    """Let `part` take the place of `path`, with its mode, owner and attributes; on disk when this returns.

    `before` is the state of `path` when it was read, `None` for a file that is new. `MetadataFailed` if it has changed.
    """
    if before is not None:
        shutil.copystat(path, part)
        with contextlib.suppress(OSError, AttributeError):
            os.chown(part, before.st_uid, before.st_gid)
        if not keep_times:
            os.utime(part)
    _sync(part)
    if before is not None and _stamp(path.stat()) != _stamp(before):
        raise MetadataFailed(CHANGED)
    part.replace(path)
    with contextlib.suppress(PermissionError):  # Windows opens no folders
        _sync(path.parent)


def _stamp(state: os.stat_result) -> tuple[int, int, int, int]:
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
