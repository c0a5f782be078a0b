"""Reads the word lists of `wording/`: text files that an editor reviews.

A list has sections (`[en]`), one entry a line, and comments behind `#` at the start of a line. In lists
of patterns `$name = ...` defines a piece and `{name}` uses it; a blank stands for one blank or more,
a blank and `?` for any number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "wording"
_ACCENTS = "".join(chr(code) for code in range(0x300, 0x1E00) if unicodedata.category(chr(code))[0] == "M")
"""Vowel signs and points of Indic and Semitic scripts belong to their words; `\\w` leaves them out."""
_RUN = rf"[^\W_]+(?:[{_ACCENTS}]+[^\W_]*)*"
WORD = re.compile(rf"{_RUN}(?:['’]{_RUN})*")


@dataclass(frozen=True)
class Words:
    """The words of a text, case-folded and with straight apostrophes, and where each begins and ends."""

    folded: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


@lru_cache(maxsize=64)
def split_words(text: str) -> Words:
    """Every rule looks at the same words: they are sought once for a text."""
    matches = list(WORD.finditer(text))
    folded = tuple(match[0].casefold().replace("’", "'") for match in matches)
    return Words(folded, tuple(match.span() for match in matches))


@cache
def read_sections(name: str) -> dict[str, tuple[str, ...]]:
    """The entries of one list by section; what stands before the first heading is section `""`."""
    sections: dict[str, list[str]] = {"": []}
    current = sections[""]
    for raw in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1].strip(), [])
        else:
            current.append(line)
    return {section: tuple(entries) for section, entries in sections.items()}


def entries_for(name: str, language: str) -> tuple[str, ...]:
    """The entries for a language, then the English ones (models fall back to English habits), then the common ones."""
    sections = read_sections(name)
    wanted = dict.fromkeys((language, "en", ""))
    return tuple(entry for section in wanted for entry in sections.get(section, ()))


@cache
def words_for(name: str, language: str) -> frozenset[str]:
    """One section alone, case-folded, as a set of words; blanks part the words of a line."""
    return frozenset(word.casefold() for line in read_sections(name).get(language, ()) for word in line.split())


@cache
def patterns_for(name: str, language: str) -> tuple[re.Pattern[str], ...]:
    """The compiled patterns for a language and for English, with their `$pieces` filled in."""
    sections = read_sections(name)
    wanted = dict.fromkeys((language, "en", ""))
    return tuple(pattern for section in wanted for pattern in _compile_section(sections.get(section, ())))


@cache
def section_pattern(name: str, section: str) -> re.Pattern[str] | None:
    """All patterns of one section as one alternation; `None` where there are none."""
    patterns = _compile_section(read_sections(name).get(section, ()))
    if not patterns:
        return None
    return re.compile("|".join(f"(?:{pattern.pattern})" for pattern in patterns), re.IGNORECASE)


def _compile_section(lines: tuple[str, ...]) -> Iterator[re.Pattern[str]]:
    pieces: dict[str, str] = {}
    for line in lines:
        written = re.sub(r"\{([a-z]\w*)\}", lambda match: f"(?:{pieces[match[1]]})", line)
        if written.startswith("$"):
            name, _, value = written[1:].partition("=")
            pieces[name.strip()] = value.strip()
        else:
            yield re.compile(written.replace(" ?", r"\s*").replace(" ", r"\s+"), re.IGNORECASE)


@dataclass(frozen=True)
class Hit:
    """A phrase of a list, found in a text."""

    start: int
    end: int
    phrase: str
    note: str
    """What stands behind `=>` in the list; empty where nothing does."""


@dataclass(frozen=True)
class Phrases:
    """Many phrases, found by their first word: the cost of a search does not grow with the list."""

    index: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: tuple[str, ...]) -> Phrases:
        """From lines `phrase` or `phrase => note`; of phrases with the same first word the longest wins."""
        index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for entry in entries:
            phrase, _, note = entry.partition("=>")
            words = tuple(match[0].casefold().replace("’", "'") for match in WORD.finditer(phrase))
            if words:
                index.setdefault(words[0], []).append((words, note.strip()))
        for found in index.values():
            found.sort(key=lambda item: -len(item[0]))
        return cls(index)

    def find(self, text: str) -> Iterator[Hit]:
        """Every hit from left to right, none inside another."""
        words, spans = split_words(text).folded, split_words(text).spans
        if self.index.keys().isdisjoint(words):
            return
        at = 0
        while at < len(words):
            for phrase, note in self.index.get(words[at], ()):
                if words[at : at + len(phrase)] == phrase:
                    last = at + len(phrase) - 1
                    yield Hit(spans[at][0], spans[last][1], " ".join(phrase), note)
                    at = last
                    break
            at += 1


@cache
def phrases_for(name: str, language: str) -> Phrases:
    """The phrases of a list for a language, for English, and the common ones."""
    return Phrases.of(entries_for(name, language))
