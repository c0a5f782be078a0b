"""The same tables, tokens and cache on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from alttext_local.store.cache import ResultCache
from alttext_local.store.database import open_server_database, reading
from alttext_local.store.tables import METADATA
from alttext_local.store.tokens import Tokens
from scripts.chaos.postgresql import PostgresServer
from tests.postgresql import postgresql

__all__ = ["postgresql"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def server_db(postgresql: PostgresServer) -> Iterator[Engine]:
    engine = open_server_database(postgresql.new_database())
    yield engine
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_uses(server_db: Engine) -> None:
    with reading(server_db) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_processes_that_start_at_once_migrate_once(postgresql: PostgresServer) -> None:
    url = postgresql.new_database()
    program = f"from alttext_local.store.database import open_server_database as o; o({url!r}).dispose()"
    started = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]


def test_a_token_lets_its_owner_in_until_it_is_revoked(server_db: Engine) -> None:
    tokens = Tokens(server_db)
    token = tokens.create("reader")
    (info,) = tokens.list()
    assert tokens.owner(token) == info.id
    assert tokens.owner(token + "x") is None
    assert tokens.revoke(info.id)
    assert tokens.owner(token) is None


def test_the_cache_keeps_the_newest_and_each_owners_own(server_db: Engine) -> None:
    cache = ResultCache(server_db, days=1, entries=2)
    for key in "abc":
        cache.put(key, "me", {"key": key, "text": "Ein Mädchen 🦊 \\u0000"})
    assert [cache.get(key, "me") is not None for key in "abc"] == [False, True, True]
    assert cache.get("c", "you") is None
    cache.put("c", "me", {"key": "again"})
    assert cache.get("c", "me") == {"key": "again"}
    with server_db.begin() as connection:
        connection.execute(text("UPDATE results SET created = 0"))
    assert cache.purge() == 2


def test_processes_that_keep_the_same_result_do_not_fail(server_db: Engine) -> None:
    cache, failed = ResultCache(server_db, days=1, entries=100), []

    def put() -> None:
        try:
            for number in range(30):
                cache.put(f"key {number % 3}", "me", {"n": number})
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert cache.get("key 0", "me") is not None
