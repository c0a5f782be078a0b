"""A real PostgreSQL server for the tests, started by them where it is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.chaos.postgresql import PostgresServer, programs


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """One server; each test takes a database of its own from it."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with PostgresServer() as server:
        yield server
