"""Promised work that is done, forgotten after a while."""

from datetime import datetime

from sqlalchemy import delete, select

from portal.kit.outbox import Outbox, OutboxState
from tenants.context import current_tenant_id
from tenants.db import db


def forget(*, before: datetime, limit: int) -> int:
    """Delete work done before then, ``limit`` rows at most; returns how many.

    Dead work stays: it waits for a human.
    """
    old = select(Outbox.id).where(Outbox.state == OutboxState.DONE, Outbox.updated_at < before)
    gone = db.session.execute(
        delete(Outbox)
        .where(Outbox.tenant_id == current_tenant_id(), Outbox.id.in_(old.limit(limit)))
        .returning(Outbox.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(gone)
