"""Certificates: proofs of a known type, with who issued them, their number and their scope."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_KINDS = ("hds", "iso27001", "secnumcloud", "expertcyber", "insurance", "other")
_TEXTS = ("issuer", "number", "scope")


def upgrade() -> None:
    kinds = sa.Enum(
        *_KINDS, name="certificatekind", native_enum=False, create_constraint=True, length=32
    )
    op.add_column("evidence", sa.Column("certificate", kinds, nullable=True))
    for name in _TEXTS:
        op.add_column("evidence", sa.Column(name, sa.Text(), nullable=False, server_default=""))
        op.alter_column("evidence", name, server_default=None)
    op.create_check_constraint(
        op.f("ck_evidence_certified_by_somebody"),
        "evidence",
        "certificate IS NULL OR (issuer <> '' AND covers_from IS NOT NULL)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_evidence_certified_by_somebody"), "evidence")
    for name in (*_TEXTS, "certificate"):
        op.drop_column("evidence", name)
