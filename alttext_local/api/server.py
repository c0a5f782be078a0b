"""The server under the application: uvicorn, made patient at its end and impatient with slow clients.

At the first SIGTERM or SIGINT it goes on listening, so that newcomers get a 503 and not a refused
connection, until those in hand are answered or `drain_seconds` are over. At the second it stops at once.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import time
from types import FrameType

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from alttext_local.api.app import create_app
from alttext_local.api.envelope import ALWAYS
from alttext_local.api.guard import Door
from alttext_local.api.house import House
from alttext_local.api.problems import answer_error
from alttext_local.errors import AltTextError, BadRequest, ReceiveTimeout
from alttext_local.settings import Settings

MAX_HEADERS = 32 * 1024
BACKLOG = 2048
LAST_WORDS_SECONDS = 2
"""For the answers that are on their way when the listening ends."""
logger = logging.getLogger(__name__)


def serve(house: House, host: str, port: int) -> None:
    """Serve until a signal says to stop; the house is closed then. Port 0 takes a free one, which the log names."""
    listening = listen(host, port)
    address = listening.getsockname()
    logger.info("listening", extra={"host": address[0], "port": address[1]})
    try:
        make_server(create_app(house), house.settings).run(sockets=[listening])
    finally:
        listening.close()
        house.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. `OSError` where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def make_server(app: FastAPI, settings: Settings) -> DrainingServer:
    """The server of an application that `create_app` made."""
    config = uvicorn.Config(
        app,
        http=protocol_with(settings.header_seconds),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        h11_max_incomplete_event_size=MAX_HEADERS,
        timeout_graceful_shutdown=LAST_WORDS_SECONDS,
    )
    return DrainingServer(config, app.state.door, settings.drain_seconds)


class DrainingServer(uvicorn.Server):
    """uvicorn's server, which drains before it stops listening."""

    def __init__(self, config: uvicorn.Config, door: Door, drain_seconds: float) -> None:
        super().__init__(config)
        self._door = door
        self._drain_seconds = drain_seconds
        self._until = float("inf")

    def drain(self) -> None:
        """Let no newcomer in; stop when nobody is in hand, or when the time is over."""
        if not self._door.draining:
            self._until = time.monotonic() + self._drain_seconds
            self._door.draining = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """The first signal drains, the second stops."""
        if self._door.draining:
            self.should_exit = self.force_exit = True
        self.drain()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to stop listening now."""
        if self._door.draining and (self._door.in_hand == 0 or time.monotonic() > self._until):
            self.should_exit = True
        return await super().on_tick(counter)


def protocol_with(header_seconds: float) -> type[H11Protocol]:
    """uvicorn's protocol, with a limit on how long the headers of a request may take."""

    class HeaderLimit(PatientUntil):
        seconds = header_seconds

    return HeaderLimit


class PatientUntil(H11Protocol):
    """One connection. uvicorn itself waits for ever for the end of the headers; `seconds` bounds that."""

    seconds: float
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first headers are due from now on."""
        super().connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        """Later headers are due from their first byte on; between requests uvicorn's own timer runs."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._disarm()
        elif self._timer is None and self.conn.trailing_data[0]:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._disarm()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """What is no HTTP gets our error body, like all else."""
        self._refuse(BadRequest("The request is no valid HTTP, or its headers are too long."))

    def _arm(self) -> None:
        self._timer = self.loop.call_later(self.seconds, self._refuse, ReceiveTimeout())

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, error: AltTextError) -> None:
        self._disarm()
        logger.info("connection refused", extra={"code": error.code, "status": error.http_status})
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not self.transport.is_closing():
            self.transport.write(_whole_answer(error))
        self.transport.close()


def _whole_answer(error: AltTextError) -> bytes:
    answer = answer_error(error)
    ours = {**ALWAYS, "X-Request-ID": secrets.token_hex(16), "Connection": "close"}
    headers = {**answer.headers, **{name.lower(): value for name, value in ours.items()}}
    lines = [f"HTTP/1.1 {error.http_status} {error.code}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii") + bytes(answer.body)
