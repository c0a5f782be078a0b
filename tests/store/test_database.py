import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from alttext_local.store.database import open_database, reading
from alttext_local.store.tables import METADATA

ROOT = Path(__file__).parents[2]


def pragma(db, name):
    with reading(db) as connection:
        return connection.scalar(text(f"PRAGMA {name}"))


def test_what_is_committed_is_on_the_disk(db):
    assert pragma(db, "journal_mode") == "wal"
    assert pragma(db, "synchronous") == 2
    assert pragma(db, "busy_timeout") == 30_000
    assert pragma(db, "secure_delete") == 1


def test_the_migrations_make_the_tables_that_the_code_uses(db):
    with reading(db) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_opening_again_changes_nothing(tmp_path):
    path = tmp_path / "with % and space" / "a.sqlite"
    first = open_database(path)
    with first.begin() as connection:
        connection.execute(text("INSERT INTO tokens VALUES ('i', 'n', 'c', 's', 'l')"))
    first.dispose()
    second = open_database(path)
    with reading(second) as connection:
        assert connection.scalar(text("SELECT name FROM tokens")) == "n"
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0002"
    second.dispose()


def test_only_the_owner_may_read_it(tmp_path):
    open_database(tmp_path / "a.sqlite").dispose()
    assert (tmp_path / "a.sqlite").stat().st_mode & 0o077 == 0


def test_a_writer_locks_at_its_beginning_and_readers_go_on(db, tmp_path):
    with db.begin() as writer:
        writer.execute(text("INSERT INTO tokens VALUES ('i', 'n', 'c', 's', 'l')"))
        with reading(db) as reader:
            assert reader.scalar(text("SELECT count(*) FROM tokens")) == 0
        other = sqlite3.connect(tmp_path / "alttext.sqlite", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    assert pragma(db, "busy_timeout") == 30_000


def test_a_transaction_that_fails_leaves_nothing(db):
    with pytest.raises(OperationalError), db.begin() as connection:
        connection.execute(text("INSERT INTO tokens VALUES ('i', 'n', 'c', 's', 'l')"))
        connection.execute(text("INSERT INTO no_such_table VALUES (1)"))
    with reading(db) as connection:
        assert connection.scalar(text("SELECT count(*) FROM tokens")) == 0


def test_writers_wait_for_each_other(db):
    def add(start):
        for i in range(10):
            with db.begin() as connection:
                count = connection.scalar(text("SELECT count(*) FROM tokens"))
                row = {"i": f"{start}-{i}", "n": str(count)}
                connection.execute(text("INSERT INTO tokens VALUES (:i, :n, '', :i, '')"), row)

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(db) as connection:
        names = connection.scalars(text("SELECT name FROM tokens")).all()
    assert sorted(map(int, names)) == list(range(40))


def test_two_processes_may_start_at_once(tmp_path):
    program = (
        "import sys; from pathlib import Path; from alttext_local.store.database import open_database as o;"
        "sys.stdin.readline(); o(Path(sys.argv[1])).dispose()"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "a.sqlite")],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        for _ in range(3)
    ]
    for process in started:
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, b"")
