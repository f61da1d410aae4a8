"""What a provider's account runs under."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: The civil date in France.
TODAY = "(now() AT TIME ZONE 'Europe/Paris')::date"
#: What the app may neither give a new tenant nor change: it begins as PostgreSQL says, and moves
#: by ``grant_plan`` alone.
KEPT = ("plan", "plan_since", "plan_until")
WRITABLE = """
    SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
      FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = 'tenant' AND column_name <> ALL (:kept)
"""

#: An operator's word and nobody else's; PostgreSQL recognises her by her own row.
GRANT_PLAN = """
    CREATE FUNCTION grant_plan(of_tenant uuid, granted text, since date, until date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM operator o WHERE o.user_id =
                       NULLIF(current_setting('app.user_id', true), '')::uuid) THEN
            RAISE insufficient_privilege USING MESSAGE = 'only operators grant plans';
        END IF;
        UPDATE tenant SET plan = granted, plan_since = since, plan_until = until
         WHERE id = of_tenant;
    END $$
"""


def upgrade() -> None:
    op.add_column(
        "tenant",
        sa.Column(
            "plan",
            sa.Enum(
                "trial",
                "standard",
                "courtesy",
                name="plan",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="trial",
            nullable=False,
        ),
    )
    op.add_column(
        "tenant",
        sa.Column("plan_since", sa.Date(), server_default=sa.text(TODAY), nullable=False),
    )
    op.add_column(
        "tenant",
        sa.Column("plan_until", sa.Date(), server_default=sa.text(f"{TODAY} + 30"), nullable=True),
    )
    # Whoever was here before there were plans agreed to none.
    op.execute("""
        UPDATE tenant SET plan = 'courtesy', plan_until = NULL,
                          plan_since = (created_at AT TIME ZONE 'Europe/Paris')::date
    """)
    op.create_check_constraint(
        op.f("ck_tenant_trial_ends"), "tenant", "plan <> 'trial' OR plan_until IS NOT NULL"
    )
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    writable = op.get_bind().scalar(sa.text(WRITABLE), {"kept": list(KEPT)})
    op.execute(f'REVOKE INSERT, UPDATE ON tenant FROM "{app_role}"')
    op.execute(f'GRANT INSERT ({writable}), UPDATE ({writable}) ON tenant TO "{app_role}"')
    op.execute(GRANT_PLAN)
    op.execute("REVOKE ALL ON FUNCTION grant_plan FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION grant_plan TO "{app_role}"')


def downgrade() -> None:
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.execute("DROP FUNCTION grant_plan")
    for column in reversed(KEPT):
        op.drop_column("tenant", column)
    op.execute(f'GRANT INSERT, UPDATE ON tenant TO "{app_role}"')
