"""A01, A02, A03: a text that says nothing: empty, a placeholder, a file name, an id."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath

from alttext_local.rules.lexicon import WORD, read_sections
from alttext_local.rules.setting import Setting

_FILE = re.compile(
    r"[^\s]{1,200}\.(?:jpe?g|png|gif|bmp|tiff?|webp|svg|heic|avif|eps|pdf|psd|raw|cr2|nef|ico|indd?)", re.I
)
_CAMERA = re.compile(
    r"(?:img|dsc|dscn|dscf|dscf?n?|pict?|p|mvi|gopr|pxl|sam|cimg|kif|hpim|scan|image|bild|foto|photo|fig|figure|"
    r"untitled|unnamed|screenshot|screen ?shot|download|whatsapp image|capture)"
    r"[ _-]*\(?\d[\d _.:()-]*(?:at [\d.:]+)?[a-z]?",
    re.I,
)
_UUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.I)
_HASH = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56,64}|[0-9a-f]{96}|[0-9a-f]{128}|[0-9a-f]{33,})", re.I)
_NUMBERED_ID = re.compile(r"(?=\S*\d)(?=\S*[_])[\w-]+(?:\.\w{2,4})?")


@cache
def _placeholders() -> tuple[frozenset[str], re.Pattern[str]]:
    sections = read_sections("placeholders")
    words = frozenset(" ".join(WORD.findall(line.casefold())) for line in sections["words"])
    return words, re.compile("|".join(f"(?:{line})" for line in sections["patterns"]), re.IGNORECASE)


def is_empty(text: str) -> bool:
    """Whether there is no letter and no digit in it."""
    return not any(char.isalnum() for char in text)


def is_placeholder(text: str) -> bool:
    """Whether the whole text is a word that stands for any picture."""
    words, patterns = _placeholders()
    bare = " ".join(WORD.findall(text.casefold()))
    return bare in words or patterns.fullmatch(bare) is not None


def is_file_name(text: str, file_name: str = "") -> bool:
    """Whether the whole text is a file name, a camera's number, an id or a hash."""
    bare = text.strip().strip(".").strip("\"'()[] ")
    stem = PurePosixPath(file_name.replace("\\", "/")).stem.casefold()
    if len(stem) > 2 and not stem.isalpha() and bare.casefold() in (stem, file_name.casefold()):
        return True
    return any(pattern.fullmatch(bare) for pattern in (_FILE, _CAMERA, _UUID, _HASH, _NUMBERED_ID))


def find_emptiness(text: str, setting: Setting) -> str | None:
    """A01. A decorative picture wants exactly the empty text, any other one wants words."""
    if setting.decorative:
        return "The picture is decorative: its text must be empty." if text else None
    return "There is no text." if is_empty(text) else None


def find_placeholder(text: str, _setting: Setting) -> str | None:
    """A02."""
    return "This word could stand for any picture." if is_placeholder(text) and not is_empty(text) else None


def find_file_name(text: str, setting: Setting) -> str | None:
    """A03."""
    return "A file name or an id, not a text." if is_file_name(text, setting.file_name) else None
