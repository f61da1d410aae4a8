"""What is left to do, by whom, by when."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "action",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        sa.Column("requirement_code", sa.Text(), nullable=True),
        sa.Column("question", sa.SmallInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("side", _words("side", "provider", "establishment"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("priority", _words("priority", "high", "normal", "low"), nullable=False),
        sa.Column("effort", _words("effort", "hours", "days", "weeks"), nullable=True),
        sa.Column("state", _words("state", "todo", "doing", "done", "dropped"), nullable=False),
        sa.Column("origin", _words("origin", "hand", "gap", "contest", "finding"), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("opened_by_name", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (state IN ('done', 'dropped'))",
            name=op.f("ck_action_closed_is_dated"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_action_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_action_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_action")),
    )
    op.create_index("ix_action_due", "action", ["tenant_id", "state", "due_on"])
    op.create_index("ix_action_establishment", "action", ["tenant_id", "establishment_id", "state"])
    op.create_index(
        "uq_action_live",
        "action",
        ["tenant_id", "establishment_id", "requirement_code"],
        unique=True,
        postgresql_where=sa.text("origin = 'gap' AND state IN ('todo', 'doing')"),
    )
    op.create_index(
        "uq_action_source",
        "action",
        ["tenant_id", "source_id"],
        unique=True,
        postgresql_where=sa.text("source_id IS NOT NULL"),
    )
    rls.isolate(op, "action")
    rls.narrow(op, "action")
    rls.provider_writes(op, "action", only={"DELETE"})
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON action TO "{app_role}"')


def downgrade() -> None:
    op.drop_table("action")
