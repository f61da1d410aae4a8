"""Getting back in without any factor; another address for an account."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PERSONAL = ("comeback", "address_change")


def upgrade() -> None:
    op.add_column(
        "sign_in",
        sa.Column("enrolling", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_table(
        "comeback",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_comeback_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_comeback")),
    )
    op.create_table(
        "address_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("former", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_address_change_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_change")),
    )
    op.create_index(
        "ix_address_change_user_id", "address_change", ["user_id", "changed_at"], unique=False
    )
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    for table in PERSONAL:
        rls.own_rows(op, table)
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{app_role}"')


def downgrade() -> None:
    for table in PERSONAL:
        op.execute(f"DROP POLICY own_rows ON {table}")
    op.drop_index("ix_address_change_user_id", table_name="address_change")
    for table in PERSONAL:
        op.drop_table(table)
    op.drop_column("sign_in", "enrolling")
