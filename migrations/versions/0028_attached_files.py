"""The names of the files that a PDF carries inside it."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "evidence",
        sa.Column("attached", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    )
    op.alter_column("evidence", "attached", server_default=None)


def downgrade() -> None:
    op.drop_column("evidence", "attached")
