"""Messages that come back, addresses no more written to; quiet days and the clock of each place."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from tenants import rls

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

CALENDARS = (
    "france", "alsace_moselle", "guadeloupe", "martinique", "guyane", "reunion", "mayotte",
    "saint_pierre_et_miquelon", "saint_barthelemy", "saint_martin", "nouvelle_caledonie",
    "polynesie", "wallis_et_futuna", "none",
)  # fmt: skip
FORMER_CALENDARS = ("france", "alsace_moselle", "none")
ZONES = (
    "Europe/Paris", "America/Guadeloupe", "America/Martinique", "America/Cayenne",
    "Indian/Reunion", "Indian/Mayotte", "America/Miquelon", "Pacific/Noumea", "Pacific/Tahiti",
    "Pacific/Wallis",
)  # fmt: skip
TABLES = ("mail_return", "mail_suppression")
#: Messages that nobody knows to have left, by tenant: numbers alone, for operators.
UNSURE = """
    CREATE FUNCTION mail_unsure()
    RETURNS TABLE (tenant_id uuid, rows bigint, oldest timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        SELECT m.tenant_id, count(*), min(m.updated_at)
          FROM mail m
         WHERE m.state = 'unknown'
           AND EXISTS (SELECT FROM operator p WHERE p.user_id =
                       NULLIF(current_setting('app.user_id', true), '')::uuid)
         GROUP BY m.tenant_id
    $$
"""
#: The same without tenants, for a monitor.
FIGURES = """
    CREATE FUNCTION mail_figures()
    RETURNS TABLE (state text, rows bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        SELECT 'unknown', count(*) FROM mail WHERE state = 'unknown'
    $$
"""
FUNCTIONS = {"mail_unsure": UNSURE, "mail_figures": FIGURES}


def upgrade() -> None:
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    _widen("reminder_rule", "calendar", CALENDARS)
    op.add_column(
        "reminder_rule",
        sa.Column("opens_at", sa.Time(), server_default="06:30", nullable=False),
    )
    op.add_column(
        "reminder_rule",
        sa.Column("zone", _words("zone", *ZONES), server_default="Europe/Paris", nullable=False),
    )
    op.create_index(
        "ix_mail_unsure", "mail", ["tenant_id"], postgresql_where=sa.text("state = 'unknown'")
    )
    _make_post_tables()
    for table in TABLES:
        rls.isolate(op, table)
        rls.provider_only(op, table)
        rls.audited(op, table, "FALSE")
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{app_role}"')
    # Both functions count as the owner, in no scope: what narrows a list binds the app's role.
    op.execute(f'ALTER POLICY establishment_scope ON mail TO "{app_role}"')
    op.execute("CREATE POLICY counted ON mail FOR SELECT TO CURRENT_USER USING (true)")
    for name, body in FUNCTIONS.items():
        op.execute(body)
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f'GRANT EXECUTE ON FUNCTION {name} TO "{app_role}"')


def _make_post_tables() -> None:
    _table(
        "mail_return",
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("kind", _words("kind", "hard", "soft", "complaint"), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        unique=["mail_id", "address", "kind"],
    )
    op.create_foreign_key(
        op.f("fk_mail_return_tenant_id_mail_id_mail"),
        "mail_return",
        "mail",
        ["tenant_id", "mail_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_index("ix_mail_return_address", "mail_return", ["tenant_id", "address", "created_at"])
    _table(
        "mail_suppression",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", _words("reason", "hard", "soft", "complaint"), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        unique=["address"],
    )


def _table(name: str, *columns: sa.Column, unique: list[str]) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        *(
            sa.Column(
                when, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for when in ("created_at", "updated_at")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f(f"fk_{name}_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(
            "tenant_id", *unique, name=op.f(f"uq_{name}_tenant_id_{'_'.join(unique)}")
        ),
    )


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _widen(table: str, column: str, words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({listed})")


def downgrade() -> None:
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    op.execute("DROP POLICY counted ON mail")
    op.execute("ALTER POLICY establishment_scope ON mail TO PUBLIC")
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_mail_unsure", table_name="mail")
    for name in ("zone", "opens_at"):
        op.drop_column("reminder_rule", name)
    op.execute("UPDATE reminder_rule SET calendar = 'france' WHERE calendar NOT IN "
               "('france', 'alsace_moselle', 'none')")  # fmt: skip
    _widen("reminder_rule", "calendar", FORMER_CALENDARS)
