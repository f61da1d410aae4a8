"""Tries that failed are counted apart from those whose worker died."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
    # Nobody knows any more which of the tries so far were deaths.
    op.execute("UPDATE outbox SET failures = attempts WHERE state IN ('ready', 'leased')")


def downgrade() -> None:
    op.drop_column("outbox", "failures")
