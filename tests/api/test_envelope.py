import asyncio
import json
import logging
import re

import pytest
from starlette.requests import ClientDisconnect

from alttext_local.api.envelope import Envelope
from alttext_local.api.guard import Door
from alttext_local.settings import Settings

V2 = "/cl/alttext/api/v2/"
GIVEN = ["a", "0b5e-77", "trace:1/2=x+y~z.k_", "x" * 128]
NOT_TAKEN = ["", "x" * 129, "with blank", "a\tb", "<b>", 'quote"', "me@example.org", "ü"]


@pytest.mark.parametrize("given", GIVEN)
def test_a_request_id_is_echoed(client, given):
    for path in ("/health/live", "/nowhere", V2):
        assert client.get(path, headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", NOT_TAKEN)
def test_a_request_id_is_made(client, given):
    headers = {"X-Request-ID": given.encode("latin-1")} if given else {}
    made = client.get("/health/live", headers=headers).headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", made)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/cl/alttext/api/v2//", "/cl/alttext/api/v1/", "/docs/x", "/health"])
def test_an_unknown_route_has_the_error_body(client, is_error, path):
    assert is_error(client.get(path), 404) == "Not Found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", V2, "POST"),
        ("GET", V2[:-1], "POST"),
        ("DELETE", V2, "POST"),
        ("OPTIONS", V2, "POST"),
        ("POST", "/health/live", "GET"),
        ("PUT", "/cl/alttext/api/v2/models", "GET"),
        ("NONSENSE", "/docs", "GET"),
    ],
)
def test_another_method_has_the_error_body(client, is_error, method, path, allowed):
    answer = client.request(method, path)
    assert is_error(answer, 405) == "Method Not Allowed"
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("path", ["/health/live", "/docs", "/docs/docs.css", "/openapi.json", V2 + "models"])
def test_every_answer_has_the_safe_headers(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-ID"]


def test_the_log_line_has_sizes_and_times_and_no_contents(post, house, caplog):
    with caplog.at_level(logging.INFO, "alttext_local"):
        answer = post(path=V2 + "?user=secret", context="secret words", file_name="secret.png")
    (record,) = [r for r in caplog.records if r.getMessage() == "request"]
    assert (record.method, record.route, record.status) == ("POST", V2, 200)
    assert record.bytes_in > 100
    assert record.bytes_out == len(answer.content)
    assert record.ms > 0
    assert "secret" not in str(vars(record))


def test_the_log_line_of_an_error_has_its_code(client, caplog):
    with caplog.at_level(logging.INFO, "alttext_local"):
        client.get("/secret?x=secret")
    (record,) = [r for r in caplog.records if r.getMessage() == "request"]
    assert (record.route, record.status, record.code) == ("none", 404, "not_found")
    assert "secret" not in str(vars(record))


def test_health_is_logged_when_debugging_alone(client, caplog):
    with caplog.at_level(logging.INFO, "alttext_local"):
        client.get("/health/live")
    assert [r for r in caplog.records if r.getMessage() == "request"] == []


def exchange(app, messages=()):
    """Run one request through the envelope alone; what was sent."""
    sent, waiting = [], list(messages)

    async def receive():
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-length", b"9")]}
    asyncio.run(Envelope(app, Door(Settings()), lambda *_: None)(scope, receive, send))
    return sent


def test_an_exception_below_everything_is_answered():
    async def app(scope, receive, send):
        raise RuntimeError("secret")

    start, body, end = exchange(app)
    assert start["status"] == 500
    assert json.loads(body["body"])["status_code"] == 500
    assert b"secret" not in body["body"]
    assert end["body"] == b""


def test_a_client_that_left_is_not_answered():
    async def app(scope, receive, send):
        raise ClientDisconnect

    assert exchange(app) == []


def test_the_rest_of_a_body_is_read_away_behind_the_answer():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 413, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})

    messages = [{"type": "http.request", "body": b"x", "more_body": i < 3} for i in range(4)]
    start, body, end = exchange(app, messages)
    assert (b"connection", b"close") in start["headers"]
    assert (body["body"], body["more_body"]) == (b"no", True)
    assert (end["body"], end["more_body"]) == (b"", False)
