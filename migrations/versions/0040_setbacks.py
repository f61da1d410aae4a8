"""What somebody follows says why it is not done yet, and when it is tried again."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

FOLLOWED = ("attestation", "brief", "import_run", "record_archive", "prior_record")


def upgrade() -> None:
    for table in FOLLOWED:
        op.add_column(table, sa.Column("trouble", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for table in FOLLOWED:
        op.drop_column(table, "retry_at")
        op.drop_column(table, "trouble")
