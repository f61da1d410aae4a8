"""Reads over briefs."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from portal.briefs.models import Brief, BriefState
from portal.kit import locks
from portal.kit.errors import NotFound
from tenants.db import AnyRow, db

#: What nobody has touched for so long waits for nothing any more: between two tries is an hour.
STUCK: Final = timedelta(hours=3)


def briefs(establishment_id: uuid.UUID, *, limit: int = 50) -> Sequence[Brief]:
    """Those of one establishment, the latest first."""
    b = Brief
    return db.session.scalars(
        select(b)
        .where(b.establishment_id == establishment_id)
        .order_by(b.created_at.desc(), b.id.desc())
        .limit(limit)
    ).all()


def issued_at(establishment_id: uuid.UUID) -> Sequence[AnyRow]:
    """The documents of one establishment, by number."""
    b = Brief
    return db.session.execute(
        select(b.id, b.number, b.as_of, b.issued_at, b.pdf_key, b.pdf_sha256)
        .where(b.establishment_id == establishment_id, b.state == BriefState.READY)
        .order_by(b.number)
    ).all()


def take_turn(establishment_id: uuid.UUID) -> None:
    """Let others who order there wait until this transaction has ended: they find its brief."""
    locks.take(locks.BRIEFS, establishment_id)


def brief(establishment_id: uuid.UUID, brief_id: uuid.UUID, *, lock: bool = False) -> Brief:
    """One of an establishment; ``lock`` makes others wait.  Raises :class:`NotFound`."""
    b = Brief
    wanted = select(b).where(b.id == brief_id, b.establishment_id == establishment_id)
    found: Brief | None = db.session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound
    return found


def awaits(found: Brief) -> bool:
    """Whether its document is still to be made."""
    return found.state is BriefState.REQUESTED


def lost(found: Brief, at: datetime) -> bool:
    """Whether nobody tries to make it any more: it was given up, or nobody has touched it."""
    stuck = awaits(found) and found.updated_at < at - STUCK
    return found.state is BriefState.FAILED or stuck


def to_make(brief_id: uuid.UUID) -> Brief | None:
    """One that is still asked for, locked until it is made; ``None`` when it is or was given up."""
    b = Brief
    found: Brief | None = db.session.scalar(
        select(b).where(b.id == brief_id, b.state == BriefState.REQUESTED).with_for_update()
    )
    return found


def awaited(establishment_id: uuid.UUID, at: datetime) -> uuid.UUID | None:
    """The brief that is being made there, if one is."""
    b = Brief
    return db.session.scalar(
        select(b.id)
        .where(
            b.establishment_id == establishment_id,
            b.state == BriefState.REQUESTED,
            b.updated_at > at - STUCK,
        )
        .order_by(b.created_at.desc())
        .limit(1)
    )
