"""JSON that is refused, and why."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alttext_local.errors import BadConfiguration
from alttext_local.jobs.strict_json import parse

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


@pytest.mark.parametrize(
    "data", [b'"' + b'\\"' * 400_000 + b"\\", b'"' * 400_001, b'["' + b"[" * 800_000, b"[" + b"[]," * 200_000]
)
def test_brackets_are_counted_in_a_time_that_grows_with_the_length_alone(data: bytes) -> None:
    before = time.process_time()
    with pytest.raises(BadConfiguration):
        parse(data, 32)
    assert time.process_time() - before < 20  # on a busy machine two seconds were not enough; by the square it is hours


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
