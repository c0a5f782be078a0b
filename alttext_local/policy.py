"""The site's content policy: words and patterns that are refused, by an operator's TOML file."""

from __future__ import annotations

import importlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from alttext_local.errors import BadSettings, PolicyViolation

if TYPE_CHECKING:
    from PIL.Image import Image

Place = Literal["prompt", "context", "output", "image text"]
PLACES: tuple[Place, ...] = ("prompt", "context", "output", "image text")
_PIECE, _OVERLAP = 4_000, 500
"""Characters that a pattern sees at once, and how many of them it sees again: its cost stays in bounds."""
_FEW = 8
"""A group that comes this often at most may hold an optional part, as the numbers of cards do."""
_KEYS = {"id", "words", "patterns", "where"}


class SafetyModel(Protocol):
    """A model that looks at a picture and names the policy entry that it breaks, or `None`."""

    def unsafe(self, image: Image) -> str | None:
        """The id of what is refused, or `None`."""


@dataclass(frozen=True)
class Entry:
    """One `[[refuse]]`: any of its patterns, at one of its places, refuses the request."""

    id: str
    patterns: tuple[re.Pattern[str], ...]
    where: tuple[Place, ...]


@dataclass(frozen=True)
class Policy:
    """What is refused. An empty policy refuses nothing."""

    entries: tuple[Entry, ...] = ()

    def check(self, where: Place, text: str) -> None:
        """Raises `PolicyViolation` with the entry's id, never with a word of the text."""
        folded = fold(text) if self.entries else ""
        for entry in self.entries:
            if where in entry.where and _is_found(entry.patterns, folded):
                raise PolicyViolation(f"(rule {entry.id})")


def _is_found(patterns: tuple[re.Pattern[str], ...], text: str) -> bool:
    return any(pattern.search(text, start, end) for start, end in _split(text) for pattern in patterns)


def _split(text: str) -> Iterator[tuple[int, int]]:
    """Overlapping pieces that end at a blank where there is one, so that no cut makes a whole word of a part."""
    start = 0
    while len(text) - start > _PIECE:
        end = max(text.rfind(" ", start + _PIECE // 2, start + _PIECE), 0) or start + _PIECE
        yield start, end
        start = end - _OVERLAP
    yield start, len(text)


def fold(text: str) -> str:
    """NFKC, case-folded, single blanks, no invisible characters: no disguise by another spelling."""
    visible = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return " ".join(visible.casefold().split())


def load_policy(path: Path | None) -> Policy:
    """The policy of a TOML file; `None`: the empty one. `BadSettings` names the entry that cannot be used."""
    if path is None:
        return Policy()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings("The policy file cannot be read as TOML.") from error
    refused = table.get("refuse", [])
    if set(table) - {"refuse"} or not isinstance(refused, list):
        raise BadSettings("The policy file may hold nothing but [[refuse]] entries.")
    return Policy(tuple(_read_entry(entry, at) for at, entry in enumerate(refused, start=1)))


def _read_entry(entry: Any, at: int) -> Entry:
    name = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise BadSettings(f"Policy entry {at} needs an id.")
    if unknown := set(entry) - _KEYS:
        raise BadSettings(f"Policy entry {name!r}: unknown key {sorted(unknown)[0]!r}.")
    where = tuple(place for place in PLACES if place in _strings(entry, "where", name, PLACES))
    if set(_strings(entry, "where", name, PLACES)) - set(PLACES):
        raise BadSettings(f"Policy entry {name!r}: 'where' takes {', '.join(PLACES)}.")
    words = [_match_word(word) for word in _strings(entry, "words", name)]
    patterns = [_compile_pattern(pattern, name) for pattern in _strings(entry, "patterns", name)]
    if not words and not patterns:
        raise BadSettings(f"Policy entry {name!r} needs words or patterns.")
    return Entry(name, (*words, *patterns), where)


def _strings(entry: dict[str, Any], key: str, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    value = entry.get(key, list(default))
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise BadSettings(f"Policy entry {name!r}: {key!r} must be a list of strings.")
    return tuple(value)


def _match_word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(fold(word))}(?!\w)")


def _compile_pattern(pattern: str, name: str) -> re.Pattern[str]:
    """Matched on folded text. What may take for ever is refused: better one harmless pattern too many than one."""
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadSettings(f"Policy entry {name!r}: a pattern is no regular expression.") from error
    if _is_slow(_parse(pattern)):
        raise BadSettings(f"Policy entry {name!r}: a pattern repeats a group that can match one text in many ways.")
    return compiled


def _parse(pattern: str) -> Any:
    """The syntax tree of `re`: nested sequences of (operator, arguments); its module has no public name."""
    return importlib.import_module("re._parser").parse(pattern, re.IGNORECASE)


def _is_slow(tree: Any) -> bool:
    return any(
        most > 1 and any(_is_ambiguous(operator, given, most) for operator, given in _walk(body))
        for operator, (_, most, body) in _repeats(tree)
    )


def _repeats(tree: Any) -> Iterator[tuple[str, Any]]:
    return ((operator, given) for operator, given in _walk(tree) if operator.endswith("_REPEAT"))


def _walk(tree: Any) -> Iterator[tuple[str, Any]]:
    """Every (operator, arguments) of a syntax tree, at any depth."""
    for operator, given in tree:
        yield str(operator), given
        for branch in _branches(given):
            yield from _walk(branch)


def _branches(given: Any) -> Iterator[Any]:
    if hasattr(given, "data"):
        yield given
    elif isinstance(given, tuple | list):
        for inner in given:
            yield from _branches(inner)


def _is_ambiguous(operator: str, given: Any, times: int) -> bool:
    """Whether this, within a group that is repeated, can match one text in more than one way."""
    if operator.endswith("_REPEAT"):
        least, most, _ = given
        return bool(least != most and not (most <= 1 and times <= _FEW))
    if operator == "BRANCH":
        firsts = [str(branch[0]) if len(branch) and str(branch[0][0]) == "LITERAL" else "" for branch in given[1]]
        return "" in firsts or len(set(firsts)) < len(firsts)
    return operator == "IN" and len({str(one) for one in given}) < len(given)
