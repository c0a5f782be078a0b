"""What a sentence claims: `grammar.toml` read into patterns."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from alttext_local.phrases.composing import states_kind
from alttext_local.types import FAMILIES, KINDS

_QUOTED = re.compile(r"[“\"][^”\"]*[”\"]|‘[^’]*’")
READ_LINE = 10
"""Characters from which on a line that OCR read is known again in a text; shorter ones may be a fact's own words."""
_ENDS = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Claim:
    """That `what` has `value`, spelled as the grammar spells it."""

    topic: str
    """form, kind, count, largest, smallest, trend, colours or share."""
    what: str
    value: str


@dataclass(frozen=True)
class _Pattern:
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    topic: str
    what: str
    value: str


def plain_sentences(text: str) -> list[str]:
    """A text's sentences without what is quoted or measured, and without full stops; empty ones are left out."""
    unquoted = _QUOTED.sub(" ", text)
    found = []
    for piece in _ENDS.split(unquoted):
        if measure_of(piece.strip().rstrip(".")):
            continue
        for pattern in _measured():
            piece = pattern.sub("", piece.strip().rstrip(".!?… "))
        piece = " ".join(piece.split()).strip(" ,;:–-")
        if piece:
            found.append(piece)
    return found


def measure_of(sentence: str) -> str | None:
    """What a sentence says of a whole picture that is measured (`dark`); None where it says another thing."""
    found = _measure("sentence").fullmatch(sentence)
    return found["word"].lower() if found else None


def measures_in(text: str) -> frozenset[str]:
    """The same words as a text lists them."""
    return frozenset(match["word"].lower() for match in _measure("listed").finditer(text))


def mostly_of(sentence: str) -> frozenset[str]:
    """The colours that a sentence says a picture mostly has; none where it says another thing."""
    found = _measure("mostly").fullmatch(sentence)
    return frozenset(re.split(r", | and ", found["names"])) if found else frozenset()


def mainly_in(text: str) -> frozenset[str]:
    """The colours that a text calls the main ones."""
    return frozenset(
        name for match in _measure("mainly").finditer(text) for name in re.split(r" and | on ", match["names"])
    )


def without_read(text: str, read: str) -> str:
    """A text without the lines that OCR read, where they stand in no quotation marks: a title, a page of words."""
    flat = " ".join(text.split())
    for line in sorted((" ".join(line.split()) for line in read.splitlines()), key=len, reverse=True):
        if len(line) >= READ_LINE:
            flat = re.sub(re.escape(line), " ", flat, flags=re.IGNORECASE)
    return flat


def quotations(text: str) -> list[str]:
    """What a text quotes."""
    return [quoted[0][1:-1].strip() for quoted in _QUOTED.finditer(text)]


def claims_of(sentence: str) -> tuple[Claim, ...]:
    """Everything that a plain sentence claims, as far as the grammar knows; the kind it opens with is not among it."""
    found = []
    for one in _patterns():
        if one.unless is None or not one.unless.search(sentence):
            found += [_claim(one, match) for match in one.pattern.finditer(sentence)]
    return tuple(dict.fromkeys((*found, *_forms(sentence))))


def kind_named(sentence: str) -> str | None:
    """The kind or the family that a plain sentence opens with, as the house or a model words it.

    Empty where the house says that it knows neither, None where the sentence speaks of something else.
    """
    heads: Mapping[str, str] = _grammar()["heads"]
    return heads[sentence.lower()] if sentence.lower() in heads else states_kind(sentence)


def masked(sentence: str) -> str:
    """A sentence with its numbers and colours blanked: what it says in general."""
    numberless = re.sub(r"\d+(?:st|nd|rd|th)?", "#", sentence)
    return re.sub(rf"\b(?:{_colours()})\b(?:(?:, | and )(?:{_colours()})\b)*", "~", numberless)


def singular(thing: str) -> str:
    """`bars` and `bar` are one thing."""
    word = thing.strip().lower()
    for ending, instead in (("boxes", "box"), ("branches", "branch"), ("ies", "y")):
        if word.endswith(ending):
            return word[: -len(ending)] + instead
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def form_words(text: str) -> frozenset[str]:
    """The words of `forms` in a text."""
    lower = text.lower()
    return frozenset(word for word in _grammar()["forms"]["words"] if re.search(rf"\b{word}", lower))


def counts_by_layout() -> Mapping[str, Mapping[str, str]]:
    """Which fact counts which thing, by kind and layout."""
    table: Mapping[str, Mapping[str, str]] = _grammar()["counts"]
    return table


def opposite_of(sentence: str) -> str | None:
    """The sentence, in lower case, that is true where this one is false and the drawings say either."""
    for one, other in _grammar()["opposites"]["pairs"]:
        if sentence.lower() in (one, other):
            return str(other if sentence.lower() == one else one)
    return None


def implied_by(sentence: str) -> frozenset[str]:
    """The sentences, in lower case, of which each makes this one true."""
    return frozenset(_grammar()["implied"].get(sentence.lower(), ()))


def trend_named(text: str) -> str:
    """A trend's own name; the text itself where it is none."""
    for name, spellings in _grammar()["trends"].items():
        if text.lower() in spellings:
            return str(name)
    return text


def _forms(sentence: str) -> Iterator[Claim]:
    if states_kind(sentence) is not None:
        yield from (Claim("form", word, "yes") for word in sorted(form_words(sentence)))


def _claim(pattern: _Pattern, match: re.Match[str]) -> Claim:
    groups = {name: (text or "").lower() for name, text in match.groupdict().items()}
    if "thing" in groups:
        groups["thing"] = singular(groups["thing"])
    if "trend" in groups:
        groups["trend"] = trend_named(groups["trend"])
    if "colour" in groups:
        groups["colour"] = _one_spelling(groups["colour"])
    if "colours" in groups:
        in_brackets = re.findall(r"\(([a-z]+)\)", groups["colours"])  # each behind the name that it stands for
        groups["colours"] = spelled_colours(in_brackets or re.split(r", | and | to ", groups["colours"]))
    return Claim(pattern.topic, pattern.what.format(**groups), pattern.value.format(**groups))


def spelled_colours(names: Sequence[str]) -> str:
    """Different colours in the order of the alphabet."""
    return ", ".join(sorted({_one_spelling(name) for name in names}))


def _one_spelling(colour: str) -> str:
    return "grey" if colour == "gray" else colour


def _colours() -> str:
    return "|".join(_grammar()["words"]["colours"])


@cache
def _patterns() -> tuple[_Pattern, ...]:
    spellings = sorted((one for many in _grammar()["trends"].values() for one in many), key=len, reverse=True)
    made = []
    for row in _grammar()["claim"]:
        text = row["pattern"].replace("{colour}", _colours()).replace("{trend}", "|".join(spellings))
        unless = re.compile(row["unless"]) if "unless" in row else None
        made.append(_Pattern(re.compile(text), unless, row["topic"], row["what"], row["value"]))
    return tuple(made)


@cache
def _measure(name: str) -> re.Pattern[str]:
    table = _grammar()["measures"]
    return re.compile(table[name].replace("{words}", "|".join(table["words"])))


@cache
def _measured() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in _grammar()["measured"]["patterns"])


@cache
def _grammar() -> dict[str, Any]:
    grammar = tomllib.loads(Path(__file__).with_name("grammar.toml").read_text(encoding="utf-8"))
    house = tomllib.loads((resources.files("alttext_local.phrases") / "phrases.toml").read_text(encoding="utf-8"))
    heads: dict[str, str] = {house["kind"][kind].lower(): kind for kind in KINDS}
    heads |= {house["family"][family].lower(): family for family in FAMILIES}  # "Chart" is every chart
    heads[house["unsure"]["head"].lower()] = ""
    return {**grammar, "heads": heads}
