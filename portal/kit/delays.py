"""What keeps a promised message from leaving, for the page of what it is of.

The outbox knows; its errors speak to engineers.  Whoever waits for an answer is told whether the
server of mail is away, does not take it, or is asked no more.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select

from portal.kit.outbox import Outbox, OutboxState
from tenants.context import current_tenant_id
from tenants.db import AnyRow, db


class Why(StrEnum):
    """``away``: no server can be reached.  ``not_taken``: one is, and refuses for now."""

    AWAY = "away"
    NOT_TAKEN = "not_taken"
    GIVEN_UP = "given_up"


@dataclass(frozen=True)
class Delay:
    """``since``: how long the server has been away.  Nothing of what it is or what it answered."""

    why: Why
    since: datetime | None
    retry_at: datetime


def of(kind: str, keys: Collection[str]) -> dict[str, Delay]:
    """By the key that each was promised under; those that left, or wait their turn, are not in it.

    A listed membership sees no promises, and is told of none.
    """
    if not keys:
        return {}
    o = Outbox
    rows = db.session.execute(
        select(o.dedup_key, o.state, o.away_since, o.run_at).where(
            o.tenant_id == current_tenant_id(),
            o.kind == kind,
            o.dedup_key.in_(keys),
            o.state != OutboxState.DONE,
            or_(o.state == OutboxState.DEAD, o.away_since.is_not(None), o.failures > 0),
        )
    )
    return {row.dedup_key: Delay(_why(row), row.away_since, row.run_at) for row in rows}


def _why(row: AnyRow) -> Why:
    if row.state is OutboxState.DEAD:
        return Why.GIVEN_UP
    return Why.AWAY if row.away_since else Why.NOT_TAKEN
