"""Briefs: what an establishment lays before its board and its evaluator."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TABLE = "brief"
#: What an establishment may say of a brief it orders: number, document and seal are the worker's.
ORDERED = (
    "tenant_id", "id", "establishment_id", "edition_id", "as_of", "state", "snapshot",
    "snapshot_sha256", "requested_by", "requested_by_name",
)  # fmt: skip


def upgrade() -> None:
    _table()
    rls.isolate(op, TABLE)
    rls.narrow(op, TABLE)
    rls.provider_writes(op, TABLE, only={"UPDATE"})
    # An auditor reads the record itself, not what a house tells its board of it.
    rls.audited(op, TABLE, "FALSE")
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.execute(f'GRANT SELECT, UPDATE, INSERT ({", ".join(ORDERED)}) ON {TABLE} TO "{app_role}"')


def _table() -> None:
    state = sa.Enum(
        "requested", "ready", "failed", name="briefstate", native_enum=False,
        create_constraint=True, length=32,
    )  # fmt: skip
    op.create_table(
        TABLE,
        *(
            sa.Column(name, sa.Uuid(), nullable=False)
            for name in ("tenant_id", "id", "establishment_id")
        ),
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("snapshot_sha256", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_by_name", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("number", "pdf_key")),
        sa.Column("pdf_size", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("pdf_sha256", "seal")),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for name in ("created_at", "updated_at")
        ),
        sa.CheckConstraint(
            "state <> 'ready' OR (number IS NOT NULL AND pdf_key IS NOT NULL"
            " AND pdf_sha256 IS NOT NULL AND issued_at IS NOT NULL)",
            name=op.f("ck_brief_ready_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_brief_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_brief_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_brief")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_brief_tenant_id_number")),
    )
    op.create_index(
        "ix_brief_establishment", TABLE, ["tenant_id", "establishment_id", "created_at"]
    )


def downgrade() -> None:
    op.drop_table(TABLE)
