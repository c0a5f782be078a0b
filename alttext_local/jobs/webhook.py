"""Telling a receiver that a job has ended: the secret, the signature, one attempt, and when to make the next.

Signed by the Standard Webhooks scheme, version 1.0.0 (www.standardwebhooks.com), and by a header of ours besides.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import queue
import re
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

import httpcore2

from alttext_local import __version__
from alttext_local.errors import BadRequest, BadSettings
from alttext_local.jobs.addresses import Address, AllowList, Target
from alttext_local.jobs.durable import make_once
from alttext_local.jobs.pinned import Deadline, PinnedBackend

DELAYS = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds from a job's end to each attempt. Standard Webhooks prints the same figures as gaps, which add up to three
days; the contract promises one, so here they count from the end. After the last the callback is dead."""

MAX_ANSWER = 64 * 1024
"""Bytes of a receiver's answer that are read, and thrown away."""

Reason = Literal[
    "delivered",
    "gone",
    "answered with a redirect",
    "answered with an error",
    "host not allowed",
    "address not allowed",
    "name not found",
    "no connection",
    "certificate not trusted",
    "too slow",
    "broken answer",
]
Resolve = Callable[[str, int], Sequence[str]]
_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt."""

    delivered: bool
    status: int | None
    """The receiver's HTTP status, where it said one."""
    reason: Reason
    """A fixed word, safe for logs and for the status."""
    final: bool = False
    """Whether another attempt would be pointless: delivered, or the receiver wants no more (410)."""


class _NotSent(Exception):
    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__(reason)


def next_attempt(
    attempts: int, ended_at: datetime, last: datetime | None = None, delays: Sequence[int] = DELAYS
) -> datetime | None:
    """When to try after `attempts` attempts, or None where all are used up.

    With `last`, the start of the latest attempt, the schedule's gap is kept from there: a server that was down for
    hours does not make its missed attempts all at once.
    """
    if attempts >= len(delays):
        return None
    due = ended_at + timedelta(seconds=delays[attempts])
    if attempts == 0 or last is None:
        return due
    return max(due, last + timedelta(seconds=delays[attempts] - delays[attempts - 1]))


def load_secret(path: Path, given: str = "") -> bytes:
    """The signing key: from `given` (the setting), else from the file, which is made (0600) where there is none.

    Both hold `whsec_` and 24 to 64 bytes in base64. Raises `BadSettings`, `OSError`.
    """
    if given:
        return read_secret(given, "callback_secret")
    if not path.exists():
        made = _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode() + "\n"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_once(path, made.encode())  # another process may be quicker: its secret counts
    return read_secret(path.read_text(encoding="ascii", errors="replace").strip(), f"the file {path.name}")


def read_secret(text: str, where: str) -> bytes:
    """The key in `whsec_<base64>`; raises `BadSettings` with `where` it stood, never with what stood there."""
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(_PREFIX) or len(key) not in _KEY_BYTES:
        raise BadSettings(f"{where}: must be {_PREFIX} and the base64 of 24 to 64 random bytes")
    return key


def sign(secret: bytes, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The headers that say who sent `body`, and when. `now` is aware; `message_id` has letters, digits, `-`, `_`."""
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("a message id has 1 to 128 letters, digits, '-' or '_'")  # a dot would blur what is signed
    stamp = str(int(now.timestamp()))
    standard = hmac.digest(secret, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
    ours = hmac.digest(secret, f"{stamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(standard).decode()}",
        "X-AltText-Timestamp": stamp,
        "X-AltText-Signature": f"t={stamp},v1={ours.hex()}",
    }


def resolve_name(host: str, port: int) -> Sequence[str]:
    """Every address that the system's resolver has for a name. Raises `OSError`."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Caller:
    """Makes attempts. Keeps nothing between them, and may be used by several threads."""

    def __init__(
        self,
        allow: AllowList,
        secret: bytes,
        seconds: float = 15,
        resolve: Resolve = resolve_name,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`seconds` hold for a whole attempt. `tls` says whose certificates count; by default the system's, or those
        that SSL_CERT_FILE names.
        """
        self._allow = allow
        self._secret = secret
        self._seconds = seconds
        self._resolve = resolve
        self._tls = tls or httpcore2.default_ssl_context()

    def send(self, url: str, message_id: str, body: bytes, now: datetime) -> Outcome:
        """POST `body`, a JSON document, once. No redirect is followed, no proxy asked, no cookie kept.

        A receiver's 2xx counts as soon as it is there, however its answer goes on.
        """
        headers = sign(self._secret, message_id, now, body)
        deadline = Deadline(self._seconds)
        try:
            target = self._allow.check_url(url)
            addresses = self._find_addresses(target, deadline)
            return _judge(self._post(target, addresses, headers, body, deadline))
        except BadRequest:
            return Outcome(False, None, "host not allowed")
        except _NotSent as error:
            return Outcome(False, None, error.reason)
        except httpcore2.TimeoutException:
            return Outcome(False, None, "too slow")
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            return Outcome(False, None, _reason(error))

    def _find_addresses(self, target: Target, deadline: Deadline) -> Sequence[Address]:
        """Every address of the host, all of them checked: one that is not allowed stops the attempt."""
        if target.address is not None:
            return [target.address]
        try:
            addresses = [ip_address(text) for text in self._ask(target, deadline)]
        except (OSError, UnicodeError):
            raise _NotSent("name not found") from None
        except ValueError:  # no address at all
            raise _NotSent("address not allowed") from None
        if not addresses:
            raise _NotSent("name not found")
        if not all(self._allow.permits(address, target.port) for address in addresses):
            raise _NotSent("address not allowed")
        return list(dict.fromkeys(addresses))

    def _ask(self, target: Target, deadline: Deadline) -> Sequence[str]:
        """Resolve on a thread of its own: the system's resolver knows no deadline."""
        answers: queue.Queue[Sequence[str] | Exception] = queue.Queue()

        def ask() -> None:
            try:
                answers.put(self._resolve(target.host, target.port))
            except Exception as error:
                answers.put(error)

        threading.Thread(target=ask, name="resolve", daemon=True).start()
        try:
            answer = answers.get(timeout=deadline.left())
        except queue.Empty:
            raise _NotSent("name not found") from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _post(
        self,
        target: Target,
        addresses: Sequence[Address],
        signed: Mapping[str, str],
        body: bytes,
        deadline: Deadline,
    ) -> int:
        headers = {"Content-Type": "application/json", "User-Agent": f"alttext-local/{__version__}", **signed}
        backend = PinnedBackend(addresses, deadline)
        with (
            httpcore2.ConnectionPool(ssl_context=self._tls, network_backend=backend) as pool,
            pool.stream("POST", target.url, headers=[*headers.items()], content=body) as response,
        ):
            with suppress(httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError):
                _drop(response.iter_stream())
            return response.status


def _drop(parts: Iterator[bytes]) -> None:
    read = 0
    for part in parts:
        read += len(part)
        if read >= MAX_ANSWER:
            return


def _judge(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome(True, status, "delivered", final=True)
    if status == 410:
        return Outcome(False, status, "gone", final=True)
    return Outcome(False, status, "answered with a redirect" if 300 <= status < 400 else "answered with an error")


def _reason(error: httpcore2.NetworkError | httpcore2.ProtocolError) -> Reason:
    if isinstance(error.__cause__ or error.__context__, ssl.SSLCertVerificationError):
        return "certificate not trusted"
    return "no connection" if isinstance(error, httpcore2.NetworkError) else "broken answer"
