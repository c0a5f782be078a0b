"""What every exchange has, whatever happens in it: an id, safe headers, a line in the log, an end.

The outermost layer of ours. It also ends well what is refused before its body was read: a server that
closes while a client still sends makes the network drop the answer, so the rest of the body is read away
for a short while, behind the answer.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alttext_local.api.guard import Door
from alttext_local.api.problems import ERROR_HEADER, answer_error, log_error
from alttext_local.errors import AltTextError, Draining
from alttext_local.log import bind_request

SAFE_ID = re.compile(r"[A-Za-z0-9._:/+=~-]{1,128}", re.ASCII)
ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
LINGER_SECONDS = 5.0
LINGER_IDLE_SECONDS = 1.0
"""A client that sends nothing for so long has seen the answer, or never will."""
LINGER_BYTES = 64 * 1024 * 1024
ASKED_OFTEN = ("/health", "/metrics")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CLIENT_LEFT = 499
"""In the log alone: nobody was there to read a status."""
logger = logging.getLogger(__name__)


class Envelope:
    """The layer."""

    def __init__(self, app: ASGIApp, door: Door, note: Callable[[str, str, int, str], None]) -> None:
        """`note` hears of each exchange: method, route, status, code."""
        self._app = app
        self._door = door
        self._note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, and see it to its end."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send, self._door)
        with bind_request(exchange.id):
            try:
                await self._run(scope, exchange)
            finally:
                exchange.log()
                self._note(exchange.method, exchange.route, exchange.status, exchange.code)

    async def _run(self, scope: Scope, exchange: Exchange) -> None:
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            exchange.status = CLIENT_LEFT
        except asyncio.CancelledError:  # the time to drain is over
            if exchange.status or not self._door.draining:
                raise
            await answer_error(Draining())(scope, exchange.receive, exchange.send)
        except Exception as error:
            log_error(error)
            if exchange.status:
                raise
            known = error if isinstance(error, AltTextError) else AltTextError()
            await answer_error(known)(scope, exchange.receive, exchange.send)


class Exchange:
    """One request and its answer, watched as they pass."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, door: Door) -> None:
        headers = Headers(scope=scope)
        self._scope, self._receive, self._send, self._door = scope, receive, send, door
        self._began = time.perf_counter()
        self._lingers = False
        self._body_announced = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        self._waits_for_us = headers.get("expect", "").lower() == "100-continue"
        given = headers.get("x-request-id", "")
        self.id = given if SAFE_ID.fullmatch(given) else secrets.token_hex(16)
        self.status = 0
        self.code = ""
        self.bytes_in = self.bytes_out = 0
        self.body_read = not self._body_announced

    async def receive(self) -> Message:
        """Pass on what comes in."""
        message = await self._receive()
        if message["type"] == "http.request":
            self.bytes_in += len(message.get("body", b""))
            self.body_read = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Pass on what goes out."""
        if message["type"] == "http.response.start":
            self._begin(message)
        elif message["type"] == "http.response.body":
            self.bytes_out += len(message.get("body", b""))
            if self._lingers and not message.get("more_body", False):
                await self._send({**message, "more_body": True})
                await self._read_away()
                message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    @property
    def method(self) -> str:
        """One of HTTP's own, else `other`: a client may send any word."""
        method: str = self._scope["method"]
        return method if method in METHODS else "other"

    @property
    def route(self) -> str:
        """The template of the route that answered; `none` where there was none."""
        return str(getattr(self._scope.get("route"), "path", "none"))

    def log(self) -> None:
        """One line: what was asked for by its route's template, never by its address."""
        fields = {
            "method": self.method,
            "route": self.route,
            "status": self.status,
            "ms": round((time.perf_counter() - self._began) * 1000, 1),
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
        }
        if self.code:
            fields["code"] = self.code
        level = logging.DEBUG if self.route.startswith(ASKED_OFTEN) else logging.INFO
        logger.log(level, "request", extra=fields)

    def _begin(self, message: Message) -> None:
        headers = MutableHeaders(raw=list(message.get("headers", [])))
        self.status = message["status"]
        self.code = headers.get(ERROR_HEADER, "")
        headers["X-Request-ID"] = self.id
        for name, value in ALWAYS.items():
            headers[name] = value
        self._lingers = not self.body_read
        if self._lingers or self._door.draining:
            headers["Connection"] = "close"
        message["headers"] = headers.raw

    async def _read_away(self) -> None:
        if self._waits_for_us and self.bytes_in == 0:
            return
        until = self.bytes_in + LINGER_BYTES
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while not self.body_read and self.bytes_in < until:
                    async with asyncio.timeout(LINGER_IDLE_SECONDS):
                        message = await self.receive()
                    if message["type"] == "http.disconnect":
                        return
        except TimeoutError:
            return
