"""Giving promised work all its tries again, on somebody's word."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, exists, select, update

from portal.kit.outbox import Outbox, OutboxState
from tenants.context import current_tenant_id
from tenants.db import db

#: What no worker holds and is not done: it waits for its time, or for a human.
_IDLE: Final = (OutboxState.READY, OutboxState.DEAD)


def revive(kind: str, *, at: datetime) -> int:
    """Give dead work of a kind all its attempts again; returns how many rows."""
    return len(_afresh(kind, [Outbox.state == OutboxState.DEAD], at))


def again(kind: str, name: str, ids: Collection[uuid.UUID], *, at: datetime) -> set[uuid.UUID]:
    """Have work on these tried now: what waits for a later try, and what was given up.

    ``name`` is the member of the payload that tells what the work is on.  What a worker holds is
    left to her.  Returns those found; no other has such work that waits.
    """
    about = Outbox.payload[name].astext
    wanted = about.in_([str(each) for each in ids])
    found = _afresh(kind, [wanted, Outbox.state.in_(_IDLE)], at)
    return {uuid.UUID(payload[name]) for payload in found}


def in_hand(kind: str, name: str, row_id: uuid.UUID, *, at: datetime) -> bool:
    """Whether a worker is at such work on this one right now."""
    it = Outbox
    held = exists().where(
        it.tenant_id == current_tenant_id(),
        it.kind == kind,
        it.payload[name].astext == str(row_id),
        it.state == OutboxState.LEASED,
        it.lease_until >= at,
    )
    return bool(db.session.scalar(select(held)))


def _afresh(
    kind: str, which: Collection[ColumnElement[bool]], at: datetime
) -> Collection[dict[str, str]]:
    it = Outbox
    return db.session.scalars(
        update(it)
        .where(it.tenant_id == current_tenant_id(), it.kind == kind, *which)
        .values(
            state=OutboxState.READY,
            attempts=0,
            failures=0,
            away_since=None,
            run_at=at,
            handed_until=None,
        )
        .returning(it.payload)
        .execution_options(synchronize_session=False)
    ).all()
