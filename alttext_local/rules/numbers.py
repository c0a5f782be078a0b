"""Numbers as they are written, in figures and in words, brought to values that can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache

from alttext_local.rules.lexicon import WORD, entries_for

_FIGURES = re.compile(
    r"(?<![\w.,])[-−+]?(?:\d{1,3}(?:[  \u202f'’]\d{3})+(?:[.,]\d+)?"
    r"|\d+(?:[.,:]\d+)*)(?=(?:st|nd|rd|th|s|er|e|[^\W\d]{1,3})?(?!\w))"
    r"|(?<=[$€£¥])\d+(?:[.,]\d+)*"
)
_ATTACHED = re.compile(r"[^\W\d_]+")
_SCALES = {"thousand": 1_000, "million": 1_000_000, "millions": 1_000_000, "billion": 10**9, "mio": 1_000_000,
           "tausend": 1_000, "millionen": 1_000_000, "milliarden": 10**9, "mille": 1_000, "mil": 1_000,
           "millones": 1_000_000, "milioni": 1_000_000, "milhões": 1_000_000, "k": 1_000, "m": 1_000_000}  # fmt: skip


@dataclass(frozen=True)
class Number:
    """A number in a text and the values that it can stand for: `1.234` is 1.234 in English, 1234 in German."""

    start: int
    end: int
    written: str
    values: frozenset[Decimal]
    in_words: bool


@cache
def _words(language: str) -> dict[str, int]:
    pairs = (line.partition("=>") for line in entries_for("numbers", language))
    return {word.strip(): int(value) for word, _, value in pairs}


def find_numbers(text: str, language: str) -> Iterator[Number]:
    """Every number from left to right; `3D`, `4K` and figures inside a word (A4, MP3) are names, not numbers."""
    for match in sorted((*_FIGURES.finditer(text), *_find_words(text, language)), key=lambda found: found.start()):
        if match[0][-1].isdecimal():
            if not re.match(r"(?:D|K|G|x\d)\b", text[match.end() :]):
                values = _read_figures(match[0], text[match.end() :])
                yield Number(match.start(), match.end(), match[0], values, in_words=False)
        else:
            value = Decimal(_words(language)[match[0].casefold()])
            yield Number(match.start(), match.end(), match[0], frozenset({value}), in_words=True)


def _find_words(text: str, language: str) -> Iterator[re.Match[str]]:
    known = _words(language)
    for match in WORD.finditer(text):
        if match[0].casefold() in known and text[match.end() : match.end() + 1] != "-":
            yield match


def _read_figures(written: str, behind: str) -> frozenset[Decimal]:
    """The values in both the English and the Continental way of writing, and times a thousand where a word says so."""
    bare = re.sub(r"[  \u202f'’+]", "", written.replace("−", "-"))
    spellings = {bare.replace(",", ""), bare.replace(".", "").replace(",", "."), bare.replace(",", ".")}
    values: set[Decimal] = set()
    for spelling in spellings:
        try:
            values.add(Decimal(spelling))
        except InvalidOperation:
            values.update(Decimal(part) for part in re.findall(r"\d+", spelling)[:1] if ":" not in spelling)
            if ":" in spelling:
                values.add(Decimal(re.sub(r"\D", "", spelling)))
    scale = _ATTACHED.match(behind.lstrip())
    factor = _SCALES.get(scale[0].casefold()) if scale else None
    return frozenset(values | {value * factor for value in values} if factor else values)


def collect_values(text: str, language: str) -> frozenset[Decimal]:
    """Every value that a text states."""
    return frozenset(value for number in find_numbers(text, language) for value in number.values)
