"""The databases of the product: what schema they are at, backed up, put back."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from .disk import own_like, sync_file, sync_folder, write

LEDGER, QUEUE = "alttext.sqlite", "queue.sqlite"


def schema_of(database: Path) -> str | None:
    """The revision that a database is at; None where there is none yet."""
    if not database.is_file():
        return None
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return None
    return str(row[0]) if row else None


def back_up(data: Path, backups: Path, version: str) -> Path:
    """Copy the databases as they are at one moment; the folder's name has the time (UTC) and the version in use.

    A backup is of the prefix' owner, who may put it back later.
    """
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"  # two backups of one second have an order too
    name = f"{stamp}-{version}"
    making, folder = backups / f".{name}", backups / name
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    making.chmod(0o700)
    for file in (LEDGER, QUEUE):
        if (data / file).is_file():
            os.close(os.open(making / file, os.O_CREAT | os.O_WRONLY, 0o600))
            with closing(sqlite3.connect(data / file)) as source, closing(sqlite3.connect(making / file)) as copy:
                source.backup(copy)
    write(making / "backup.json", json.dumps({"schema": schema_of(making / LEDGER)}))
    for made in (backups, making, *making.iterdir()):
        own_like(made, backups.parent)
    os.sync()
    making.rename(folder)
    return folder


def fitting_backup(backups: Path, known: list[str]) -> Path | None:
    """The newest backup that a version with these revisions can read."""
    fitting = [
        path.parent
        for path in sorted(backups.glob("[0-9]*/backup.json"))
        if json.loads(path.read_text(encoding="utf-8"))["schema"] in known
    ]
    return fitting[-1] if fitting else None


def put_back(data: Path, backup: Path) -> None:
    """Put the databases of a backup in the place of those in the data folder; nothing may have them open."""
    for file in (QUEUE, LEDGER):  # the ledger last: it says whether all of this is still to be done
        target, new = data / file, data / f".{file}.new"
        if target.is_file():
            with closing(sqlite3.connect(target)) as connection:  # or a crash here would lose what the log still has
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for beside in ("-wal", "-shm"):
            target.with_name(f"{file}{beside}").unlink(missing_ok=True)
        if (backup / file).is_file():
            _copy(backup / file, new, owner=target if target.is_file() else data)
            new.replace(target)
        else:
            target.unlink(missing_ok=True)
    sync_folder(data)


def _copy(source: Path, new: Path, owner: Path) -> None:
    """For its owner alone. Whatever stands at its name is not written into: the folder may be another user's."""
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with source.open("rb") as old, os.fdopen(handle, "wb") as stream:
        shutil.copyfileobj(old, stream)
    own_like(new, owner)
    sync_file(new)
