"""The texts that go into a file, the mark that says who wrote them, and whose the texts that are found are."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from alttext_local.types import Description, Provenance

Whose = Literal["nobody", "machine", "person"]
ReviewState = Literal["unreviewed", "reviewed"]

DEFAULT = "x-default"
"""The language tag of XMP for the entry that readers show when they know no better."""
TEXT_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's term for what a trained model made. It stands in a property of ours that speaks of the text:
`Iptc4xmpExt:DigitalSourceType` would say it of the picture."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 cannot carry."""


@dataclass(frozen=True)
class Text:
    """What is to be written into one file. An empty `alt_text` marks the picture as decorative."""

    alt_text: str
    description: str
    language: str
    """BCP 47, such as `en` or `pt-BR`."""
    model: str
    revision: str
    engine_version: str
    prompt_version: str
    written: str
    """ISO 8601 with the zone, such as `2026-11-23T09:00:00Z`."""
    review: ReviewState = "unreviewed"

    @classmethod
    def of(cls, said: Description, language: str, written: str) -> Text:
        """The text of an answer."""
        by: Provenance = said.provenance
        return cls(
            said.alt_text,
            said.description,
            language,
            by.model,
            by.revision,
            by.engine_version,
            by.prompt_version,
            written,
        )

    def entries(self) -> Entries:
        """As it will stand in the file: the default and the language say the same."""
        alt, description = plain(self.alt_text), plain(self.description)
        tags = (DEFAULT, language) if _LANGUAGE.fullmatch(language := self.language.replace("_", "-")) else (DEFAULT,)
        return Entries(
            {tag: alt for tag in tags if alt},
            {tag: description for tag in tags if description},
        )


@dataclass(frozen=True)
class Entries:
    """Two language alternatives: tag -> text."""

    alt: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.alt or self.description)

    def hash(self) -> str:
        """SHA-256 of all entries: what tells whether a text is still the one that was written."""
        said = [sorted((canonical(tag), plain(text)) for tag, text in part.items()) for part in self._parts()]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()

    def shown(self) -> str:
        """Plain text for the `.txt` beside an image: the alternative text, a blank line, the description."""
        texts = (part.get(DEFAULT) or next(iter(part.values()), "") for part in self._parts())
        return "".join(f"{text}\n" for text in "\n\n".join(text for text in texts if text).split("\n"))

    def _parts(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        return self.alt, self.description


@dataclass(frozen=True)
class Mark:
    """What our own XMP namespace says about the texts beside it. Empty where a file does not tell."""

    model: str = ""
    revision: str = ""
    engine_version: str = ""
    prompt_version: str = ""
    written: str = ""
    review: str = ""
    decorative: bool = False
    text_hash: str = ""


@dataclass(frozen=True)
class Found:
    """What one file holds: an image, or a sidecar."""

    where: Path
    entries: Entries = Entries()
    mark: Mark | None = None

    @property
    def whose(self) -> Whose:
        """`person` for any text without our mark, edited since, or reviewed: none of these is ours to change."""
        if self.mark is None:
            return "person" if self.entries else "nobody"
        untouched = self.mark.text_hash == self.entries.hash() and self.mark.review != "reviewed"
        return "machine" if untouched else "person"


def plain(text: str) -> str:
    """A text as XML gives it back: line ends as `\\n`, no characters that XML has not, no outer blanks."""
    return _NOT_XML.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def canonical(tag: str) -> str:
    """A language tag in one spelling: RFC 5646 tells nothing by case."""
    return tag.replace("_", "-").lower()
