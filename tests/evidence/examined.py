"""Let the worker examine what a test deposited."""

from sqlalchemy import select

from portal.evidence import house, pipeline
from portal.kit.outbox import Outbox, OutboxState
from tenants.db import db
from tests import live

KINDS = (pipeline.EXAMINE, pipeline.AGAIN, pipeline.DISCARD, house.MOVED)


def all_files() -> int:
    """Do what is promised for files, and what that promises in turn; how many promises."""
    done = 0
    while now := each_once():
        done += now
    return done


def each_once() -> int:
    """Do what is promised for files at this moment, due or not; how many promises."""
    waiting = _waiting()
    for outbox_id, kind in waiting:
        live.performed(outbox_id, kind)
    return len(waiting)


def _waiting() -> list[tuple[str, str]]:
    rows = db.session.execute(
        select(Outbox.id, Outbox.kind).where(
            Outbox.kind.in_(KINDS),
            Outbox.state == OutboxState.READY,
            Outbox.attempts == 0,
        )
    ).all()
    db.session.rollback()
    return [(str(row.id), row.kind) for row in rows]
