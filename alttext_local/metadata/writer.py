"""Writing an alternative text into an image, or beside it: whole or not at all, and never over a person's."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from alttext_local.errors import MetadataFailed
from alttext_local.metadata.exiftool import Exiftool, ExiftoolFailed, escaped
from alttext_local.metadata.image_data import NotFollowed, image_data
from alttext_local.metadata.reading import (
    ALT,
    DESCRIPTION,
    MARK_TAGS,
    OURS,
    STANDARD,
    SUFFIXES,
    format_of_file,
    read,
    sidecars,
)
from alttext_local.metadata.replacing import locked, part_of, replace
from alttext_local.metadata.text import TEXT_SOURCE, Entries, Found, Text, plain
from alttext_local.metadata.webp import with_xmp, xmp_of
from alttext_local.pictures.formats import Format

Outcome = Literal["written", "sidecar", "unchanged", "kept"]

NO_ROOM = "This format has no room for it."
READ_ONLY = "The file is read-only."
SIGNED = "The file carries content credentials (C2PA), which a change would break."
ASKED = "A sidecar was asked for."
BESIDE = "The text of this image is in a sidecar already."
REFUSED = "exiftool cannot write into this file."
NOT_SAME = "Writing would have changed the pixels."
GAVE_UP = "exiftool took too long over it, or died."
NOT_A_FILE = "It is not a regular file."
TOO_LARGE = "It is over the limit of {} bytes."


@dataclass(frozen=True)
class Written:
    """What became of one text."""

    outcome: Outcome
    """`written` into the image, `sidecar` beside it, `unchanged`: it was there already, `kept`: a person's stays."""
    where: Path
    """The file that now holds the text; with `kept`, the person's."""
    why: str = ""
    """Why a sidecar."""


class _Refused(Exception):
    """There is no writing into this image; a sidecar is the way."""


class Writer:
    """Writes many files with one exiftool. Threads may share it; they take turns."""

    def __init__(
        self,
        *,
        sidecar: bool = False,
        keep_times: bool = False,
        max_bytes: int = 2**31,
        seconds: float = 60.0,
        program: Path | None = None,
    ) -> None:
        """`seconds` for one command of exiftool. `MissingProgram` when it is not installed."""
        self._exiftool = Exiftool(seconds, program)
        self._sidecar = sidecar
        self._keep_times = keep_times
        self._max_bytes = max_bytes

    def read(self, path: Path) -> tuple[Found, ...]:
        """What the image and the sidecars beside it hold. `MetadataFailed` where they cannot be read."""
        with _told():
            return tuple(read(self._exiftool, path))

    def write(self, path: Path, text: Text, *, overwrite: bool = False) -> Written:
        """Put a text into an image, or beside it where there is no room.

        A link is followed, and stays. `overwrite` lets a person's text go. `MetadataFailed` where nothing could be
        written; the image is then as it was.
        """
        with _told():
            real = path.resolve(strict=True)
            self._check(real)
            with locked(real) as before:
                return self._write(real, before, text, overwrite)

    def close(self) -> None:
        """End exiftool."""
        self._exiftool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self, path: Path) -> None:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise MetadataFailed(NOT_A_FILE)
        if state.st_size > self._max_bytes:
            raise MetadataFailed(TOO_LARGE.format(self._max_bytes))

    def _write(self, path: Path, before: os.stat_result, text: Text, overwrite: bool) -> Written:
        found = tuple(read(self._exiftool, path))
        note = path.with_name(path.name + ".txt")
        a_persons = next((file.where for file in found if file.whose == "person"), None)
        if a_persons is None and self._sidecar and _is_a_persons(note, found, text):
            a_persons = note
        if a_persons is not None and not overwrite:
            return Written("kept", a_persons)
        beside = next((file.where for file in found if file.where != path and file.whose != "nobody"), None)
        if self._sidecar:
            return self._write_beside(path, beside, found, text, ASKED)
        if beside is not None:
            return self._write_beside(path, beside, found, text, BESIDE)
        if any(_is_same(file, text) for file in found):
            return Written("unchanged", path)
        try:
            self._embed(path, before, text)
        except _Refused as refusal:
            return self._write_beside(path, None, found, text, str(refusal))
        return Written("written", path)

    def _write_beside(self, path: Path, beside: Path | None, found: tuple[Found, ...], text: Text, why: str) -> Written:
        place = beside or sidecars(path)[0]
        if self._sidecar:  # the note first: killed between the two, the next run knows the note by the new text
            _write_note(path.with_name(path.name + ".txt"), text.entries())
        if any(file.where == place and _is_same(file, text) for file in found):
            return Written("unchanged", place, why)
        part = part_of(place, ".xmp")
        with _cleared(part):
            before = place.stat() if place.exists() else None
            self._make(text, place if before else None, ".xmp", part)
            replace(part, place, before, keep_times=False)
        return Written("sidecar", place, why)

    def _embed(self, path: Path, before: os.stat_result, text: Text) -> None:
        """`_Refused` when this file must not, or cannot, be written into."""
        name = format_of_file(path)
        if name is None or name not in SUFFIXES:
            raise _Refused(NO_ROOM)
        if not before.st_mode & 0o222:
            raise _Refused(READ_ONLY)
        part = part_of(path, SUFFIXES[name])
        try:
            with _cleared(part), path.open("rb") as old:
                data = image_data(old, name)
                if data.signed:
                    raise _Refused(SIGNED)
                self._make_image(text, path, name, part)
                with part.open("rb") as new:
                    if image_data(new, name) != data:
                        raise _Refused(NOT_SAME)
                replace(part, path, before, self._keep_times)
        except NotFollowed:
            raise _Refused(REFUSED) from None

    def _make_image(self, text: Text, path: Path, name: Format, part: Path) -> None:
        if name != "WEBP":
            self._make(text, path, SUFFIXES[name], part)
            return
        data, packet = path.read_bytes(), part.with_suffix(".xmp")
        with _cleared(packet), _cleared(source := part.with_suffix(".old.xmp")):
            old = xmp_of(data)
            if old:
                source.write_bytes(old)
            self._make(text, source if old else None, ".xmp", packet)
            part.write_bytes(with_xmp(data, packet.read_bytes()))

    def _make(self, text: Text, source: Path | None, suffix: str, part: Path) -> None:
        """Let exiftool write `part`: `source` with the text, or the text alone. `_Refused` when it does not."""
        with contextlib.ExitStack() as links:
            folder = links.enter_context(self._exiftool.linked(part.parent, ""))
            arguments = [*_arguments(text), "-o", f"{folder}/{part.name}"]
            if source is not None:
                arguments.append(links.enter_context(self._exiftool.linked(source, suffix)))
            self._exiftool.run(arguments)
        if not part.exists():
            if not os.access(part.parent, os.W_OK):
                raise PermissionError
            raise _Refused(REFUSED)


def _arguments(text: Text) -> list[str]:
    """What exiftool is told to set. Whatever stood there goes first, in both namespaces, all languages."""
    entries = text.entries()
    emptied = [f"-{group}:{tag}=" for group in (STANDARD, "XMP-iptcExt") for tag in (ALT, DESCRIPTION)]
    said = [
        f"-{STANDARD}:{tag}-{language}={escaped(value)}"
        for tag, part in ((ALT, entries.alt), (DESCRIPTION, entries.description))
        for language, value in part.items()
    ]
    mark = {tag: getattr(text, field) for tag, field in MARK_TAGS.items() if field != "text_hash"}
    mark |= {"TextSourceType": TEXT_SOURCE, "TextHash": entries.hash()}
    if not entries.alt:
        mark["Decorative"] = "True"
    marked = [f"-{OURS}:{tag}={escaped(plain(value))}" for tag, value in mark.items() if value]
    dated = [f"-XMP-xmp:MetadataDate={escaped(text.written)}"] if text.written else []
    return ["-E", "-api", "PNGEarlyXMP=1", *emptied, f"-{OURS}:all=", *said, *marked, *dated]


def _is_same(found: Found, text: Text) -> bool:
    """Whether a file holds this very text of ours, by the same model and prompt."""
    mark, entries = found.mark, text.entries()
    if mark is None or found.whose != "machine" or mark.text_hash != entries.hash():
        return False
    made = (mark.model, mark.revision, mark.prompt_version, mark.engine_version)
    return made == (text.model, text.revision, text.prompt_version, text.engine_version)


def _is_a_persons(note: Path, found: tuple[Found, ...], text: Text) -> bool:
    """Whether the `.txt` beside holds what neither the sidecar's text nor the one to be written accounts for."""
    if not note.exists():
        return False
    ours = {file.entries.shown() for file in found if file.whose == "machine"} | {text.entries().shown()}
    return note.read_text("utf-8", errors="replace") not in ours


def _write_note(note: Path, entries: Entries) -> None:
    part = part_of(note, ".txt")
    with _cleared(part):
        part.write_text(entries.shown(), "utf-8")
        replace(part, note, None, keep_times=False)


@contextlib.contextmanager
def _cleared(part: Path) -> Iterator[None]:
    """Nothing lies in this place before and after, whatever happens."""
    part.unlink(missing_ok=True)
    try:
        yield
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the system or exiftool says becomes a sentence of ours, without a path."""
    try:
        yield
    except ExiftoolFailed:
        raise MetadataFailed(GAVE_UP) from None
    except _Refused as refusal:
        raise MetadataFailed(str(refusal)) from None
    except OSError as error:
        raise MetadataFailed(f"{error.strerror or 'The folder cannot be written'}.") from None
