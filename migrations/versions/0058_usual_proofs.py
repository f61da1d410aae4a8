"""What an offering says of its usual proofs: in the provider's own words, and for how long.

So far both came from the guide alone, the same for every provider.
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "offering_requirement",
        sa.Column("proof", sa.Text(), server_default="", nullable=False),
    )
    op.add_column("offering_requirement", sa.Column("valid_months", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_offering_requirement_valid_months"),
        "offering_requirement",
        "valid_months BETWEEN 1 AND 120",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_offering_requirement_valid_months"), "offering_requirement")
    op.drop_column("offering_requirement", "valid_months")
    op.drop_column("offering_requirement", "proof")
