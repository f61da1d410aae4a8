"""Every sealed document stands in the public register: briefs and closing reports too."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

TABLE = "issued_document"
KINDS = ("attestation", "brief", "report")
PERIOD = ("period_from", "period_until")


def upgrade() -> None:
    kind = sa.Enum(
        *KINDS, name="documentkind", native_enum=False, create_constraint=True, length=32
    )
    op.add_column(TABLE, sa.Column("kind", kind, nullable=False, server_default="attestation"))
    op.alter_column(TABLE, "kind", server_default=None)
    for name in PERIOD:
        op.alter_column(TABLE, name, nullable=True)
    op.create_check_constraint(
        op.f(f"ck_{TABLE}_of_a_period"), TABLE,
        "kind = 'brief' OR (period_from IS NOT NULL AND period_until IS NOT NULL)",
    )  # fmt: skip


def downgrade() -> None:
    op.execute(sa.text(f"DELETE FROM {TABLE} WHERE kind <> 'attestation'"))  # noqa: S608 - ours
    op.drop_constraint(op.f(f"ck_{TABLE}_of_a_period"), TABLE)
    for name in PERIOD:
        op.alter_column(TABLE, name, nullable=False)
    op.drop_column(TABLE, "kind")
