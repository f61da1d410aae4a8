"""Closing reports of audits; actions that an auditor's request calls for."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ORIGINS = ("hand", "gap", "contest", "finding")
_TABLE = "audit_report"


def upgrade() -> None:
    _origins(*_ORIGINS, "request")
    op.add_column("engagement", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    texts = (
        "number", "snapshot", "snapshot_sha256", "pdf_key", "pdf_sha256", "seal", "closed_by_name",
    )  # fmt: skip
    op.create_table(
        _TABLE,
        *(
            sa.Column(name, sa.Uuid(), nullable=False)
            for name in ("tenant_id", "id", "engagement_id", "establishment_id")
        ),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("pdf_size", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for name in ("created_at", "updated_at")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", f"{to}_id"],
                [f"{to}.tenant_id", f"{to}.id"],
                name=op.f(f"fk_audit_report_tenant_id_{to}_id_{to}"),
            )
            for to in ("engagement", "establishment")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_audit_report_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_report")),
        sa.UniqueConstraint(
            "tenant_id", "engagement_id", "establishment_id",
            name=op.f("uq_audit_report_tenant_id_engagement_id_establishment_id"),
        ),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_audit_report_tenant_id_number")),
    )  # fmt: skip
    op.create_index("ix_audit_report_establishment", _TABLE, ["tenant_id", "establishment_id"])
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    rls.isolate(op, _TABLE)
    rls.narrow(op, _TABLE)
    rls.provider_writes(op, _TABLE, only={"INSERT"})
    # An auditor reads that of the room she is in, not of another where she was before.
    chosen = f"(SELECT NULLIF(current_setting('{rls.ENGAGEMENT}', true), '')::uuid)"
    rls.audited(op, _TABLE, f"engagement_id = {chosen}")
    # Once made it neither changes nor goes away.
    op.execute(f'GRANT SELECT, INSERT ON {_TABLE} TO "{app_role}"')


def _origins(*words: str) -> None:
    op.drop_constraint(op.f("ck_action_origin"), "action")
    told = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(op.f("ck_action_origin"), "action", f"origin IN ({told})")


def downgrade() -> None:
    op.drop_table(_TABLE)
    op.drop_column("engagement", "closed_at")
    op.execute("UPDATE action SET origin = 'finding' WHERE origin = 'request'")
    _origins(*_ORIGINS)
