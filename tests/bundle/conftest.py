"""A small folder that is a bundle as far as checksums go, and a prefix with two versions and real databases."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scripts.bundle.checksums import write_checksums
from scripts.bundle.installer.databases import LEDGER, QUEUE
from scripts.bundle.installer.versions import Place

INSTALL = Path(__file__).resolve().parents[2] / "scripts" / "bundle" / "install"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Real checksums of a few real files."""
    folder = tmp_path / "bundle of a test"
    for name in ("wheels/one-1.0-py3-none-any.whl", "wheels/two-2.0-py3-none-any.whl", "models/m/model.safetensors"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode() * 50)
    (folder / "install").write_bytes(INSTALL.read_bytes())
    write_checksums(folder)
    return folder


def database(path: Path, revision: str, token: str) -> None:
    """At a revision, with one row to know it by."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("CREATE TABLE tokens (name TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
        connection.execute("INSERT INTO tokens VALUES (?)", (token,))
        connection.commit()


def migrate(path: Path, revision: str, token: str) -> None:
    """As a newer version does at its start."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.execute("INSERT INTO tokens VALUES (?)", (token,))
        connection.commit()


def tokens(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM tokens")]


def answer_as(version: Path, script: str) -> None:
    """What stands in for the Python of a version when its product is asked something."""
    python = version / "python" / "bin" / "python3"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Version 1 knows schema 0001, version 2 knows 0002 too; the data are at 0001; nothing is in use yet."""
    there = Place(tmp_path / "prefix", tmp_path / "prefix" / "data")
    for name, schema in (("1.0-aaaa", ["0001"]), ("2.0-bbbb", ["0001", "0002"])):
        (there.versions / name).mkdir(parents=True)
        (there.versions / name / "installed.json").write_text(json.dumps({"schema": schema}))
        answer_as(there.versions / name, "exit 0")
    database(there.data / LEDGER, "0001", "first")
    database(there.data / QUEUE, "q", "queued")
    return there
