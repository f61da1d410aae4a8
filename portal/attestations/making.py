"""How far the documents of an order have got, and what keeps the others from being made."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.attestations.models import Attestation, AttestationState
from portal.fleet.models import Establishment
from tenants.db import AnyRow, db

#: One still asked for so long after it was to be made is not being made.
STUCK: Final = timedelta(minutes=30)


@dataclass(frozen=True)
class Advance:
    """How far a batch has got.

    ``failing`` ones are tried again, the first of them at ``next_at``; ``lost`` ones are not.
    """

    total: int = 0
    ready: int = 0
    lost: int = 0
    failing: int = 0
    next_at: datetime | None = None

    @property
    def finished(self) -> bool:
        return self.ready + self.lost == self.total


def failing(at: datetime) -> ColumnElement[bool]:
    """Tried in vain, and to be tried again."""
    return and_(Attestation.state == AttestationState.REQUESTED, Attestation.retry_at >= at - STUCK)


def lost(at: datetime) -> ColumnElement[bool]:
    """Given up, or waiting for nothing any more."""
    it = Attestation
    given_up = and_(it.trouble.is_not(None), it.retry_at.is_(None))
    stuck = func.coalesce(it.retry_at, it.updated_at) < at - STUCK
    return or_(
        it.state == AttestationState.FAILED,
        and_(it.state == AttestationState.REQUESTED, or_(given_up, stuck)),
    )


def advances(batch_ids: Collection[uuid.UUID], at: datetime) -> dict[uuid.UUID, Advance]:
    """By batch; one SQL statement."""
    it = Attestation
    rows: Sequence[AnyRow] = db.session.execute(
        select(
            it.batch_id,
            func.count(),
            func.count().filter(it.state == AttestationState.READY),
            func.count().filter(lost(at)),
            func.count().filter(failing(at)),
            func.min(it.retry_at).filter(failing(at)),
        )
        .where(it.batch_id.in_(batch_ids))
        .group_by(it.batch_id)
    ).all()
    return {row[0]: Advance(*row[1:]) for row in rows}


def troubles(batch_id: uuid.UUID, at: datetime) -> Sequence[AnyRow]:
    """Why the failing ones of a batch fail: each ``trouble`` and its ``number``, the most first."""
    it = Attestation
    number = func.count().label("number")
    return db.session.execute(
        select(it.trouble, number)
        .where(it.batch_id == batch_id, failing(at))
        .group_by(it.trouble)
        .order_by(number.desc(), it.trouble)
    ).all()


def unmade(batch_id: uuid.UUID, at: datetime) -> Sequence[AnyRow]:
    """Those of a batch that are lost, each with its establishment and its trouble, by number."""
    it, place = Attestation, Establishment
    return db.session.execute(
        select(
            it.id,
            it.number,
            func.coalesce(it.trouble, "").label("trouble"),
            it.establishment_id,
            place.name,
            place.city,
        )
        .join(place, and_(place.tenant_id == it.tenant_id, place.id == it.establishment_id))
        .where(it.batch_id == batch_id, lost(at))
        .order_by(it.number)
    ).all()


def to_retry(batch_id: uuid.UUID, at: datetime) -> Sequence[uuid.UUID]:
    """All of a batch that could be tried now, on somebody's word."""
    it = Attestation
    return db.session.scalars(
        select(it.id).where(it.batch_id == batch_id, or_(lost(at), failing(at)))
    ).all()


def locked(attestation_ids: Collection[uuid.UUID], at: datetime) -> Sequence[AnyRow]:
    """These, those of them in reach, kept from other writers: what of them is lost or failing."""
    it = Attestation
    return db.session.execute(
        select(
            it.id,
            it.establishment_id,
            it.number,
            lost(at).label("lost"),
            failing(at).label("failing"),
        )
        .where(it.id.in_(attestation_ids))
        .order_by(it.id)
        .with_for_update()
    ).all()
