"""Acts on many rows at once, and what it takes to undo them.

Each slice undoes its own kinds of act at its own address; here they are only remembered.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select

from portal.audit.models import BulkAct, Undoable
from portal.kit.errors import Conflict, NotFound
from tenants.access import Actor
from tenants.db import db


class AlreadyUndone(Conflict):
    message = "This has been undone already."


ActType = TypeVar("ActType", bound=Undoable)


def remember(
    actor: Actor, kind: str, *, summary: dict[str, Any], before: dict[str, Any]
) -> BulkAct:
    """Keep what an act did (``summary``, for the screen) and what it replaced (``before``)."""
    act = BulkAct(
        kind=kind,
        actor_id=actor.user_id,
        actor_name=actor.name,
        summary=summary,
        before=before,
    )
    db.session.add(act)
    db.session.flush()
    return act


def take_back(act_id: uuid.UUID, *, kinds: Sequence[str], at: datetime) -> BulkAct:
    """Mark an act undone and hand over what it replaced; the caller puts that back.

    Raises ``NotFound`` for an act of another kind or tenant, :class:`AlreadyUndone`.
    """
    return undone(BulkAct, BulkAct.id == act_id, BulkAct.kind.in_(kinds), at=at)


def undone(model: type[ActType], *which: ColumnElement[bool], at: datetime) -> ActType:
    """Mark the one row that meets the conditions undone, whatever slice keeps it.

    Locks it, so that of two people who undo at once the second is told.  Raises ``NotFound``,
    :class:`AlreadyUndone` the second time.
    """
    act: ActType | None = db.session.scalar(select(model).where(*which).with_for_update())
    if act is None:
        raise NotFound
    if act.undone_at is not None:
        raise AlreadyUndone
    act.undone_at = at
    db.session.flush()
    return act


def recent(*, limit: int = 20) -> Sequence[BulkAct]:
    """The last acts, latest first, undone ones included."""
    return db.session.scalars(
        select(BulkAct).order_by(BulkAct.created_at.desc(), BulkAct.id.desc()).limit(limit)
    ).all()
