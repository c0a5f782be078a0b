"""The guard at the door: decides on the headers, before a byte of the body is read.

Who may come in (a token), what is too large, whether the house has room; then how long the body may
take, counted as it comes. A request that is let in holds its place until its answer is out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alttext_local.api.form import OVERHEAD
from alttext_local.api.house import House
from alttext_local.api.problems import answer_error, log_error
from alttext_local.errors import AltTextError, BadRequest, Draining, Overloaded, ReceiveTimeout, TooLarge, Unauthorized
from alttext_local.jobs.desk import disk_full_told
from alttext_local.settings import MIB, Settings

OPEN_WHILE_DRAINING = "/health/"
NEEDS_TOKEN = "/cl/"  # noqa: S105 (a path)
NEEDS_LINK = "/cl/alttext/api/v3/files/"
"""Here the signed address is the secret."""
IMAGE_PATHS = ("/cl/alttext/api/v2/", "/cl/alttext/api/v2")
BULK_PATHS = ("/cl/alttext/api/v3/", "/cl/alttext/api/v3")
MAX_TOKEN = 512


class Door:
    """How many are in hand, with how many bytes, and whether newcomers are still let in.

    Used from the event loop's thread only, but for `draining`, which a signal may set.
    """

    def __init__(self, settings: Settings) -> None:
        self._most = settings.queue_max
        self._most_bytes = settings.receive_memory
        self._most_archives = settings.bulk_uploads
        self.draining = False
        self.in_hand = 0
        self.bytes = 0
        self.archives = 0

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """A place for an upload of `size` bytes; `Overloaded` where there is none."""
        if self.in_hand >= self._most or self.bytes + size > self._most_bytes:
            raise Overloaded
        self.in_hand += 1
        self.bytes += size
        try:
            yield
        finally:
            self.in_hand -= 1
            self.bytes -= size

    @contextmanager
    def hold_archive(self) -> Iterator[None]:
        """A place for the upload of an archive, which streams to the disk; `Overloaded` where there is none."""
        if self.archives >= self._most_archives:
            raise Overloaded
        self.archives += 1
        self.in_hand += 1
        try:
            yield
        finally:
            self.archives -= 1
            self.in_hand -= 1


class Guard:
    """The layer."""

    def __init__(self, app: ASGIApp, house: House, door: Door) -> None:
        self._app = app
        self._house = house
        self._door = door
        self._largest = house.settings.max_upload + OVERHEAD
        self._largest_archive = house.settings.max_zip + OVERHEAD

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            headers = Headers(scope=scope)
            if self._door.draining and not scope["path"].startswith(OPEN_WHILE_DRAINING):
                raise Draining
            if scope["path"].startswith(NEEDS_TOKEN) and not scope["path"].startswith(NEEDS_LINK):
                scope.setdefault("state", {})["owner"] = self._owner(headers)
            if scope["method"] == "POST" and scope["path"] in IMAGE_PATHS:
                await self._let_in(scope, headers, receive, send)
                return
            if scope["method"] == "POST" and scope["path"] in BULK_PATHS:
                await self._let_archive_in(scope, headers, receive, send)
                return
        except AltTextError as error:
            log_error(error)
            await answer_error(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _owner(self, headers: Headers) -> str:
        given = headers.getlist("authorization")
        scheme, _, token = given[0].strip().partition(" ") if len(given) == 1 else ("", "", "")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN:
            raise Unauthorized
        owner = self._house.tokens.owner(token)
        if owner is None:
            raise Unauthorized
        return owner

    async def _let_in(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        size = self._announced(headers, self._largest)
        self._house.engine.admit()
        with self._door.hold(self._largest if size is None else size), self._house.desk.somebody_waits():
            body = Body(receive, self._house.settings, size, self._largest)
            await self._app(scope, body.receive, send)

    async def _let_archive_in(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        size = self._announced(headers, self._largest_archive)
        with self._door.hold_archive():
            with disk_full_told():
                await run_in_threadpool(self._house.desk.admit, scope["state"]["owner"], size)
            body = Body(receive, self._house.settings, size, self._largest_archive)
            await self._app(scope, body.receive, send)

    def _announced(self, headers: Headers, largest: int) -> int | None:
        """Bytes of the body by its header; None where it comes in chunks."""
        if "transfer-encoding" in headers:
            return None
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit():
            raise BadRequest("Content-Length must be a whole number.")
        if len(length) > 18 or int(length) > largest:
            raise TooLarge(_too_large(largest))
        return int(length)


class Body:
    """A body as it comes in: counted, and given up when it is too slow."""

    def __init__(self, receive: Receive, settings: Settings, announced: int | None, largest: int) -> None:
        self._receive = receive
        self._settings = settings
        self._announced = announced or 0
        self._largest = largest
        self._began = time.monotonic()
        self._received = 0
        self._complete = False

    async def receive(self) -> Message:
        """The next message; `ReceiveTimeout` or `TooLarge` while the body is not all there."""
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout(self._time_left()):
                message = await self._receive()
        except TimeoutError:
            raise ReceiveTimeout from None
        self._received += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._received > self._largest:
            raise TooLarge(_too_large(self._largest))
        return message

    def _time_left(self) -> float:
        mebibytes = max(self._announced, self._received) / MIB
        allowed = self._settings.body_seconds + self._settings.body_seconds_per_mib * mebibytes
        return max(0.0, self._began + allowed - time.monotonic())


def _too_large(largest: int) -> str:
    return f"A file may have at most {largest - OVERHEAD} bytes."
