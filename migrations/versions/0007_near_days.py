"""What rests on a proof or a review is found by its last day, proven still or not."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = "tracked_requirement"


def upgrade() -> None:
    op.drop_index("ix_tracked_requirement_lapse", table_name=TABLE)
    op.create_index("ix_tracked_requirement_lapse", TABLE, ["tenant_id", "proof_until"])
    op.create_index("ix_tracked_requirement_review", TABLE, ["tenant_id", "review_due"])


def downgrade() -> None:
    op.drop_index("ix_tracked_requirement_review", table_name=TABLE)
    op.drop_index("ix_tracked_requirement_lapse", table_name=TABLE)
    op.create_index(
        "ix_tracked_requirement_lapse",
        TABLE,
        ["tenant_id", "proof_until"],
        postgresql_where=sa.text("proven"),
    )
