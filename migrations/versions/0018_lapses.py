"""The trace of proofs that lapsed, and the way from a proof to the one it replaced."""

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy.dialects.postgresql import ARRAY

from tenants import rls

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_evidence_replaced_by", "evidence", ["tenant_id", "replaced_by"])
    op.create_table(
        "evidence_lapse",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("lapsed_on", sa.Date(), nullable=False),
        sa.Column("codes", ARRAY(sa.Text()), nullable=False),
        sa.Column("questions", ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("establishments", sa.Integer(), nullable=False),
        sa.Column("renewed_on", sa.Date(), nullable=True),
        *(
            sa.Column(
                name,
                sa.DateTime(timezone=True),
                server_default=sa.text("now()"),
                nullable=False,
            )
            for name in ("created_at", "updated_at")
        ),
        sa.CheckConstraint(
            "renewed_on IS NULL OR renewed_on >= lapsed_on",
            name=op.f("ck_evidence_lapse_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "evidence_id"],
            ["evidence.tenant_id", "evidence.id"],
            name=op.f("fk_evidence_lapse_tenant_id_evidence_id_evidence"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_evidence_lapse_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evidence_lapse")),
        sa.UniqueConstraint(
            "tenant_id",
            "evidence_id",
            "lapsed_on",
            name=op.f("uq_evidence_lapse_tenant_id_evidence_id_lapsed_on"),
        ),
    )
    rls.isolate(op, "evidence_lapse")
    # It counts establishments: nobody's affair but the provider's.
    rls.provider_only(op, "evidence_lapse")
    rls.audited(op, "evidence_lapse", "FALSE")
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON evidence_lapse TO "{app_role}"')


def downgrade() -> None:
    op.drop_table("evidence_lapse")
    op.drop_index("ix_evidence_replaced_by", "evidence")
