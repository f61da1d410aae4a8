"""What a mail server said of an address that has nobody: of a request's, and of an invitation's."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_TABLES = ("file_request", "invitation")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("undelivered", sa.Text(), nullable=True))


def downgrade() -> None:
    for table in _TABLES:
        op.drop_column(table, "undelivered")
