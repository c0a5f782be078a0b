"""Bulk jobs: their images, results, shards, what was told, and who works."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _of_job() -> sa.Column[str]:
    return sa.Column("job", sa.String(36), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("user_email", sa.Text, nullable=False),
        sa.Column("callback_url", sa.Text, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("spread", sa.Float),
        sa.Column("begun", sa.Float),
        sa.Column("cancelled", sa.Float),
        sa.Column("ended", sa.Float),
        sa.Column("erased", sa.Float),
        sa.Column("failure", sa.Text, nullable=False),
    )
    op.create_index("jobs_by_owner", "jobs", ["owner", "created"])
    op.create_table(
        "items",
        _of_job(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("file_ref", sa.Text, nullable=False),
        sa.Column("entry", sa.Text),
        sa.Column("request", sa.Text),
        sa.Column("failure", sa.Text, nullable=False),
    )
    op.create_table(
        "shards",
        _of_job(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("done", sa.Float),
    )
    op.create_index("shards_waiting", "shards", ["done", "owner", "turn"])
    op.create_table(
        "image_results",
        _of_job(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("answer", sa.Text),
    )
    op.create_table(
        "tellings",
        _of_job(),
        sa.Column("step", sa.String(16), primary_key=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("updated", sa.Float, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("over", sa.Integer, nullable=False),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("seen", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Take this step back."""
    for table in ("workers", "tellings", "image_results", "shards", "items", "jobs"):
        op.drop_table(table)
