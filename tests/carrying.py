"""The messages that persons are owed for their accounts, handed to a worker without Valkey."""

from flask import Flask
from sqlalchemy import select

from portal import worker
from portal.kit import postman
from portal.kit.outbox import Outbox, OutboxState
from tenants.context import NO_SCOPE, NO_TENANT, entered, tenant_scope
from tenants.db import db

_WAITING = (OutboxState.READY, OutboxState.LEASED)


def owed(app: Flask) -> list[Outbox]:
    """What was promised and has not left, oldest first."""
    with app.app_context(), tenant_scope(NO_TENANT):
        found = db.session.scalars(
            select(Outbox).where(Outbox.state.in_(_WAITING)).order_by(Outbox.id)
        ).all()
        db.session.expunge_all()
        db.session.rollback()
    return list(found)


def carry(app: Flask) -> int:
    """One try for each; returns how many there were."""
    waiting = owed(app)
    for row in waiting:
        with app.app_context(), entered(NO_SCOPE):
            worker.perform(str(NO_TENANT), str(row.id), postman.CARRY)
    return len(waiting)
