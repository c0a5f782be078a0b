"""The archives of jobs in an S3 store: Amazon's, or another that speaks its language.

Everything is said to the client: what is not, it takes from `AWS_...` in the environment, or asks of the
address where cloud machines keep their credentials, and this house calls nobody whom the operator did not name.
Uploads that a crash interrupts stay in the bucket, unseen; a lifecycle rule `AbortIncompleteMultipartUpload` ends them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from alttext_local.jobs.files import Stored

if TYPE_CHECKING:
    from obstore.store import S3Credential

BUFFER = 1024 * 1024
"""Bytes that one request for a part of a file asks for."""
PARTS_AT_ONCE = 4
REQUEST_TIME = "60s"
CONNECT_TIME = "5s"
RETRY_TIME = timedelta(seconds=60)
MAX_RETRIES = 5


@dataclass(frozen=True)
class S3Place:
    """Where the store is and who asks."""

    bucket: str
    prefix: str
    """In front of each key, with `/` between; may be empty."""
    endpoint: str
    """Such as `https://s3.example`; empty for Amazon's in the region."""
    region: str
    access_key: str
    secret_key: str = field(repr=False)
    allow_http: bool
    link_seconds: int
    """How long a presigned address works; a week at most, says S3."""


class S3Files:
    """A store behind the port `Files`."""

    def __init__(self, place: S3Place) -> None:
        """Connects to nothing yet."""
        self._store = _connect(place)
        self._lasts = timedelta(seconds=place.link_seconds)

    def put(self, source: Path, key: str) -> None:
        """Send a file, a large one in parts; nobody sees it before it is whole."""
        attributes = {
            "Content-Type": "application/zip",
            "Content-Disposition": f'attachment; filename="{key}"',
            "Cache-Control": "no-store",
        }
        with _asking():
            obstore.put(self._store, key, source, attributes=attributes, max_concurrency=PARTS_AT_ONCE)
        source.unlink()

    def open(self, key: str) -> BinaryIO:
        """A file that is fetched as it is read, a piece at a time: of an archive, only the entries that are read."""
        return io.BufferedReader(_Remote(self._store, key, self.size(key)), BUFFER)

    def size(self, key: str) -> int:
        """Bytes of a file."""
        with _asking():
            return obstore.head(self._store, key)["size"]

    def delete(self, key: str) -> None:
        """Remove a file; versions that the bucket keeps are the bucket's rules' to end."""
        with _asking():
            obstore.delete(self._store, key)

    def stored(self) -> Iterator[Stored]:
        """Every file under the prefix."""
        with _asking():
            for batch in obstore.list(self._store):
                for found in batch:
                    yield Stored(found["path"], found["size"], found["last_modified"])

    def free(self) -> None:
        """A bucket has no end."""

    def presigned(self, key: str) -> str:
        """An address at the store; made here, nobody is asked."""
        with _asking():
            return obstore.sign(self._store, "GET", key, self._lasts)

    def sweep(self, age: timedelta) -> int:  # noqa: ARG002
        """Nothing that could be seen from here: the bucket's lifecycle rule does it."""
        return 0


class _Remote(io.RawIOBase):
    """A file in the store, read by ranges."""

    def __init__(self, store: S3Store, key: str, size: int) -> None:
        self._store, self._key, self._size = store, key, size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        length = min(len(buffer), self._size - self._at)
        if length <= 0:
            return 0
        with _asking():
            buffer[:length] = obstore.get_range(self._store, self._key, start=self._at, length=length).to_bytes()
        self._at += length
        return length


def _connect(place: S3Place) -> S3Store:
    endpoint = place.endpoint or f"https://s3.{place.region}.amazonaws.com"

    def who() -> S3Credential:
        # A provider, for `AWS_SESSION_TOKEN` of the environment would be added to plain keys.
        return {
            "access_key_id": place.access_key,
            "secret_access_key": place.secret_key,
            "token": None,
            "expires_at": None,
        }

    return S3Store(
        place.bucket,
        prefix=place.prefix.strip("/") or None,
        config={
            "region": place.region,
            "endpoint": endpoint,
            "aws_endpoint_url_s3": endpoint,
            "virtual_hosted_style_request": False,
            "skip_signature": False,
            "s3_express": False,
        },
        client_options={"allow_http": place.allow_http, "timeout": REQUEST_TIME, "connect_timeout": CONNECT_TIME},
        retry_config={"max_retries": MAX_RETRIES, "retry_timeout": RETRY_TIME},
        credential_provider=who,
    )


@contextmanager
def _asking() -> Iterator[None]:
    """The store's errors as those of a disk; its own words, which quote addresses, stay out of ours."""
    try:
        yield
    except BaseError as error:
        raise OSError("The S3 store cannot be reached, or refuses.") from error
