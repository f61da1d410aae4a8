"""What people put off, and until when.  Read only: ``centre`` puts off."""

import uuid
from datetime import date

from sqlalchemy import ColumnElement, and_, func, select

from portal.reminders.items import Wait
from portal.reminders.kinds import SEVERAL_DAYS
from portal.reminders.models import Notice, ReminderSnooze
from portal.reminders.stages import BEHIND
from tenants.db import AnySelect, db


def waits(user_id: uuid.UUID | None = None) -> dict[uuid.UUID, dict[Wait, date]]:
    """By person, what she wants to hear nothing of before which day; of one person or of all.

    Of what falls due on several days she put off those that she had been told of.
    """
    s, n = ReminderSnooze, Notice
    several = and_(told_before(), s.subject.in_(SEVERAL_DAYS))
    columns: AnySelect = select(s.user_id, s.subject, s.subject_id, s.until, n.due_on)
    asked = columns.outerjoin(n, several)
    if user_id is not None:
        asked = asked.where(s.user_id == user_id)
    found: dict[uuid.UUID, dict[Wait, date]] = {}
    for who, subject, subject_id, until, due_on in db.session.execute(asked):
        wait: Wait = (subject, subject_id) if due_on is None else (subject, subject_id, due_on)
        found.setdefault(who, {})[wait] = until
    return found


def oldest(today: date) -> date | None:
    """The earliest due day among what was put off until some day of late, or to come."""
    s, n = ReminderSnooze, Notice
    asked = (
        select(func.min(n.due_on))
        .join(s, told_before())
        .where(s.until >= today - BEHIND, n.settled_on.is_(None))
    )
    return db.session.scalar(asked)


def told_before() -> ColumnElement[bool]:
    """Whether a notice is of what was put off, and was there by then: ids follow time."""
    s, n = ReminderSnooze, Notice
    return and_(
        s.tenant_id == n.tenant_id,
        s.user_id == n.user_id,
        s.subject == n.subject,
        s.subject_id == n.subject_id,
        n.id < s.id,
    )
