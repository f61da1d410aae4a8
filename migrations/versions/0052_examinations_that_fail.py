"""The page of a proof says why its file cannot be examined now, and when it is tried again."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evidence", sa.Column("trouble", sa.Text(), nullable=True))
    op.add_column("evidence", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("evidence", "retry_at")
    op.drop_column("evidence", "trouble")
