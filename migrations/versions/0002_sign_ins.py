"""Sign-ins that can be revoked, and of whom a tenant demands two factors."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "tenant",
        sa.Column(
            "second_factor",
            sa.Enum(
                "providers",
                "everyone",
                "nobody",
                name="secondfactor",
                native_enum=False,
                length=32,
                create_constraint=True,
            ),
            server_default="providers",
            nullable=False,
        ),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("strong", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_sign_in_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
    )
    op.create_index("ix_sign_in_user_id", "sign_in", ["user_id", "opened_at"], unique=False)
    rls.own_rows(op, "sign_in")
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in TO "{app_role}"')


def downgrade() -> None:
    op.execute("DROP POLICY own_rows ON sign_in")
    op.drop_index("ix_sign_in_user_id", table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_column("tenant", "second_factor")
