"""Paid requests to the model that are part of no answer's row: cut by a kill, a drain or a Stop, or of no use to anybody. And which
releases can use which schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
usable_since = "0001"

COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cost_microdollars",
)


def upgrade() -> None:
    op.create_table(
        "requests",
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("turn_id", sa.String(64), nullable=False),
        sa.Column("thread", sa.String(512), nullable=False),
        sa.Column("place", sa.String(512), nullable=False),
        sa.Column("asker", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("model", sa.String(128), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_requests"),
    )
    op.create_index("ix_requests_asker_requests_at", "requests", ["asker", "at"])
    op.create_index("ix_requests_place_requests_at", "requests", ["place", "at"])
    op.create_table(
        "revisions",
        sa.Column("revision", sa.String(32), nullable=False),
        sa.Column("usable_since", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_revisions"),
    )


def downgrade() -> None:
    op.drop_table("revisions")
    op.drop_index("ix_requests_place_requests_at", "requests")
    op.drop_index("ix_requests_asker_requests_at", "requests")
    op.drop_table("requests")
