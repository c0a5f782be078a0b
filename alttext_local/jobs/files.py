"""Where the archives of jobs lie, those that came in and those that go out: a folder, or a site's S3 store."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Literal, Protocol
from urllib.parse import urlsplit

from alttext_local.errors import BadSettings
from alttext_local.jobs.durable import PART, move_in, sync_folder
from alttext_local.outbound import OUTBOUND
from alttext_local.settings import Settings

Which = Literal["input", "output"]
FOLDER = "files"
"""In the data folder."""
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)


def key_of(job_id: str, which: Which) -> str:
    """The name of a job's file in every store."""
    return f"{job_id}-{which}.zip"


@dataclass(frozen=True)
class Stored:
    """One file in a store."""

    key: str
    size: int
    """Bytes."""
    modified: datetime
    """Aware, in UTC."""


class Files(Protocol):
    """A store. A key that is not there is a `FileNotFoundError`, a store that cannot be reached an `OSError`."""

    def put(self, source: Path, key: str) -> None:
        """Take a finished file over, in place of what had its key; it lasts when this returns, and `source` is gone."""
        ...

    def open(self, key: str) -> BinaryIO:
        """A file for reading, which can seek; nothing is read before it is asked for."""
        ...

    def size(self, key: str) -> int:
        """Bytes of a file."""
        ...

    def delete(self, key: str) -> None:
        """Remove a file for good; one that is not there is no error."""
        ...

    def stored(self) -> Iterator[Stored]:
        """Every file that is whole."""
        ...

    def free(self) -> int | None:
        """Bytes that there is still room for; None where nobody knows."""
        ...

    def presigned(self, key: str) -> str:
        """An address at the store itself that works for a while; `""` where this server serves the files."""
        ...

    def sweep(self, age: timedelta) -> int:
        """Remove what a crash left half-written, so old or older; how many files."""
        ...


class LocalFiles:
    """A folder of this machine, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        """The folder is made where there is none."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder

    def put(self, source: Path, key: str) -> None:
        """By a rename: `source` must be on the same file system."""
        move_in(source, self.path(key))

    def open(self, key: str) -> BinaryIO:
        """A plain file."""
        return self.path(key).open("rb")

    def size(self, key: str) -> int:
        """Bytes of a file."""
        return self.path(key).stat().st_size

    def delete(self, key: str) -> None:
        """Gone, name and bytes, when this returns, also after a power failure. What is being sent is sent to its end.

        The blocks are the file system's again and are not overwritten: on flash, and on file systems that copy on
        write, that would promise what nobody can keep. Encrypt the disk where this matters.
        """
        self.path(key).unlink(missing_ok=True)
        sync_folder(self._folder)

    def stored(self) -> Iterator[Stored]:
        """Every file that is whole, in no order."""
        for path in self._folder.iterdir():
            if _KEY.fullmatch(path.name):
                yield from _look(path)

    def free(self) -> int:
        """Bytes free on the disk for this user."""
        return shutil.disk_usage(self._folder).free

    def presigned(self, key: str) -> str:  # noqa: ARG002
        """None: the server's own links lead here."""
        return ""

    def sweep(self, age: timedelta) -> int:
        """Remove the parts of files that nobody finished."""
        latest = datetime.now(UTC) - age
        parts = [path for path in self._folder.glob(f".*{PART}") for found in _look(path) if found.modified <= latest]
        for path in parts:
            path.unlink(missing_ok=True)
        sync_folder(self._folder)
        return len(parts)

    def path(self, key: str) -> Path:
        """Where a file lies, or would. `FileNotFoundError` for what can be no key: no key leaves the folder."""
        if not _KEY.fullmatch(key):
            raise FileNotFoundError("No file has such a key.")
        return self._folder / key


def open_files(settings: Settings) -> LocalFiles | Files:
    """The store that the settings name: S3 where there is a bucket, else a folder in the data folder."""
    if not settings.s3_bucket:
        return LocalFiles(settings.data_dir / FOLDER)
    try:
        from alttext_local.jobs.files_s3 import S3Files, S3Place
    except ImportError:
        raise BadSettings("s3_bucket: install alttext-local with its extra 's3', or set no bucket.") from None
    place = S3Place(
        bucket=settings.s3_bucket,
        prefix=settings.s3_prefix,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        allow_http=settings.s3_allow_http,
        link_seconds=settings.link_seconds,
    )
    OUTBOUND.require("files", *endpoint_place(place.endpoint, place.region))
    return S3Files(place)


def endpoint_place(endpoint: str, region: str) -> tuple[str, int]:
    """Host and port of an S3 store: the endpoint's, or Amazon's in the region."""
    parts = urlsplit(endpoint or f"https://s3.{region}.amazonaws.com")
    return parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)


def _look(path: Path) -> Iterator[Stored]:
    try:
        found = path.stat()
    except FileNotFoundError:  # removed since the folder was read
        return
    yield Stored(path.name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))
