"""The chain of each tenant's journal."""

import sqlalchemy as sa
from alembic import op
from flask import current_app

from portal.audit import chaining
from tenants import rls

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: Events chained in one go, so that a long journal never stands in memory whole.
BATCH = 5_000
SEEN = "tenant_id = audit_link.tenant_id AND e.id = audit_link.event_id"
GRANTS = (
    'GRANT SELECT, INSERT ON audit_link, audit_head TO "{app}"',
    # What erasing needs, and what lengthening the chain needs.
    'GRANT UPDATE (actor_id, actor_name, details) ON audit_event TO "{app}"',
    'GRANT UPDATE (actor_salt, details_salt) ON audit_link TO "{app}"',
    'GRANT UPDATE (position, digest) ON audit_head TO "{app}"',
)


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_audit_head_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "chain", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_link",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("actor_salt", sa.LargeBinary(), nullable=True),
        sa.Column("actor_digest", sa.LargeBinary(), nullable=False),
        sa.Column("details_salt", sa.LargeBinary(), nullable=True),
        sa.Column("details_digest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"],
            ["audit_event.tenant_id", "audit_event.id"],
            name=op.f("fk_audit_link_tenant_id_audit_event"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_audit_link_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "position", name=op.f("pk_audit_link")),
        sa.UniqueConstraint("tenant_id", "event_id", name=op.f("uq_audit_link_tenant_id_event_id")),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["tenant_id", "at", "id"], unique=False)
    for table in ("audit_head", "audit_link"):
        rls.isolate(op, table)
    # A list adds its own deeds to the chain of all: it sees where that ends, and not of what.
    rls.narrow(op, "audit_head", f"EXISTS {rls.LISTED}")
    rls.narrow(op, "audit_link", f"EXISTS (SELECT FROM public.audit_event e WHERE e.{SEEN})")
    for table in ("audit_event", "audit_link"):
        rls.provider_writes(op, table, only={"UPDATE"})
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    for grant in GRANTS:
        op.execute(grant.format(app=app_role))
    _chain_what_is_there(op.get_bind())


def _chain_what_is_there(connection: sa.Connection) -> None:
    told = sa.text(
        f"SELECT set_config('{rls.TENANT}', :tenant, true), set_config('{rls.REACH}', :reach, true)"
    )
    for tenant_id in connection.scalars(sa.text("SELECT id FROM tenant ORDER BY id")).all():
        connection.execute(told, {"tenant": str(tenant_id), "reach": "tenant"})
        events = connection.scalars(sa.text("SELECT id FROM audit_event ORDER BY at, id")).all()
        for first in range(0, len(events), BATCH):
            chaining.tie(connection, tenant_id, list(events[first : first + BATCH]))
    connection.execute(told, {"tenant": "", "reach": ""})


def downgrade() -> None:
    app_role = sa.make_url(current_app.config["SETTINGS"].database_url).username
    op.execute(f'REVOKE UPDATE (actor_id, actor_name, details) ON audit_event FROM "{app_role}"')
    op.execute("DROP POLICY provider_writes_update ON audit_event")
    op.drop_index("ix_audit_event_at", table_name="audit_event")
    op.drop_table("audit_link")
    op.drop_table("audit_head")
