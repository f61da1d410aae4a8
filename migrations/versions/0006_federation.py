"""Identity providers and the identities they vouch for."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenant", sa.Column("directory_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "tenant",
        sa.Column("directory_only", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("sign_in", sa.Column("only_tenant_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_sign_in_only_tenant_id_tenant"), "sign_in", "tenant", ["only_tenant_id"], ["id"]
    )
    _providers()
    _identities()
    op.create_table(
        "platform_identity",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "linked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_platform_identity_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_platform_identity")),
    )
    op.create_index("ix_platform_identity_user_id", "platform_identity", ["user_id"])
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    for table in ("identity_provider", "external_identity"):
        rls.isolate(op, table)
        rls.provider_only(op, table)
    for table in ("identity_provider", "external_identity", "platform_identity"):
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{app_role}"')


def _providers() -> None:
    op.create_table(
        "identity_provider",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "preset",
            sa.Enum(
                "entra",
                "keycloak",
                "google",
                "other",
                name="preset",
                native_enum=False,
                length=32,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("strong_values", sa.ARRAY(sa.Text()), nullable=False),
        *_timestamps(),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_identity_provider_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_identity_provider")),
        sa.UniqueConstraint(
            "tenant_id", "issuer", name=op.f("uq_identity_provider_tenant_id_issuer")
        ),
    )


def _identities() -> None:
    op.create_table(
        "external_identity",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        *_timestamps(),
        sa.ForeignKeyConstraint(
            ["tenant_id", "provider_id"],
            ["identity_provider.tenant_id", "identity_provider.id"],
            name=op.f("fk_external_identity_tenant_id_provider_id_identity_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_external_identity_tenant_id_tenant")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_external_identity_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_external_identity")),
        sa.UniqueConstraint(
            "tenant_id",
            "provider_id",
            "issuer",
            "subject",
            name=op.f("uq_external_identity_tenant_id_provider_id_issuer_subject"),
        ),
    )
    op.create_index("ix_external_identity_user", "external_identity", ["tenant_id", "user_id"])


def _timestamps() -> tuple[sa.Column[object], ...]:
    return tuple(
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    )


def downgrade() -> None:
    op.drop_table("platform_identity")
    op.drop_table("external_identity")
    op.drop_table("identity_provider")
    op.drop_constraint("fk_sign_in_only_tenant_id_tenant", "sign_in", type_="foreignkey")
    op.drop_column("sign_in", "only_tenant_id")
    op.drop_column("tenant", "directory_only")
    op.drop_column("tenant", "directory_since")
