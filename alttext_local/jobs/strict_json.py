"""JSON as RFC 8259 has it, and nothing that two readers could understand differently.

Refused: another encoding than UTF-8, `NaN` and `Infinity`, a key twice in one object, half a surrogate pair,
NUL in a text (no database takes it), and more brackets in brackets than the limit: they are counted before
anything recurs.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from alttext_local.errors import BadConfiguration
from alttext_local.fields import quoted

LONGEST_NUMBER = 20
"""Digits; nothing that can be asked for needs more."""
_PIECES = re.compile(r'"(?:[^"\\]++|\\(?:.|\Z))*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)
"""A whole text, or a bracket. It never goes back, so that its time grows with the length alone."""


def parse(data: bytes, most_deep: int) -> Any:
    """The value that the bytes say. `BadConfiguration` says what is wrong, and in which line."""
    text = _decoded(data)
    _check_depth(text, most_deep)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_number,
            parse_int=_whole_number,
        )
    except json.JSONDecodeError as error:
        raise BadConfiguration(f"line {error.lineno}, column {error.colno}: {error.msg.rstrip(' :')}.") from None
    for piece in _texts(value):
        if "\0" in piece or any("\ud800" <= character <= "\udfff" for character in piece):
            raise BadConfiguration(f"{quoted(piece)} has a character that is none (NUL, or half a surrogate pair).")
    return value


def _decoded(data: bytes) -> str:
    if b"\0" in data:
        raise BadConfiguration("It is not UTF-8 text.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadConfiguration(f"It is not UTF-8 text: line {line}.") from None


def _check_depth(text: str, most: int) -> None:
    depth = 0
    for piece in _PIECES.finditer(text):
        first = piece[0][0]
        if first in "[{":
            depth += 1
            if depth > most:
                line = text.count("\n", 0, piece.start()) + 1
                raise BadConfiguration(f"line {line}: more than {most} brackets in brackets.")
        elif first in "]}":
            depth -= 1


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise BadConfiguration(f"The key {quoted(key)} is there twice in one object.")
        made[key] = value
    return made


def _refuse_constant(constant: str) -> NoReturn:
    raise BadConfiguration(f"{constant} is no JSON number.")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise BadConfiguration("A number is too large.")
    return value


def _whole_number(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise BadConfiguration("A number is too large.")
    return int(text)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
