"""What was left open by versions before: lapses that went on, contested points without a thread.

A renewal that was taken back left its predecessor told as renewed, and a point contested anew
could be left without thread or action.  A trace is a record: none is deleted.  What is missing is
added by the portal’s own work, promised here for each tenant, and says that it was noted later.
"""

import uuid

import sqlalchemy as sa
from alembic import op

from tenants import rls

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_KINDS = ("evidence.mend", "contests.mend")
_PROMISE = sa.text("""
    INSERT INTO outbox (tenant_id, id, kind, queue, dedup_key, payload, run_at, state, fence,
                        attempts, failures)
    VALUES (:tenant, :id, :kind, 'bulk', '0054', '{}', now(), 'ready', 0, 0, 0)
    ON CONFLICT (tenant_id, kind, dedup_key) DO NOTHING
""")


def upgrade() -> None:
    op.add_column("evidence_lapse", sa.Column("noted_on", sa.Date(), nullable=True))
    _promise(op.get_bind())


def _promise(connection: sa.Connection) -> None:
    told = sa.text(
        f"SELECT set_config('{rls.TENANT}', :tenant, true), set_config('{rls.REACH}', :reach, true)"
    )
    for tenant_id in connection.scalars(sa.text("SELECT id FROM tenant ORDER BY id")).all():
        connection.execute(told, {"tenant": str(tenant_id), "reach": "tenant"})
        for kind in _KINDS:
            connection.execute(_PROMISE, {"tenant": tenant_id, "id": uuid.uuid4(), "kind": kind})
    connection.execute(told, {"tenant": "", "reach": ""})


def downgrade() -> None:
    """What was added stays: it tells what was so."""
    op.drop_column("evidence_lapse", "noted_on")
