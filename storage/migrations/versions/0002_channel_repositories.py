"""Which repositories an admin shared with a channel, and its default."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import JsonList

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
usable_since = "0001"


def upgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.add_column(sa.Column("repositories", JsonList(), nullable=False, server_default="[]"))
        channels.add_column(sa.Column("default_repository", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        channels.drop_column("default_repository")
        channels.drop_column("repositories")
