"""Invitations, the language of a tenant, and who operates the portal."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

#: How many people and establishments each tenant has, and nothing else of it: for operators, whom
#: PostgreSQL recognises by their own row.  Each tenant is counted in its own scope, under its own
#: policies; the settings are put back as the function returns.
CENSUS = """
    CREATE FUNCTION tenant_census(at timestamptz)
    RETURNS TABLE (tenant_id uuid, people bigint, establishments bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    DECLARE
        tenant_before text := COALESCE(current_setting('app.tenant_id', true), '');
        reach_before text := COALESCE(current_setting('app.reach', true), '');
    BEGIN
        IF NOT EXISTS (SELECT FROM operator o WHERE o.user_id =
                       NULLIF(current_setting('app.user_id', true), '')::uuid) THEN
            RETURN;
        END IF;
        PERFORM set_config('app.reach', 'tenant', true);
        FOR tenant_id IN SELECT t.id FROM tenant t LOOP
            PERFORM set_config('app.tenant_id', tenant_census.tenant_id::text, true);
            SELECT count(*) INTO people FROM membership m
             WHERE m.tenant_id = tenant_census.tenant_id
               AND m.revoked_at IS NULL AND m.starts_at <= at
               AND (m.ends_at IS NULL OR m.ends_at > at);
            SELECT count(*) INTO establishments FROM establishment e
             WHERE e.tenant_id = tenant_census.tenant_id
               AND e.archived_at IS NULL AND e.stage = 'client';
            RETURN NEXT;
        END LOOP;
        PERFORM set_config('app.tenant_id', tenant_before, true);
        PERFORM set_config('app.reach', reach_before, true);
    END $$
"""


def upgrade() -> None:
    op.add_column("tenant", sa.Column("locale", sa.Text(), server_default="fr", nullable=False))
    op.create_table(
        "invitation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "owner",
                "manager",
                "technician",
                "billing",
                "director",
                "member",
                "auditor",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("job_title", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "revoked",
                name="invitationstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("invited_by_name", sa.Text(), nullable=False),
        sa.Column("resent", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_invitation_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("tenant_id", "digest", name=op.f("uq_invitation_tenant_id_digest")),
    )
    op.create_index("ix_invitation_recent", "invitation", ["tenant_id", "created_at"])
    op.create_table(
        "invitation_establishment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("establishment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "establishment_id"],
            ["establishment.tenant_id", "establishment.id"],
            name=op.f("fk_invitation_establishment_tenant_id_establishment_id_establishment"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invitation_id"],
            ["invitation.tenant_id", "invitation.id"],
            name=op.f("fk_invitation_establishment_tenant_id_invitation_id_invitation"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_invitation_establishment_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id",
            "invitation_id",
            "establishment_id",
            name=op.f("pk_invitation_establishment"),
        ),
    )
    op.create_index(
        "ix_invitation_establishment_establishment",
        "invitation_establishment",
        ["tenant_id", "establishment_id"],
    )
    op.create_table(
        "operator",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "granted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_operator_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_operator")),
    )
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    for table in ("invitation", "invitation_establishment"):
        rls.isolate(op, table)
        rls.provider_only(op, table)
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{app_role}"')
    rls.own_rows(op, "operator")
    op.execute(f'GRANT SELECT ON operator TO "{app_role}"')
    op.execute(CENSUS)
    op.execute("REVOKE ALL ON FUNCTION tenant_census FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION tenant_census TO "{app_role}"')


def downgrade() -> None:
    op.execute("DROP FUNCTION tenant_census")
    op.drop_table("operator")
    op.drop_table("invitation_establishment")
    op.drop_table("invitation")
    op.drop_column("tenant", "locale")
