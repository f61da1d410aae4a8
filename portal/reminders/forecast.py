"""Who will receive what in the days to come, from what is known today."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, or_, select

from portal.reminders import lapsing, stages
from portal.reminders.lapsing import Item, Window
from portal.reminders.queries import ESTABLISHMENT_SIDE
from tenants.db import db
from tenants.models import Membership, MembershipEstablishment

HORIZON = timedelta(days=30)


@dataclass(frozen=True)
class Notice:
    """One thing told on one day.  ``outside``: people of establishments who are told too."""

    day: date
    stage: int
    item: Item
    outside: int


def notices(
    edition_id: str,
    *,
    today: date,
    at: datetime,
    establishments: Sequence[uuid.UUID] | None = None,
) -> list[Notice]:
    """What will be told after ``today`` and within the horizon, day by day."""
    last = today + HORIZON + stages.AHEAD
    window = Window(edition_id, today, today, last, establishments)
    counted = _outside(window, at)
    told = [
        Notice(item.due_on - timedelta(days=days), days, item, counted.get(_about(item), 0))
        for item in lapsing.items(window)
        for days in stages.STAGES
    ]
    coming = [notice for notice in told if today < notice.day <= today + HORIZON]
    return sorted(coming, key=lambda notice: notice.day)


def _about(item: Item) -> tuple[str, uuid.UUID, date]:
    return (item.subject.value, item.subject_id, item.due_on)


def _outside(window: Window, at: datetime) -> Mapping[tuple[str, uuid.UUID, date], int]:
    """How many people of establishments each thing is told to, as far as one may see them."""
    lapsing.join_by_hash()
    what, m, reached = lapsing.resting(window), Membership, MembershipEstablishment
    rows = db.session.execute(
        select(what.c.subject, what.c.subject_id, what.c.due_on, func.count(m.user_id.distinct()))
        .join(reached, reached.establishment_id == what.c.establishment_id)
        .join(m, and_(m.tenant_id == reached.tenant_id, m.id == reached.membership_id))
        .where(
            what.c.shared,
            m.role.in_(ESTABLISHMENT_SIDE),
            m.revoked_at.is_(None),
            m.starts_at <= at,
            or_(m.ends_at.is_(None), m.ends_at > at),
        )
        .group_by(what.c.subject, what.c.subject_id, what.c.due_on)
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}
