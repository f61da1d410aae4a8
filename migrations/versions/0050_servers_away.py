"""Work that needs a server which cannot be reached says since when, and is counted apart."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_BEFORE = """CASE WHEN o.state <> 'ready' THEN o.state::text
                    WHEN o.run_at <= at THEN 'due' ELSE 'later' END"""
_NOW = """CASE WHEN o.state <> 'ready' THEN o.state::text
                    WHEN o.run_at <= at THEN 'due'
                    WHEN o.away_since IS NOT NULL THEN 'away' ELSE 'later' END"""
#: Of what waits for a server it is told since when that is away, not when it is tried again.
_AWAY = """CASE WHEN o.state = 'ready' AND o.run_at > at THEN o.away_since END"""
_OLDEST = f"min(COALESCE({_AWAY}, o.run_at))"


def _figures(condition: str, oldest: str) -> str:
    return f"""
    CREATE OR REPLACE FUNCTION outbox_figures(at timestamptz)
    RETURNS TABLE (kind text, queue text, state text, rows bigint, oldest timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        SELECT o.kind, o.queue::text, {condition} AS condition, count(*), {oldest}
          FROM outbox o
         WHERE o.state IN ('ready', 'leased') OR o.state = 'dead'
         GROUP BY o.kind, o.queue, condition
    $$
    """  # noqa: S608 - constants only


def _backlog(condition: str, oldest: str) -> str:
    return f"""
    CREATE OR REPLACE FUNCTION outbox_backlog(at timestamptz)
    RETURNS TABLE (tenant_id uuid, kind text, state text, rows bigint, oldest timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        SELECT o.tenant_id, o.kind, {condition} AS condition, count(*), {oldest}
          FROM outbox o
         WHERE (o.state IN ('ready', 'leased') OR o.state = 'dead')
           AND EXISTS (SELECT FROM operator p WHERE p.user_id =
                       NULLIF(current_setting('app.user_id', true), '')::uuid)
         GROUP BY o.tenant_id, o.kind, condition
    $$
    """  # noqa: S608 - constants only


def upgrade() -> None:
    op.add_column("outbox", sa.Column("away_since", sa.DateTime(timezone=True), nullable=True))
    op.execute(_figures(_NOW, _OLDEST))
    op.execute(_backlog(_NOW, _OLDEST))


def downgrade() -> None:
    op.execute(_figures(_BEFORE, "min(o.run_at)"))
    op.execute(_backlog(_BEFORE, "min(o.run_at)"))
    op.drop_column("outbox", "away_since")
