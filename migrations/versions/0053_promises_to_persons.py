"""What a person is told of her account is promised with the deed itself, and is no tenant's."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
TENANTS = "tenant t"
#: Whoever is owed something whatever her tenants has her turn as a tenant has.
ALL = f"(SELECT id FROM tenant UNION ALL SELECT {NOBODY}) t"  # noqa: S608 - constants only


def _hand(owed: str) -> str:
    """As 0015 made it, for these."""
    return f"""
    CREATE OR REPLACE FUNCTION outbox_hand(
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
              FROM {owed}
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
    """  # noqa: S608 - constants only


def upgrade() -> None:
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.drop_constraint("fk_outbox_tenant_id_tenant", "outbox", type_="foreignkey")
    op.add_column(
        "outbox",
        sa.Column(
            "existing_tenant_id",
            sa.Uuid(),
            sa.Computed(f"NULLIF(tenant_id, {NOBODY})", persisted=True),
            nullable=True,
        ),
    )
    op.create_foreign_key(
        op.f("fk_outbox_existing_tenant_id_tenant"),
        "outbox",
        "tenant",
        ["existing_tenant_id"],
        ["id"],
    )
    # In any scope, none included: a code is asked for by whoever is not known yet.
    op.execute(
        f'CREATE POLICY owed_to_persons ON outbox FOR INSERT TO "{app_role}"'
        f" WITH CHECK (tenant_id = {NOBODY})"
    )
    op.execute(_hand(ALL))


def downgrade() -> None:
    op.execute(_hand(TENANTS))
    op.execute("DROP POLICY owed_to_persons ON outbox")
    op.drop_constraint("fk_outbox_existing_tenant_id_tenant", "outbox", type_="foreignkey")
    op.drop_column("outbox", "existing_tenant_id")
    op.execute(f"DELETE FROM outbox WHERE tenant_id = {NOBODY}")  # noqa: S608 - constants only
    op.create_foreign_key(
        op.f("fk_outbox_tenant_id_tenant"), "outbox", "tenant", ["tenant_id"], ["id"]
    )
