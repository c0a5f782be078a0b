"""One SQLite file: opened, brought up to date, and set so that what was committed stays.

WAL with `synchronous=FULL`: a commit is on the disk before it returns. A writing transaction begins with
`BEGIN IMMEDIATE`, so that two writers wait for each other instead of failing half-way; a reading one
(execution option `reads`) begins with `BEGIN` and waits for nobody. Deleted rows are overwritten.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 30
_upgrading = threading.Lock()
"""Alembic keeps its environment in module globals; other processes are kept apart by the database's own lock."""


def open_database(path: Path) -> Engine:
    """The database at `path`, made where there is none, with every migration applied.

    Readable by its owner only: it holds the hashes of tokens and what was said about pictures.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    _use_wal(engine)
    _upgrade(engine)
    return engine


def open_server_database(url: str) -> Engine:
    """A PostgreSQL database by its URL, with every migration applied."""
    engine = create_engine(url, pool_pre_ping=True)
    _upgrade(engine)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads, and so never waits for a writer."""
    with engine.connect().execution_options(reads=True) as connection:
        yield connection


def empty_log(engine: Engine, seconds: float = 0.0) -> bool:
    """Bring SQLite's write-ahead log into the file and cut it to nothing; whether that was done within so long.

    What was deleted is then overwritten in the file (`secure_delete`) and nowhere else. A reader who is in the midst of
    something is waited for. PostgreSQL has a log of its own, which is its operator's matter: True.
    """
    if engine.dialect.name != "sqlite":
        return True
    until = time.monotonic() + seconds
    raw = engine.raw_connection()
    try:
        while True:
            busy, _, _ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(0.1)
    finally:
        raw.close()


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite database as it is at one moment, readable by its owner only; whoever uses it goes on.

    https://www.sqlite.org/backup.html
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def schema_known(revision: str) -> bool:
    """Whether this version knows how to go on from this revision of the schema."""
    return revision in {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}


def _prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # or the driver begins transactions of its own, deferred ones
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _use_wal(engine: Engine) -> None:
    """Switch the file to WAL, once for ever.

    The switch needs the file alone and does not always wait for it as other statements do; so we wait.
    """
    until = time.monotonic() + BUSY_SECONDS
    raw = engine.raw_connection()
    try:
        while True:
            try:
                raw.cursor().execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)
    finally:
        raw.close()


def _upgrade(engine: Engine) -> None:
    """Apply what is missing, in one transaction; a process that starts at the same time waits for it."""
    config = _config()
    with _upgrading, engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(20260101)"))  # one process at a time
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "alttext_local.store:migrations")
    return config
