"""The ledger of turns, thumbs, channel settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
usable_since = "0001"


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("turn_id", sa.String(64), nullable=False),
        sa.Column("thread", sa.String(512), nullable=False),
        sa.Column("place", sa.String(512), nullable=False),
        sa.Column("asker", sa.String(128), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(128), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in (
                "input_tokens",
                "output_tokens",
                "cache_read_tokens",
                "cache_write_5m_tokens",
                "cache_write_1h_tokens",
                "cost_microdollars",
            )
        ),
        sa.Column("first_token_ms", sa.Integer()),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("error_id", sa.String(64), nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", name="pk_turns"),
    )
    op.create_index("ix_turns_asker_turns_started_at", "turns", ["asker", "started_at"])
    op.create_index("ix_turns_place_turns_started_at", "turns", ["place", "started_at"])
    op.create_table(
        "feedback",
        sa.Column("turn_id", sa.String(64), nullable=False),
        sa.Column("author", sa.String(128), nullable=False),
        sa.Column("thumb", sa.String(8), nullable=False),
        sa.Column("thread", sa.String(512), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", "author", name="pk_feedback"),
    )
    op.create_table(
        "channels",
        sa.Column("place", sa.String(512), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("answer_mode", sa.String(16), nullable=False),
        sa.Column("prompt_addition", sa.Text(), nullable=False),
        sa.Column("model", sa.String(128), nullable=False),
        sa.Column("effort", sa.String(16), nullable=False),
        sa.Column("daily_budget_microdollars", sa.BigInteger()),
        sa.Column("changed_by", sa.String(128), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_channels"),
    )


def downgrade() -> None:
    op.drop_table("channels")
    op.drop_table("feedback")
    op.drop_index("ix_turns_place_turns_started_at", "turns")
    op.drop_index("ix_turns_asker_turns_started_at", "turns")
    op.drop_table("turns")
