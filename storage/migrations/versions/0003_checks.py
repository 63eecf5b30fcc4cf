"""What was checked in answers, the false alarms that people report, and whether a channel's code is mended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
usable_since = "0001"


def upgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.add_column(sa.Column("repairs", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "checked_blocks",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
    )
    op.create_index("ix_checked_blocks_at", "checked_blocks", ["at"])
    op.create_table(
        "false_alarms",
        sa.Column("turn_id", sa.String(64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("by", sa.String(128), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("package", sa.String(256), nullable=False),
        sa.Column("version", sa.String(128), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", "place", "line", "kind", "by", name="pk_false_alarms"),
    )


def downgrade() -> None:
    op.drop_table("false_alarms")
    op.drop_index("ix_checked_blocks_at", "checked_blocks")
    op.drop_table("checked_blocks")
    with op.batch_alter_table("channels") as channels:
        channels.drop_column("repairs")
