"""Files asked of people outside, and the proofs that they propose."""

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy.dialects.postgresql import ARRAY

from tenants import rls

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_STATES = ("open", "deposited", "accepted", "refused", "revoked")
_POINTS = {"offering_id": "offering", "evidence_id": "evidence", "replaces_id": "evidence"}


def upgrade() -> None:
    op.add_column(
        "evidence", sa.Column("proposed", sa.Boolean(), nullable=False, server_default="false")
    )
    op.alter_column("evidence", "proposed", server_default=None)
    _table()
    rls.isolate(op, "file_request")
    rls.provider_only(op, "file_request")
    rls.audited(op, "file_request", "FALSE")
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON file_request TO "{app_role}"')


def _table() -> None:
    state = sa.Enum(
        *_STATES, name="requeststate", native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        "file_request",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("to_email", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("codes", ARRAY(sa.Text()), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in _POINTS),
        sa.Column("state", state, nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("resent", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for name in ("created_at", "updated_at")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{table}.tenant_id", f"{table}.id"],
                name=op.f(f"fk_file_request_tenant_id_{column}_{table}"),
            )
            for column, table in _POINTS.items()
        ),
        sa.CheckConstraint(
            "state = 'open' OR digest IS NULL", name=op.f("ck_file_request_serves_once")
        ),
        sa.CheckConstraint(
            "(state IN ('deposited', 'accepted', 'refused')) = (evidence_id IS NOT NULL)",
            name=op.f("ck_file_request_holds_what_came"),
        ),
        sa.CheckConstraint(
            "state <> 'refused' OR reason <> ''", name=op.f("ck_file_request_refused_for_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_file_request_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_file_request")),
    )
    op.create_index("ix_file_request_state", "file_request", ["tenant_id", "state", "due_on"])
    op.create_index("uq_file_request_digest", "file_request", ["tenant_id", "digest"], unique=True)


def downgrade() -> None:
    op.drop_table("file_request")
    op.drop_column("evidence", "proposed")
