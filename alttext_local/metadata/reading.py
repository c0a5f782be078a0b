"""Reading the texts and the mark of a file and of the sidecars beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from alttext_local.metadata.exiftool import Exiftool, ExiftoolFailed
from alttext_local.metadata.text import DEFAULT, Entries, Found, Mark
from alttext_local.pictures.formats import ARCHIVE_FORMATS, Format, format_of

ALT, DESCRIPTION = "AltTextAccessibility", "ExtDescrAccessibility"
OURS = "XMP-alttextlocal"
STANDARD = "XMP-iptcCore"
MARK_TAGS = {
    "Model": "model",
    "ModelRevision": "revision",
    "EngineVersion": "engine_version",
    "PromptVersion": "prompt_version",
    "DateWritten": "written",
    "ReviewState": "review",
    "TextHash": "text_hash",
}
SUFFIXES: dict[Format | None, str] = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "TIFF": ".tif", "WEBP": ".webp"}
"""Ending by content: exiftool refuses a file whose name says another format."""
HEAD_BYTES = 64


def format_of_file(path: Path) -> Format | None:
    """By the first bytes; `None` for what is not an image that is known here."""
    with path.open("rb") as file:
        return format_of(file.read(HEAD_BYTES), ARCHIVE_FORMATS)


def read(exiftool: Exiftool, path: Path) -> Iterator[Found]:
    """What an image holds, then what each sidecar holds that lies beside it."""
    suffix = SUFFIXES.get(format_of_file(path), "")
    if suffix:
        yield read_one(exiftool, path, suffix)
    for sidecar in sidecars(path):
        if os.path.isfile(sidecar):  # noqa: PTH113 - `is_file` raises where `.xmp` makes a name too long
            yield read_one(exiftool, sidecar, ".xmp")


def sidecars(path: Path) -> tuple[Path, ...]:
    """Both names in use: `a.jpg.xmp` (ours, darktable, digiKam) and `a.xmp` (Adobe)."""
    return tuple(dict.fromkeys((path.with_name(path.name + ".xmp"), path.with_suffix(".xmp"))))


def read_one(exiftool: Exiftool, path: Path, suffix: str) -> Found:
    """One file; a file that exiftool cannot read holds nothing."""
    wanted = [f"-XMP:{ALT}*", f"-XMP:{DESCRIPTION}*", f"-{OURS}:all"]
    with exiftool.linked(path, suffix) as link:
        said = exiftool.run(["-j", "-G1", "-a", *wanted, link])
    if not said.out.strip():
        return Found(path)
    # numbers stay as they were spelt: a text may be `007` or `1e5`
    try:
        tags: dict[str, object] = json.loads(said.out, parse_int=str, parse_float=str, parse_constant=str)[0]
    except ValueError:
        raise ExiftoolFailed from None
    alt, description, mark = dict[str, str](), dict[str, str](), dict[str, str]()
    for name, value in tags.items():
        group, _, tag = name.partition(":")
        text = str(value).lower() if isinstance(value, bool) else str(value)
        for known, entries in ((ALT, alt), (DESCRIPTION, description)):
            if tag.startswith(known):
                entries[_language(group, tag.removeprefix(known))] = text
        if group == OURS:
            mark[tag] = text
    return Found(path, Entries(alt, description), _mark(mark) if mark else None)


def _language(group: str, rest: str) -> str:
    """The tag of an entry; one of another namespace keeps apart from ours, so that neither hides the other."""
    language = rest.removeprefix("-") or DEFAULT
    return language if group == STANDARD else f"{language} ({group.removeprefix('XMP-')})"


def _mark(tags: dict[str, str]) -> Mark:
    said = {field: tags.get(tag, "") for tag, field in MARK_TAGS.items()}
    return Mark(**said, decorative=tags.get("Decorative", "").lower() == "true")
