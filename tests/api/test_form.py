import asyncio

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from alttext_local.api.form import MAX_FIELDS, OVERHEAD, read_form
from alttext_local.errors import AltTextError, BadRequest, TooLarge

TYPE = "multipart/form-data; boundary=B"


def part(name, value, extra="", headers=b""):
    return b'--B\r\nContent-Disposition: form-data; name="%s"%s\r\n%s\r\n%s\r\n' % (
        name.encode(),
        extra.encode(),
        headers,
        value,
    )


def read(body, content_type=TYPE, max_upload=1000, step=7):
    chunks = [body[i : i + step] for i in range(0, len(body), step)] or [b""]
    messages = [{"type": "http.request", "body": c, "more_body": True} for c in chunks[:-1]]
    messages.append({"type": "http.request", "body": chunks[-1], "more_body": False})

    async def receive():
        return messages.pop(0)

    headers = [(b"content-type", content_type.encode("latin-1"))] if content_type else []
    return asyncio.run(read_form(Request({"type": "http", "headers": headers}, receive), max_upload))


FILE = part("file", b"bytes\r\n--Bx\r\n", '; filename="a.png"', b"Content-Type: multipart/form-data\r\n")
END = b"--B--\r\n"


def test_a_form_is_taken_apart():
    form = read(part("context", "über".encode()) + FILE + part("x", b"y") + END)
    assert form.data == b"bytes\r\n--Bx\r\n"
    assert form.file_name == "a.png"
    assert form.texts == {"context": "über", "x": "y"}


@pytest.mark.parametrize(
    "kind", ["", "application/json", "application/x-www-form-urlencoded", "text/plain", "☃".encode().decode("latin-1")]
)
def test_what_is_no_form(kind):
    with pytest.raises(BadRequest, match="multipart/form-data"):
        read(FILE + END, kind)


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=other"]
)
def test_a_boundary_that_does_not_fit(kind):
    with pytest.raises(BadRequest):
        read(FILE + END, kind)


BROKEN = {
    "nothing": b"",
    "no end": FILE[:-2],
    "garbage": b"\x00\xff garbage" * 9,
    "no name": b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + END,
    "no disposition": b"--B\r\n\r\nx\r\n" + END,
    "bad header": b"--B\r\nContent Disposition\r\n\r\nx\r\n" + END,
    "too many fields": part("n", b"v") * (MAX_FIELDS + 1) + FILE + END,
    "too long a text": part("n", b"v" * (OVERHEAD + 1)) + FILE + END,
    "empty input of a browser": part("file", b"", '; filename=""') + END,
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_form(body):
    with pytest.raises(BadRequest):
        read(body, step=4096)


def test_a_file_over_the_limit():
    with pytest.raises(TooLarge, match="at most 1000 bytes"):
        read(part("file", b"x" * 1001, '; filename="a"') + END)
    assert len(read(part("file", b"x" * 1000, '; filename="a"') + END).data) == 1000


def test_a_large_file_is_never_on_the_disk(monkeypatch):
    import tempfile

    def refuse(*args, **kwargs):
        raise AssertionError("a file on the disk")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    size = 5_000_000
    form = read(part("file", b"x" * size, '; filename="a"') + END, max_upload=size, step=65536)
    assert len(form.data) == size


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_taken_or_refused(noise, framed):
    try:
        read(b"--B\r\n" + noise + b"\r\n" + END if framed else noise)
    except AltTextError as error:
        assert error.http_status == 400
