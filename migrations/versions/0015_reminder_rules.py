"""Work handed over by turns and counted for operators; rules of reminders, what came back."""

import sqlalchemy as sa
from alembic import context, op
from flask import current_app

from tenants import rls

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OPEN = "state IN ('ready', 'leased')"
#: A few rows of each tenant and queue are looked at, however many wait.  A row whose workers died
#: waits longer from the third death on: twenty seconds, sixty, a hundred and forty…
HAND = """
    CREATE FUNCTION outbox_hand(
        room int, per_tenant int, bulk int, at timestamptz, until timestamptz)
    RETURNS TABLE (tenant_id uuid, id uuid, kind text, queue text)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        WITH in_hand AS (
            SELECT o.tenant_id, o.queue, count(*)::int AS rows
              FROM outbox o
             WHERE o.state IN ('ready', 'leased') AND o.handed_until IS NOT NULL
               AND (o.handed_until >= at OR (o.state = 'leased' AND o.lease_until >= at))
             GROUP BY o.tenant_id, o.queue
        ),
        lane AS (
            SELECT t.id AS tenant_id, q.queue, q.urgency,
                   GREATEST(0, q.cap - COALESCE(h.rows, 0)) AS free, COALESCE(h.rows, 0) AS held
              FROM tenant t
             CROSS JOIN (VALUES ('critical', 1, per_tenant), ('default', 2, per_tenant),
                                ('bulk', 3, bulk)) q (queue, urgency, cap)
              LEFT JOIN in_hand h ON h.tenant_id = t.id AND h.queue = q.queue
        ),
        next AS (
            SELECT due.tenant_id, due.id, row_number() OVER (
                       ORDER BY lane.urgency, lane.held + due.rank, due.run_at, due.id) AS place
              FROM lane
             CROSS JOIN LATERAL (
                    SELECT o.tenant_id, o.id, o.run_at,
                           row_number() OVER (ORDER BY o.run_at, o.id) AS rank
                      FROM outbox o
                     WHERE o.tenant_id = lane.tenant_id AND o.queue = lane.queue
                       AND o.state IN ('ready', 'leased') AND o.run_at <= at
                       AND (o.handed_until IS NULL OR o.handed_until < at)
                       AND (o.state = 'ready' OR o.lease_until
                            + GREATEST(0, power(2, o.attempts) * 5 - 20) * interval '1 second' < at)
                     ORDER BY o.run_at, o.id
                     LIMIT lane.free) due
             ORDER BY place LIMIT room
        ),
        handed AS (
            UPDATE outbox o SET handed_until = until
              FROM next WHERE o.tenant_id = next.tenant_id AND o.id = next.id
            RETURNING o.tenant_id, o.id, o.kind, o.queue, next.place
        )
        SELECT h.tenant_id, h.id, h.kind, h.queue::text FROM handed h ORDER BY h.place
    $$
"""
#: What waits, by kind: numbers alone, of no tenant in particular.
FIGURES = """
    CREATE FUNCTION outbox_figures(at timestamptz)
    RETURNS TABLE (kind text, queue text, state text, rows bigint, oldest timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        SELECT o.kind, o.queue::text,
               CASE WHEN o.state <> 'ready' THEN o.state::text
                    WHEN o.run_at <= at THEN 'due' ELSE 'later' END AS condition,
               count(*), min(o.run_at)
          FROM outbox o
         WHERE o.state IN ('ready', 'leased') OR o.state = 'dead'
         GROUP BY o.kind, o.queue, condition
    $$
"""
#: The same by tenant, for the operators that PostgreSQL knows by their own row.
BACKLOG = """
    CREATE FUNCTION outbox_backlog(at timestamptz)
    RETURNS TABLE (tenant_id uuid, kind text, state text, rows bigint, oldest timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        SELECT o.tenant_id, o.kind,
               CASE WHEN o.state <> 'ready' THEN o.state::text
                    WHEN o.run_at <= at THEN 'due' ELSE 'later' END AS condition,
               count(*), min(o.run_at)
          FROM outbox o
         WHERE (o.state IN ('ready', 'leased') OR o.state = 'dead')
           AND EXISTS (SELECT FROM operator p WHERE p.user_id =
                       NULLIF(current_setting('app.user_id', true), '')::uuid)
         GROUP BY o.tenant_id, o.kind, condition
    $$
"""
TABLES = ("reminder_rule", "reminder_choice")
CALENDARS = ("france", "alsace_moselle", "none")
ROLES = ("technician", "manager", "owner", "establishment")
FUNCTIONS = {"outbox_hand": HAND, "outbox_figures": FIGURES, "outbox_backlog": BACKLOG}


def upgrade() -> None:
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.drop_index("ix_outbox_open", table_name="outbox")
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["tenant_id", "queue", "run_at", "id"],
        postgresql_where=sa.text(OPEN),
    )
    op.create_index(
        "ix_outbox_handed",
        "outbox",
        ["tenant_id", "queue"],
        postgresql_where=sa.text(f"{OPEN} AND handed_until IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_dead",
        "outbox",
        ["tenant_id", "kind"],
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.execute("DROP FUNCTION outbox_hand")
    for name, body in FUNCTIONS.items():
        op.execute(body)
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f'GRANT EXECUTE ON FUNCTION {name} TO "{app_role}"')
    _make_tables()
    for table in TABLES:
        rls.isolate(op, table)
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{app_role}"')
    rls.provider_only(op, "reminder_rule")
    rls.addressed_to(op, "reminder_choice")


def _make_tables() -> None:
    op.create_table(
        "reminder_rule",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("calendar", _words("calendar", *CALENDARS), nullable=False),
        *(sa.Column(role, sa.Integer(), nullable=True) for role in ROLES),
        *(
            sa.CheckConstraint(f"{role} IN (30, 7, 0)", name=op.f(f"ck_reminder_rule_{role}_stage"))
            for role in ROLES
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_reminder_rule_tenant_id_tenant")
        ),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for name in ("created_at", "updated_at")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reminder_rule")),
    )
    op.create_table(
        "reminder_choice",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _words("kind", "proof", "review"), nullable=False),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
            )
            for name in ("created_at", "updated_at")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_reminder_choice_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reminder_choice")),
        sa.UniqueConstraint(
            "tenant_id", "user_id", "kind", name=op.f("uq_reminder_choice_tenant_id_user_id_kind")
        ),
    )


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.execute(context.script.get_revision("0001").module.HAND)
    op.execute("REVOKE ALL ON FUNCTION outbox_hand FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION outbox_hand TO "{app_role}"')
    for index in ("ix_outbox_dead", "ix_outbox_handed", "ix_outbox_open"):
        op.drop_index(index, table_name="outbox")
    op.create_index(
        "ix_outbox_open", "outbox", ["tenant_id", "run_at"], postgresql_where=sa.text(OPEN)
    )
