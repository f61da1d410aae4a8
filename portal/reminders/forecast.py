"""Who will receive what in the days to come, from what is known today."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, or_, select

from portal.reminders import lapsing, queries, stages, workdays
from portal.reminders.lapsing import Item, Window
from portal.reminders.queries import ESTABLISHMENT_SIDE, Key
from portal.reminders.workdays import Calendar
from tenants.db import db
from tenants.models import Membership, MembershipEstablishment

HORIZON = timedelta(days=30)


@dataclass(frozen=True)
class Notice:
    """One thing told on one day.  ``outside``: people of establishments who are told too."""

    day: date
    item: Item
    outside: int

    @property
    def left(self) -> int:
        """Days from the telling to the due date; negative where it was found too late."""
        return self.item.days(self.day)


def notices(
    edition_id: str,
    *,
    today: date,
    at: datetime,
    establishments: Sequence[uuid.UUID] | None = None,
) -> list[Notice]:
    """What will be told after ``today`` and within the horizon, day by day.

    On working days alone: the last one before a stage, or the next one for what nobody was told
    yet, as a proof that was given this very day.
    """
    last = today + HORIZON + stages.AHEAD
    window = Window(edition_id, today, today, last, establishments)
    counted = _outside(window, at)
    calendar = queries.rule().calendar
    given = set[Key]().union(*queries.told(today).values())
    coming = [
        Notice(day, item, counted.get(_about(item), 0))
        for item in lapsing.items(window)
        for day in sorted(_days(item, given, today, calendar))
        if day <= today + HORIZON
    ]
    return sorted(coming, key=lambda notice: notice.day)


def _days(item: Item, given: Collection[Key], today: date, calendar: Calendar) -> set[date]:
    """The days after ``today`` on which the thing is told."""
    stages_left = (item.due_on - timedelta(days=days) for days in stages.STAGES)
    planned = {workdays.before(day, calendar) for day in stages_left}
    coming = {day for day in planned if day > today}
    tomorrow = workdays.after(today, calendar)
    stage = stages.stage(item.due_on, workdays.covered(today, calendar))
    subject = (item.subject, item.subject_id)
    told = any((*subject, code, item.due_on, stage) in given for code in item.keys)
    return coming | {tomorrow} if stage is not None and not told else coming


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
