"""JSON that is refused, and why."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alttext_local.errors import BadConfiguration
from alttext_local.jobs.strict_json import _PIECES, parse

REFUSED = {
    "nothing": (b"", "line 1, column 1: Expecting value"),
    "blanks": (b" \n ", "Expecting value"),
    "a mark alone": (b"\xef\xbb\xbf", "Expecting value"),
    "cut off": (b'{"a": 1,\n "b"', r"line 2, column 5: Expecting ':' delimiter"),
    "a comma too many": (b'{"a": 1,}', "line 1, column"),
    "two values": (b"{} {}", "Extra data"),
    "a comment": (b"{} // settings", "Extra data"),
    "single quotes": (b"{'a': 1}", "double quotes"),
    "a line feed in a text": (b'{"a": "x\ny"}', "Invalid control character at"),
    "UTF-16 with its mark": ("\ufeff{}".encode("utf-16-le"), "not UTF-8"),
    "UTF-16 without": ("{}".encode("utf-16-be"), "not UTF-8"),
    "UTF-32": ("{}".encode("utf-32"), "not UTF-8"),
    "Latin-1": ('{"a":\n "é"}'.encode("latin-1"), "not UTF-8 text: line 2"),
    "a NUL": (b'{"a": "\0"}', "not UTF-8"),
    "NaN": (b'{"a": NaN}', "NaN is no JSON number"),
    "Infinity": (b"[Infinity]", "Infinity is no JSON number"),
    "minus Infinity": (b"[-Infinity]", "-Infinity is no JSON number"),
    "a number beyond all floats": (b"[1e999]", "A number is too large"),
    "a number of 5,000 digits": (b"[" + b"9" * 5000 + b"]", "A number is too large"),
    "a key twice": (b'{"images": [], "images": []}', 'The key "images" is there twice'),
    "a key twice, deep": (b'[{"a": {"b": 1, "b": 1}}]', 'The key "b" is there twice'),
    "a key twice, by an escape": (b'{"a": 1, "\\u0061": 2}', 'The key "a" is there twice'),
    "half a surrogate pair": (b'{"a": "\\ud83d"}', "half a surrogate pair"),
    "half a surrogate pair in a key": (b'{"\\udc00": 1}', "half a surrogate pair"),
    "an escaped NUL": (b'["a\\u0000b"]', r'"ab" has a character that is none \(NUL'),
    "33 brackets": (b"[" * 33 + b"]" * 33, "line 1: more than 32 brackets in brackets"),
    "33 braces": (b'{"a":\n' * 33 + b"1" + b"}" * 33, "line 33: more than 32"),
    "a million brackets": (b"[" * 1_000_000, "more than 32 brackets"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    data, said = REFUSED[case]
    with pytest.raises(BadConfiguration, match=f"^The Json File in the ZIP cannot be read: .*{said}"):
        parse(data, 32)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"{}", {}),
        (b"\xef\xbb\xbf{}", {}),
        (b" \r\n\t[1, -2.5, true, null]", [1, -2.5, True, None]),
        (b'"\\ud83e\\udd8a"', "🦊"),
        (b'{"a": "[[[[ \\" {{{{"}', {"a": '[[[[ " {{{{'}),
        (b"[" * 32 + b"]" * 32, json.loads("[" * 32 + "]" * 32)),
        (b"[" + b"[]," * 99 + b"[]]", [[]] * 100),
        (b'"\\\\u0000"', "\\u0000"),
    ],
)
def test_what_is_read(data: bytes, value: object) -> None:
    assert parse(data, 32) == value


LONG = {
    "a text of escapes that does not end": lambda n: '"' + '\\"' * n + "\\",
    "quotes, an odd number": lambda n: '"' * (2 * n + 1),
    "brackets in a text that does not end": lambda n: '["' + "[" * n,
    "brackets beside each other": lambda n: "[" + "[]," * n,
    "lines": lambda n: "[" + "[\n]," * n,
    "keys": lambda n: "{" + ",".join(f'"{number}": 1' for number in range(n)),
}


def characters_read(text: str) -> int:
    """By the search for texts and brackets; one that begins and finds no end may have read all the rest in vain."""
    read = place = 0
    for piece in [*_PIECES.finditer(text), None]:
        begin = piece.start() if piece else len(text)
        read += sum(len(text) - at if text[at] in '"[{]}' else 1 for at in range(place, begin))
        read += len(piece[0]) if piece else 0
        place = piece.end() if piece else begin
    return read


def lines_run(data: bytes) -> int:
    """Lines of Python that a refusal takes."""
    count, before = 0, sys.gettrace()

    def trace(_frame: FrameType, event: str, _: object) -> Callable[..., object]:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        parse(data, 32)
    except BadConfiguration:
        return count
    finally:
        sys.settrace(before)
    raise AssertionError("it was read")


@pytest.mark.parametrize("case", LONG)
def test_the_work_grows_with_the_length_alone(case: str) -> None:
    short, long = LONG[case](1000), LONG[case](2000)
    assert characters_read(short) == len(short)
    assert characters_read(long) == len(long)
    assert lines_run(long.encode()) <= 2 * lines_run(short.encode())


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\"\\[]{}é", max_size=3), inner, max_size=3),
    max_leaves=20,
)  # fmt: skip


@given(JSONS, st.booleans())
def test_what_json_writes_is_read_the_same(value: object, ascii_only: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only).encode(), 100) == value


@given(st.binary(max_size=60) | st.text('[]{}":,\\u0ed8 1eE+-.truefalsn', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_in_our_words(data: bytes) -> None:
    try:
        parse(data, 8)
    except BadConfiguration as error:
        assert str(error).isprintable()
