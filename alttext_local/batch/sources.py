"""Where the images of a run come from: one entry after the other, none kept.

A source can be gone through again, to count it or to go on with a killed run; only standard input cannot.
"""

from __future__ import annotations

import fnmatch
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from alttext_local.errors import AltTextError, MissingFile, TooLarge, UnreadableFile
from alttext_local.jobs.archive import IMAGE_ENDINGS, NOISE, ArchiveLimits, Contents, counting_entries
from alttext_local.types import Request

ENDINGS = IMAGE_ENDINGS
"""What a file is called that is taken for an image, where no glob says otherwise; lower case."""
SETTLED = 2_000_000_000
"""Nanoseconds after which a changed file would show another time on every file system."""


@dataclass(frozen=True)
class Entry:
    """One image that is to be described."""

    path: str
    """How rows name it: UTF-8, slashes."""
    place: Path | str
    """Where its bytes are: a file, or a name in an archive."""
    number: int = 0
    """Its place in a list, from 1; 0 where the order is that of the paths."""
    request: Request | None = None
    failure: AltTextError | None = None
    """Why there is no request."""
    columns: Mapping[str, Any] = field(default_factory=dict)


class Source(Protocol):
    """Gives entries and reads them; `read` and `stamp` may be called from several threads."""

    def entries(self) -> Iterator[Entry]:
        """Every entry, in any order."""
        ...

    def stamp(self, entry: Entry) -> str:
        """A mark that changes when the bytes may have; `""` where nobody can tell. `UnreadableFile`, `MissingFile`."""
        ...

    def read(self, entry: Entry, limit: int) -> bytes:
        """The bytes. `UnreadableFile`, `MissingFile`, `TooLarge`, and of archives `UnreadableImage`, `BadArchive`."""
        ...


class FilesOnDisk:
    """How entries are read that are files."""

    def stamp(self, entry: Entry) -> str:
        """Size, times and number of the file."""
        return _stamp(Path(entry.place))

    def read(self, entry: Entry, limit: int) -> bytes:
        """The bytes; at most `limit`."""
        try:
            with Path(entry.place).open("rb") as stream:
                data = stream.read(limit + 1)
        except OSError as error:
            raise _unreadable(error) from None
        if len(data) > limit:
            raise TooLarge(f"A file may have at most {limit} bytes.")
        return data


class Folder(FilesOnDisk):
    """All images under a folder, whatever its size: no list of it is made."""

    def __init__(self, folder: Path, request: Request, patterns: Sequence[str] = ()) -> None:
        """`patterns` are globs on paths in the folder, such as `2024/*.jpg`; none: all that end like images."""
        self._folder = folder
        self._request = request
        self._patterns = tuple(patterns)

    def entries(self) -> Iterator[Entry]:
        """As the file system gives them. Hidden files are passed over, links to folders not followed."""
        waiting = [self._folder]
        while waiting:
            folder = waiting.pop()
            try:
                found = os.scandir(folder)
            except OSError as error:
                yield Entry(self._shown(folder) + "/", folder, failure=_unreadable(error))
                continue
            with found:
                for one in found:
                    if one.name.startswith(".") or one.name.casefold() in NOISE:
                        continue
                    if one.is_dir(follow_symlinks=False):
                        waiting.append(Path(one.path))
                    elif self._wanted(name := self._shown(one.path)):
                        yield Entry(name, Path(one.path), request=self._request)

    def _shown(self, path: str | Path) -> str:
        return shown(os.path.relpath(path, self._folder))

    def _wanted(self, name: str) -> bool:
        if not self._patterns:
            return name.lower().endswith(ENDINGS)
        return matches(name, self._patterns)


class PathList(FilesOnDisk):
    """Paths, one a line, as standard input brings them. It can be gone through once."""

    def __init__(self, lines: Iterator[str], request: Request) -> None:
        self._lines = lines
        self._request = request

    def entries(self) -> Iterator[Entry]:
        """In the order of the list."""
        for number, line in enumerate(self._lines, 1):
            if name := line.rstrip("\r\n"):
                yield Entry(shown(name), Path(name), number, self._request)


class Zip:
    """The images in an archive, which is looked through before anything is read from it."""

    def __init__(self, path: Path, request: Request, limits: ArchiveLimits, patterns: Sequence[str] = ()) -> None:
        """`BadArchive`, `NotAZip` or `TooLarge` where a bulk job with this archive would be refused for that."""
        self._request = request
        self._patterns = tuple(patterns)
        self._found = [one for one in counting_entries(path, limits) if self._wanted(one.shown)]
        self._contents = Contents(path)
        self._marks = {one.name: f"{one.crc:08x}-{one.size}" for one in self._found}
        self._mark = _stamp(path)

    def entries(self) -> Iterator[Entry]:
        """In the order of the archive."""
        for one in self._found:
            yield Entry(one.shown, one.name, request=self._request)

    def stamp(self, entry: Entry) -> str:
        """That of the archive, with the checksum of the entry."""
        return f"{self._mark}:{self._marks[str(entry.place)]}" if self._mark else ""

    def read(self, entry: Entry, limit: int) -> bytes:
        """The bytes of an entry, held to what the directory says."""
        return self._contents.read(str(entry.place), limit)

    def _wanted(self, name: str) -> bool:
        return matches(name, self._patterns) if self._patterns else name.lower().endswith(ENDINGS)


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a path fits one of the globs. A star stands for slashes too, `**/` at the beginning for nothing too."""
    return any(fnmatch.fnmatchcase(name, one) or fnmatch.fnmatchcase(name, one.removeprefix("**/")) for one in patterns)


def shown(path: str) -> str:
    """A path of this system as text that UTF-8 can carry; bytes of no character become `\\xNN`."""
    return path.replace(os.sep, "/").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _stamp(path: Path) -> str:
    """Nothing while the file is so young that another change might not show in its times."""
    try:
        seen = path.stat()
    except OSError as error:
        raise _unreadable(error) from None
    if time.time_ns() - max(seen.st_ctime_ns, seen.st_mtime_ns) < SETTLED:
        return ""
    return f"{seen.st_size}-{seen.st_mtime_ns}-{seen.st_ctime_ns}-{seen.st_ino}"


def _unreadable(error: OSError) -> AltTextError:
    if isinstance(error, FileNotFoundError):
        return MissingFile()
    return UnreadableFile(f"{error.strerror}.")
