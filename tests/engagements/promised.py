"""Let the worker do what a room promised."""

from sqlalchemy import select

from portal import worker
from portal.engagements import service
from portal.kit.outbox import Outbox, OutboxState
from tenants.context import current_tenant_id
from tenants.db import db


def done() -> None:
    """In the scope of the tenant, as the worker does it."""
    rows = db.session.execute(
        select(Outbox.id, Outbox.kind).where(
            Outbox.kind.in_((service.CALL, service.CLOSE)), Outbox.state == OutboxState.READY
        )
    ).all()
    waiting = [(str(row.id), row.kind) for row in rows]
    db.session.rollback()
    for outbox_id, kind in waiting:
        worker.perform(str(current_tenant_id()), outbox_id, kind)
