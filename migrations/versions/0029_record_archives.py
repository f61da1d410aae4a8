"""Archives of records that leave."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLE = "record_archive"
STATES = ("asked", "ready", "failed", "gone")


def upgrade() -> None:
    state = sa.Enum(
        *STATES, name="archivestate", native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=True),
        sa.Column("state", state, nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_by_name", sa.Text(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_until", sa.Date(), nullable=True),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for name in ("created_at", "updated_at")
        ),
        sa.CheckConstraint(
            "state <> 'ready' OR (sha256 IS NOT NULL AND kept_until IS NOT NULL)",
            name=op.f("ck_record_archive_ready_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_record_archive_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_record_archive_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_record_archive")),
    )
    op.create_index("ix_record_archive_establishment", TABLE, ["tenant_id", "establishment_id"])
    op.create_index(
        "uq_record_archive_asked",
        TABLE,
        ["tenant_id", "establishment_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    rls.isolate(op, TABLE)
    # Of the whole register, a list sees nothing: no establishment is named there.
    rls.narrow(op, TABLE)
    rls.audited(op, TABLE, "FALSE")
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    # That a record left stays known.
    op.execute(f'GRANT SELECT, INSERT, UPDATE ON {TABLE} TO "{app_role}"')


def downgrade() -> None:
    op.drop_table(TABLE)
