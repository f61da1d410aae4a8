"""Files are checked before they prove anything, and enciphered with a key of their tenant's."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SHARED = "visibility = 'clients' AND id IN (SELECT linked_evidence())"


def upgrade() -> None:
    _keys()
    state = sa.Enum(
        "quarantine",
        "held",
        "ready",
        "rejected",
        name="state",
        native_enum=False,
        length=32,
        create_constraint=True,
    )
    # What was there before was taken in by the rules of its day, and goes on proving.
    op.add_column("evidence", sa.Column("state", state, server_default="ready", nullable=False))
    op.add_column("evidence", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column(
        "evidence", sa.Column("hints", sa.ARRAY(sa.Text()), server_default="{}", nullable=False)
    )
    for column in ("state", "hints"):
        op.alter_column("evidence", column, server_default=None)
    op.create_check_constraint(
        op.f("ck_evidence_files_alone_wait"), "evidence", "kind = 'file' OR state = 'ready'"
    )
    op.create_check_constraint(
        op.f("ck_evidence_refused_for_a_reason"),
        "evidence",
        "state <> 'rejected' OR reason IS NOT NULL",
    )
    _show_clients(f"state = 'ready' AND {SHARED}")


def _keys() -> None:
    op.create_table(
        "tenant_key",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("master", sa.Text(), nullable=False),
        sa.Column("serving", sa.Boolean(), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for name in ("created_at", "updated_at")
        ),
        sa.CheckConstraint(
            "(length(wrapped) = 0) = (destroyed_at IS NOT NULL)",
            name=op.f("ck_tenant_key_destroyed"),
        ),
        sa.CheckConstraint(
            "NOT (serving AND destroyed_at IS NOT NULL)", name=op.f("ck_tenant_key_serving_whole")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_tenant_key_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tenant_key")),
    )
    op.create_index(
        "uq_tenant_key_serving",
        "tenant_key",
        ["tenant_id"],
        unique=True,
        postgresql_where=sa.text("serving"),
    )
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    rls.isolate(op, "tenant_key")
    # Whoever may read a file needs its key; wrapped, it tells her nothing by itself.
    rls.provider_writes(op, "tenant_key")
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_key TO "{app_role}"')


def _show_clients(condition: str) -> None:
    op.execute("DROP POLICY establishment_scope ON evidence")
    rls.narrow(op, "evidence", condition)


def downgrade() -> None:
    _show_clients(SHARED)
    for name in ("ck_evidence_refused_for_a_reason", "ck_evidence_files_alone_wait"):
        op.drop_constraint(op.f(name), "evidence", type_="check")
    for column in ("hints", "reason", "state"):
        op.drop_column("evidence", column)
    op.drop_table("tenant_key")
