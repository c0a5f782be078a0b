"""The tables as they are now; the migrations say how they came to be so (a test compares the two)."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

METADATA = MetaData()

TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("name", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("last_four", String(4), nullable=False),
)

RESULTS = Table(
    "results",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("owner", "key"),
    Index("results_by_age", "created"),
    sqlite_autoincrement=True,
)
