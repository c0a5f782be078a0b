"""Connections that go to addresses already checked, and that end at their deadline.

The rest of the stack goes on to see the host's name: `Host`, TLS' server name and the certificate's check use it.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore2

from alttext_local.jobs.addresses import Address

_PIECE = 16 * 1024
"""Bytes written at once, so that a receiver that takes them slowly is left at the deadline too."""


class Deadline:
    """A moment, by the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, error: type[httpcore2.TimeoutException] = httpcore2.ReadTimeout) -> float:
        """Seconds until then; raises `error` where none are left."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise error("the deadline has passed")
        return seconds


class PinnedBackend(httpcore2.NetworkBackend):
    """Connects to the first of `addresses` that answers, whatever host it is asked for; no name is resolved."""

    def __init__(self, addresses: Sequence[Address], deadline: Deadline) -> None:
        self._addresses = addresses
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A stream to one of the addresses; each gets an equal part of the time that is left."""
        backend = httpcore2.SyncBackend()
        failure: Exception = httpcore2.ConnectError("no address")
        for tried, address in enumerate(self._addresses):
            seconds = self._deadline.left(httpcore2.ConnectTimeout) / (len(self._addresses) - tried)
            try:
                stream = backend.connect_tcp(str(address), port, seconds, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure


class _TimedStream(httpcore2.NetworkStream):
    """A stream of which every step ends at the deadline; timeouts given with a step do not count."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], self._deadline.left(httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        try:
            seconds = self._deadline.left(httpcore2.ConnectTimeout)
        except httpcore2.ConnectTimeout:
            self._stream.close()
            raise
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
