"""The ZIP of a bulk job: looked at as a whole before anything is unpacked, and read entry by entry afterwards.

Nothing is ever written under a name from the archive. A bad archive is refused with all that is in it;
whether the bytes of an image are an image is found out later, image by image.
"""

from __future__ import annotations

import stat
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from alttext_local.errors import (
    BadArchive,
    BadConfiguration,
    NoImages,
    NoJson,
    NotAZip,
    NotAZipName,
    TooLarge,
    TooManyImages,
    TooManyJsons,
    UnreadableImage,
)
from alttext_local.fields import quoted
from alttext_local.jobs.zip_directory import (
    ENCRYPTED,
    END_MARK,
    LOCAL_MARK,
    PATCHED,
    Directory,
    Entry,
    check_overlap,
    data_start,
    find_directory,
    read_entries,
)

IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
JSON_ENDING = ".json"
NOISE = {"__macosx", "thumbs.db", "desktop.ini"}
"""Parts of paths that systems leave behind, casefolded."""
SPLIT_MARKS = (b"PK\x07\x08", b"PK00")
STORED, DEFLATED = 0, 8
CHUNK = 64 * 1024


@dataclass(frozen=True)
class ArchiveLimits:
    """What one archive may have at most: bytes, but for the counts and the depth."""

    upload: int
    unpacked: int
    """All entries together, counting or not, as the directory says; reading never goes beyond what it says."""
    entry: int
    """One image."""
    images: int
    entries: int
    json_bytes: int
    json_depth: int


@dataclass(frozen=True)
class Archive:
    """A ZIP that may be read: its JSON, and its images in the order of the archive."""

    path: Path
    configuration: Entry
    images: tuple[Entry, ...]


def check_zip_name(file_name: str) -> None:
    """`NotAZipName` unless the upload's name ends in `.zip`, in any case."""
    if not file_name.strip().lower().endswith(".zip"):
        raise NotAZipName


def inspect(path: Path, limits: ArchiveLimits) -> Archive:
    """Look at the whole archive, unpack nothing.

    Raises `TooLarge`, `NotAZip`, `BadArchive`, `NoJson`, `TooManyJsons`, `NoImages`, `TooManyImages`, and
    `BadConfiguration` for a JSON that is too large.
    """
    return _sorted_out(path, _looked_through(path, limits), limits)


def counting_entries(path: Path, limits: ArchiveLimits) -> tuple[Entry, ...]:
    """The files of an archive that is looked at as a whole, but for those that systems leave behind.

    Raises `TooLarge`, `NotAZip`, `BadArchive`.
    """
    return tuple(entry for entry in _looked_through(path, limits) if _counts(entry))


def _looked_through(path: Path, limits: ArchiveLimits) -> tuple[Entry, ...]:
    size = path.stat().st_size
    if size > limits.upload:
        raise TooLarge(f"A ZIP may have at most {limits.upload} bytes.")
    with path.open("rb") as stream:
        _check_first_bytes(stream)
        directory = find_directory(stream, size)
        if directory.count > limits.entries:
            raise BadArchive(f"The ZIP file has more than {limits.entries} entries.")
        entries = tuple(read_entries(stream, directory))
        for entry in entries:
            _check_path(entry)
            _check_kind(entry)
        if sum(entry.size for entry in entries) > limits.unpacked:
            raise BadArchive(f"Unpacked, the ZIP file would have more than {limits.unpacked} bytes.")
        _check_doubles(entries)
        check_overlap(stream, directory, entries)
    return entries


class Contents:
    """An archive that is read from many times: its directory is gone through once, when it is first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _known(self) -> tuple[Directory, dict[str, Entry]]:
        with self._path.open("rb") as stream:
            directory = find_directory(stream, self._path.stat().st_size)
            entries: dict[str, Entry] = {}
            for entry in read_entries(stream, directory):
                entries.setdefault(entry.name, entry)
            return directory, entries

    def read(self, entry_name: str, limit: int) -> bytes:
        """The bytes of one entry, by its name exactly as stored: at most `limit`, never more than the directory says.

        Raises `UnreadableImage` where the entry is damaged or not there, `BadArchive` where the archive is.
        """
        directory, entries = self._known
        entry = entries.get(entry_name)
        if entry is None:
            raise UnreadableImage("The file is not in the ZIP.")
        _check_kind(entry)
        if entry.size > limit:
            raise UnreadableImage(f"A file in the ZIP may have at most {limit} bytes.")
        with self._path.open("rb") as stream:
            stream.seek(data_start(stream, entry, directory))
            return _unpacked(stream, entry)


def read_json(archive: Archive, limits: ArchiveLimits) -> bytes:
    """The bytes of the archive's JSON; `BadConfiguration` where they are damaged."""
    try:
        return Contents(archive.path).read(archive.configuration.name, limits.json_bytes)
    except UnreadableImage as error:
        raise BadConfiguration(f"{quoted(archive.configuration.shown)}: {error.detail}") from None


def normal(path: str) -> str:
    """A path by which two spellings of the same are one: NFC, slashes, no empty parts and no `.` parts."""
    parts = unicodedata.normalize("NFC", path).replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", "."))


def _check_first_bytes(stream: BinaryIO) -> None:
    """A ZIP begins with an entry, or with its end where it is empty: what begins otherwise is also something else."""
    first = stream.read(4)
    if first in SPLIT_MARKS:
        raise BadArchive("The ZIP file is one part of several.")
    if first not in (LOCAL_MARK, END_MARK):
        raise NotAZip


def _check_path(entry: Entry) -> None:
    path = entry.shown
    if not normal(path):
        raise BadArchive("An entry of the ZIP file has no name.")
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in path):
        raise BadArchive(f"The name {quoted(path)} has control characters.")
    if "\\" in path:
        raise BadArchive(f"The name {quoted(path)} has backslashes; folders in a ZIP are told by slashes.")
    if path.startswith("/") or (path[1:2] == ":" and path[0].isalpha()):
        raise BadArchive(f"The name {quoted(path)} does not lie in the ZIP file.")
    if ".." in path.split("/"):
        raise BadArchive(f"The name {quoted(path)} leads out of the ZIP file.")


def _check_kind(entry: Entry) -> None:
    kind = stat.S_IFMT(entry.mode)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArchive(f"{quoted(entry.shown)} is a link or a special file.")
    if entry.flags & ENCRYPTED:
        raise BadArchive(f"{quoted(entry.shown)} is encrypted.")
    if entry.method not in (STORED, DEFLATED) or entry.flags & PATCHED:
        raise BadArchive(f"{quoted(entry.shown)} is packed in another way than stored or deflate.")
    if entry.method == STORED and entry.compressed != entry.size:
        raise BadArchive(f"{quoted(entry.shown)} has two sizes.")
    if entry.disk:
        raise BadArchive("The ZIP file is one part of several.")


def _check_doubles(entries: Sequence[Entry]) -> None:
    """One name twice, or twice but for its case: which one is meant depends on who unpacks."""
    seen: set[str] = set()
    for entry in entries:
        key = unicodedata.normalize("NFC", normal(entry.shown).casefold())
        if key in seen:
            raise BadArchive(f"The name {quoted(entry.shown)} is there twice.")
        seen.add(key)
    if len({entry.name for entry in entries}) < len(entries):
        raise BadArchive("A name is there twice.")


def _sorted_out(path: Path, entries: Sequence[Entry], limits: ArchiveLimits) -> Archive:
    files = [entry for entry in entries if _counts(entry)]
    jsons = [entry for entry in files if entry.shown.lower().endswith(JSON_ENDING)]
    images = tuple(entry for entry in files if entry.shown.lower().endswith(IMAGE_ENDINGS))
    if not jsons:
        raise NoJson
    if len(jsons) > 1:
        raise TooManyJsons("(at most 1)")
    if not images:
        raise NoImages
    if len(images) > limits.images:
        raise TooManyImages(f"(at most {limits.images})")
    if jsons[0].size > limits.json_bytes:
        raise BadConfiguration(f"{quoted(jsons[0].shown)} has more than {limits.json_bytes} bytes.")
    for image in images:
        if image.size > limits.entry:
            raise BadArchive(f"{quoted(image.shown)} has, unpacked, more than {limits.entry} bytes.")
    return Archive(path, jsons[0], images)


def _counts(entry: Entry) -> bool:
    parts = normal(entry.shown).split("/")
    return not entry.is_folder and not any(part.startswith(".") or part.casefold() in NOISE for part in parts)


def _unpacked(stream: BinaryIO, entry: Entry) -> bytes:
    """The data from here on, held to the size and the CRC-32 of the directory."""
    data = _copied(stream, entry) if entry.method == STORED else _inflated(stream, entry)
    if len(data) != entry.size:
        raise UnreadableImage("The file in the ZIP is cut off.")
    if zlib.crc32(data) != entry.crc:
        raise UnreadableImage("The file in the ZIP is damaged: its checksum is wrong.")
    return data


def _copied(stream: BinaryIO, entry: Entry) -> bytes:
    return stream.read(entry.size)


def _inflated(stream: BinaryIO, entry: Entry) -> bytes:
    inflater, parts, got, left = zlib.decompressobj(-zlib.MAX_WBITS), [], 0, entry.compressed
    while left and not inflater.eof:
        packed = stream.read(min(CHUNK, left))
        if not packed:
            break
        left -= len(packed)
        while packed and not inflater.eof:
            try:
                part = inflater.decompress(packed, entry.size + 1 - got)
            except zlib.error:
                raise UnreadableImage("The file in the ZIP is damaged: it cannot be unpacked.") from None
            parts.append(part)
            got += len(part)
            if got > entry.size:
                raise UnreadableImage("The file in the ZIP is larger than its directory says.")
            packed = inflater.unconsumed_tail
    if left or not inflater.eof or inflater.unused_data:
        raise UnreadableImage("The file in the ZIP is cut off, or something stands behind its data.")
    return b"".join(parts)
