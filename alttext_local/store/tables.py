"""The tables as they are now; the migrations say how they came to be so (a test compares the two)."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

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

JOBS = Table(
    "jobs",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("user_email", Text, nullable=False),
    Column("callback_url", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("spread", Float),  # its shards stand in the queue
    Column("begun", Float),
    Column("cancelled", Float),
    Column("ended", Float),
    Column("erased", Float),  # its input is gone
    Column("failure", Text, nullable=False),
    Index("jobs_by_owner", "owner", "created"),
)

ITEMS = Table(
    "items",
    METADATA,
    Column("job", String(36), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("shard", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("file_ref", Text, nullable=False),
    Column("entry", Text),
    Column("request", Text),  # JSON
    Column("failure", Text, nullable=False),
)

SHARDS = Table(
    "shards",
    METADATA,
    Column("job", String(36), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("tries", Integer, nullable=False),  # begun so often since its last result
    Column("done", Float),
    Index("shards_waiting", "done", "owner", "turn"),
)

IMAGE_RESULTS = Table(
    "image_results",
    METADATA,
    Column("job", String(36), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("created", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("answer", Text),  # JSON; null for a failure
)

TELLINGS = Table(
    "tellings",
    METADATA,
    Column("job", String(36), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("step", String(16), primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("updated", Float, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("over", Integer, nullable=False),  # 1: delivered or dead
)

WORKERS = Table(
    "workers",
    METADATA,
    Column("id", String(80), primary_key=True),
    Column("seen", Float, nullable=False),
)
