"""Let the worker do what a room promised."""

from collections.abc import Collection

from sqlalchemy import select

from portal.engagements import service
from portal.kit.outbox import Outbox, OutboxState
from tenants.db import db
from tests import live

_KINDS = (service.CALL, service.CLOSE, service.REMAKE, service.ISSUE)


def done() -> None:
    """In the scope of the tenant, as the worker does it, with what that promises in its turn."""
    for _ in range(3):
        if not waiting():
            return


def closing() -> None:
    """Let what closes a room overtake the rest."""
    waiting((service.CLOSE,))


def waiting(kinds: Collection[str] = _KINDS) -> bool:
    """Do what is promised now; whether there was anything."""
    rows = db.session.execute(
        select(Outbox.id, Outbox.kind).where(
            Outbox.kind.in_(kinds), Outbox.state == OutboxState.READY
        )
    ).all()
    those = [(str(row.id), row.kind) for row in rows]
    db.session.rollback()
    for outbox_id, kind in those:
        live.performed(outbox_id, kind)
    return bool(those)
