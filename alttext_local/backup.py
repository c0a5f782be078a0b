"""Backing up the data folder while the house works: one file, with a list of all that is in it.

Files of jobs are immutable, and lie there before the ledger knows of them: so they are copied first, then the ledger as
it is at one moment, then what came in between. What the copy of the ledger wants is then in the backup. The queue is
left out: workers put what the ledger has open into it again. The list stands at the end, with sizes, modes and SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pydantic import ConfigDict

from alttext_local import __version__
from alttext_local.errors import BackupFailed, BadRequest, CannotInstall
from alttext_local.jobs.durable import sync_folder
from alttext_local.jobs.files import FOLDER, key_of
from alttext_local.models.tape import CHUNK, TapeWriter
from alttext_local.settings import Settings
from alttext_local.store.database import copy_database

FORM = "alttext-local backup 1"
LISTING, SEAL = "backup.json", "backup.json.sha256"
SINGLE = ("alttext.toml", "policy.toml", "callback-secret", "link-secret", "first-token")
FOLDERS = (FOLDER, "spool", "audit")
SITE = "models/site.toml"
LEDGER = "alttext.sqlite"
NAME = re.compile(
    rf"({'|'.join(map(re.escape, (*SINGLE, LEDGER, SITE)))}|({'|'.join(FOLDERS)})/[A-Za-z0-9_][A-Za-z0-9._@+-]{{0,80}})"
)
"""What may be in a backup: these, and plain names in these folders."""
DERIVED = re.compile(r"alttext\.sqlite(-wal|-shm)?|queue\.sqlite(-wal|-shm)?|.*\.lock|metrics|\..*")
"""What need not be: it is made again."""
MAKING = ".alttext-backup-"
ABANDONED_SECONDS = 86_400
LOOKS = 5
"""How often the ledger is copied at most, where a file that it wants was removed just then."""


@dataclass(frozen=True)
class Kept:
    """One file of a backup."""

    name: str
    size: int
    mode: int
    sha256: str

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)


@dataclass
class Listing:
    """What a backup says of itself."""

    form: str = FORM
    version: str = __version__
    schema: str = ""
    """The revision of the ledger's tables; empty: no ledger is in it."""
    made: str = ""
    """UTC, ISO 8601."""
    files: list[Kept] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Inputs that the ledger wants and that were not there."""
    left_out: list[str] = field(default_factory=list)
    """What else lay in the data folder, and what lies elsewhere, in words for the operator."""
    environment: list[str] = field(default_factory=list)
    """Names of the settings that came from the environment; never what they say."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True)
class Made:
    """A backup that is on the disk."""

    path: Path
    size: int
    sha256: str
    listing: Listing


def back_up(settings: Settings, target: Path) -> Made:
    """Write a backup of the data folder to `target`, or into it under a name with the time where it is a folder.

    The server may run. The file is for its owner only, and appears when it is whole. `BadRequest` for a target that
    will not do, `BackupFailed` where there is nothing to back up or the disk does not take it.
    """
    data, now = settings.data_dir, datetime.now(UTC)
    if target.is_dir():
        target = target / f"alttext-local-{now:%Y%m%dT%H%M%SZ}.backup"
    target = target.absolute()
    if target.exists():
        raise BadRequest(f"There is a file {target.name} already; give another name.")
    if target.parent.resolve().is_relative_to(data):
        raise BadRequest("The backup must not lie in the data folder.")
    if not settings.database_url and not settings.database_file.is_file():
        raise BackupFailed(f"There is no {LEDGER} in the data folder; ALTTEXT_DATA_DIR names the folder.")
    try:
        with _workplace(target.parent) as folder:
            part = folder / "backup"
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                listing, sha256 = _write(settings, stream, folder, now)
            size = part.stat().st_size
            part.rename(target)
        sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{getattr(error, 'strerror', None) or error}.") from None
    except CannotInstall as error:
        raise BackupFailed(error.detail) from None
    return Made(target, size, sha256, listing)


def seal_of(listing: bytes) -> bytes:
    """What follows the list: its SHA-256."""
    return hashlib.sha256(listing).hexdigest().encode()


def _write(settings: Settings, stream: BinaryIO, place: Path, now: datetime) -> tuple[Listing, str]:
    """The list, and the SHA-256 of the whole."""
    environment = sorted(name for name in os.environ if name.startswith("ALTTEXT_"))
    listing = Listing(made=now.isoformat(timespec="seconds"), environment=environment, left_out=_left_out(settings))
    copying = _Copying(TapeWriter(stream), listing)
    for name in SINGLE:
        copying.take(settings.data_dir / name, name)
    copying.take(settings.models_dir / "site.toml", SITE)
    for folder in ("spool", "audit"):
        copying.take_folder(settings.data_dir / folder)
    if settings.database_url:
        copying.take_folder(settings.data_dir / FOLDER)
    else:
        _copy_jobs(settings, copying, place)
    text = json.dumps(asdict(listing), indent=1, ensure_ascii=False).encode()
    for name, content in ((LISTING, text), (SEAL, seal_of(text))):
        copying.writer.put(name, len(content), [content])
    copying.writer.end()
    return listing, copying.writer.digest.hexdigest()


def _copy_jobs(settings: Settings, copying: _Copying, place: Path) -> None:
    """Files of jobs, and a copy of the ledger that wants no other; what it wants in vain is noted."""
    files, ledger = settings.data_dir / FOLDER, place / LEDGER
    copying.take_folder(files)
    for _ in range(LOOKS):
        ledger.unlink(missing_ok=True)
        copy_database(settings.database_file, ledger)
        copying.take_folder(files)
        schema, wanted = _look_into(ledger)
        missing = [] if settings.s3_bucket else [name for name in wanted if f"{FOLDER}/{name}" not in copying.names]
        if not missing:
            break
    copying.listing.schema, copying.listing.missing = schema, missing
    copying.take(ledger, LEDGER)


class _Copying:
    """Puts files on the tape and notes them."""

    def __init__(self, writer: TapeWriter, listing: Listing) -> None:
        self.writer = writer
        self.listing = listing
        self.names: set[str] = set()

    def take_folder(self, folder: Path) -> None:
        """Every file of a folder that was not taken yet; unfinished ones begin with a dot and are nothing."""
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            name = f"{folder.name}/{path.name}"
            if NAME.fullmatch(name) and name not in self.names:
                self.take(path, name)

    def take(self, path: Path, name: str) -> None:
        """One file, as long as it is now: others may append to it. One that is gone by now is none."""
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                self.listing.left_out.append(f"{name}: it is no plain file")
                return
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return
        with os.fdopen(descriptor, "rb") as stream:
            state = os.fstat(descriptor)
            digest = hashlib.sha256()
            self.writer.put(name, state.st_size, _chunks(stream, state.st_size, digest))
        self.names.add(name)
        mode = stat.S_IMODE(state.st_mode) & 0o777
        self.listing.files.append(Kept(name, state.st_size, mode, digest.hexdigest()))


def _chunks(stream: BinaryIO, size: int, digest: hashlib._Hash) -> Iterator[bytes]:
    left = size
    while left and (chunk := stream.read(min(CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
        yield chunk


def _left_out(settings: Settings) -> list[str]:
    """What this backup does not cover, in words."""
    taken = {*SINGLE, *FOLDERS}
    names = sorted(path.name for path in settings.data_dir.iterdir() if path.name not in taken)
    said = [f"{name} in the data folder" for name in names if not DERIVED.fullmatch(name)]
    for folder in FOLDERS:
        paths = sorted((settings.data_dir / folder).iterdir()) if (settings.data_dir / folder).is_dir() else []
        odd = [f"{folder}/{path.name}" for path in paths if path.name[0] != "."]
        said += [f"{name!a} in the data folder" for name in odd if not NAME.fullmatch(name)]
    if settings.database_url:
        said.append("the PostgreSQL database: tokens, jobs, results (take pg_dump just before)")
    if settings.s3_bucket:
        said.append("the files of jobs in the S3 bucket (its versions or replication keep them)")
    outside = {"ALTTEXT_CONFIG": os.environ.get("ALTTEXT_CONFIG"), "policy_file": settings.policy_file}
    said += [f"{Path(path).name}, which {name} names" for name, path in outside.items() if path]
    return said


def _look_into(ledger: Path) -> tuple[str, list[str]]:
    """The schema of a ledger, and the files that its jobs cannot do without."""
    with closing(sqlite3.connect(f"{ledger.as_uri()}?mode=ro", uri=True)) as connection:
        (schema,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        jobs = connection.execute("SELECT id FROM jobs WHERE erased IS NULL").fetchall()
    return str(schema), [key_of(job, "input") for (job,) in jobs]


@contextmanager
def _workplace(parent: Path) -> Iterator[Path]:
    """A private folder beside the target, gone at the end; one of a backup that was killed goes too."""
    for old in parent.glob(f"{MAKING}*"):
        if time.time() - old.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=MAKING, dir=parent) as folder:
        yield Path(folder)
