"""What each person was told, where she finds it again: read, put off, settled by itself."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    ColumnElement,
    and_,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from portal.fleet.models import Establishment
from portal.kit.errors import NotFound, Refused
from portal.reminders import postponed
from portal.reminders.drafting import Share
from portal.reminders.items import Item, Window
from portal.reminders.kinds import KIND_OF, Kind, Subject
from portal.reminders.models import Notice, ReminderSnooze
from portal.reminders.standing import STANDS
from tenants.access import Actor
from tenants.context import Reach, current_scope, current_tenant_id
from tenants.db import AnyRow, db
from tenants.scoping import new_id

#: Nobody puts off for longer: by then it is another matter.
LONGEST_WAIT = timedelta(days=90)
#: Written out: put together, it would cost as much again.
_UNREAD = text(
    "SELECT count(*) FROM notice WHERE notice.tenant_id = :tenant AND notice.user_id = :user"  # noqa: S608 - ours
    f" AND notice.read_at IS NULL AND {STANDS}"
)
_STANDS = literal_column(f"({STANDS})", Boolean)


class View(StrEnum):
    """What of it is shown."""

    UNREAD = "unread"
    ALL = "all"
    WAITING = "waiting"


@dataclass(frozen=True)
class Choice:
    """Which notices; ``kind`` ``None``: of any."""

    view: View = View.UNREAD
    kind: Kind | None = None


def note(user_id: uuid.UUID, items: Sequence[Item], told_on: date) -> None:
    """Keep what a person is told; what she read before is unread again."""
    rows = [
        {
            "tenant_id": current_tenant_id(), "id": new_id(), "user_id": user_id,
            "subject": item.subject, "subject_id": item.subject_id, "due_on": item.due_on,
            "told_on": told_on, "label": item.label, "codes": list(item.codes),
            "touched": item.touched, "place": item.place, "place_id": item.establishment_id,
        }
        for item in items
    ]  # fmt: skip
    if not rows:
        return
    fresh = insert(Notice)
    anew = ("told_on", "label", "codes", "touched", "place", "place_id")
    db.session.execute(
        fresh.on_conflict_do_update(
            index_elements=["tenant_id", "user_id", "subject", "subject_id", "due_on"],
            set_={
                **{name: fresh.excluded[name] for name in anew},
                "read_at": None,
                "settled_on": None,
                "updated_at": func.now(),
            },
        ),
        rows,
    )


def settle(found: Sequence[Share], asked: Window, *, at: datetime) -> None:
    """Whatever is no longer due for its reader needs to be read no more.

    Of what is due beyond the window that was read, nothing is known.
    """
    due = {person.user_id: {item.name for item in items} for person, items in found}
    n = Notice
    rows = db.session.execute(
        select(n.id, n.user_id, n.subject, n.subject_id, n.due_on).where(
            n.settled_on.is_(None), n.due_on.between(asked.first, asked.last)
        )
    )
    over = [
        row.id
        for row in rows
        if (row.subject, row.subject_id, row.due_on) not in due.get(row.user_id, set())
    ]
    if over:
        db.session.execute(
            update(n)
            .where(n.id.in_(over))
            .values(settled_on=asked.today, read_at=func.coalesce(n.read_at, at))
            .execution_options(synchronize_session=False)
        )


def unread(actor: Actor) -> int:
    """How many that still stand she has not read; one question, on every page."""
    asked = {"tenant": actor.tenant_id, "user": actor.user_id}
    return db.session.execute(_UNREAD, asked).scalar_one()  # type: ignore[no-any-return]  # a count


def page(
    user_id: uuid.UUID, choice: Choice, today: date, *, limit: int, offset: int
) -> Sequence[AnyRow]:
    """A person's notices, the latest told first: ``until`` if it waits, ``stands``, ``found``."""
    n, s = Notice, ReminderSnooze
    shown = {
        View.UNREAD: and_(n.read_at.is_(None), _STANDS),
        View.WAITING: s.until.is_not(None),
    }
    asked = (
        select(n, s.until, _STANDS.label("stands"), func.count().over().label("found"))
        .outerjoin(s, and_(postponed.told_before(), s.until > today))
        .where(n.user_id == user_id, _within_reach())
        .order_by(n.told_on.desc(), n.due_on, n.label, n.id)
        .limit(limit)
        .offset(offset)
    )
    if (wanted := shown.get(choice.view)) is not None:
        asked = asked.where(wanted)
    if choice.kind is not None:
        asked = asked.where(
            n.subject.in_([s for s, kind in KIND_OF.items() if kind is choice.kind])
        )
    return db.session.execute(asked).all()


def notice(actor: Actor, notice_id: uuid.UUID) -> Notice:
    """One of her own, as far as she reaches.  Raises :class:`NotFound`."""
    n = Notice
    hers = n.user_id == actor.user_id
    found: Notice | None = db.session.scalar(
        select(n).where(n.id == notice_id, hers, _within_reach())
    )
    if found is None:
        raise NotFound
    return found


def forget(user_id: uuid.UUID) -> None:
    """What she was told here by an access that she has no more."""
    n = Notice
    db.session.execute(
        delete(n)
        .where(n.tenant_id == current_tenant_id(), n.user_id == user_id)
        .execution_options(synchronize_session=False)
    )


def _within_reach() -> ColumnElement[bool]:
    """What is of no place in particular, or of one that the present scope reaches."""
    if current_scope().reach is Reach.TENANT:
        return true()
    return or_(Notice.place_id.is_(None), Notice.place_id.in_(select(Establishment.id)))


def mark(actor: Actor, ids: Collection[uuid.UUID] | None, *, read: bool, at: datetime) -> int:
    """Say that these were read, or not; ``None``: all of hers.  Returns how many changed."""
    n = Notice
    wanted = n.read_at.is_(None) if read else n.read_at.is_not(None)
    asked = update(n).where(n.user_id == actor.user_id, wanted)
    if ids is not None:
        asked = asked.where(n.id.in_(ids))
    changed = db.session.execute(
        asked.values(read_at=at if read else None)
        .returning(n.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(changed)


def put_off(
    user_id: uuid.UUID, subject: Subject, subject_id: uuid.UUID, *, until: date, today: date,
    at: datetime,
) -> None:  # fmt: skip
    """Tell her nothing of this before ``until``, whose day tells again.

    Raises :class:`Refused` for a day that is not ahead, or too far.
    """
    if not today < until <= today + LONGEST_WAIT:
        raise Refused(
            "Choose a day from tomorrow on, within %(days)s days.", field="until",
            days=LONGEST_WAIT.days,
        )  # fmt: skip
    take_up(user_id, subject, subject_id)
    db.session.add(
        ReminderSnooze(user_id=user_id, subject=subject, subject_id=subject_id, until=until)
    )
    db.session.flush()
    _mark_of(user_id, subject, subject_id, read_at=at)


def take_up(user_id: uuid.UUID, subject: Subject, subject_id: uuid.UUID) -> None:
    """Tell her of it again as the rules have it, as if she had never put it off."""
    s = ReminderSnooze
    gone = db.session.execute(
        delete(s)
        .where(
            s.tenant_id == current_tenant_id(),
            s.user_id == user_id, s.subject == subject, s.subject_id == subject_id,
        )
        .returning(s.id)
        .execution_options(synchronize_session=False)
    ).all()  # fmt: skip
    if gone:
        _mark_of(user_id, subject, subject_id, read_at=None)


def _mark_of(
    user_id: uuid.UUID, subject: Subject, subject_id: uuid.UUID, *, read_at: datetime | None
) -> None:
    n = Notice
    db.session.execute(
        update(n)
        .where(
            n.user_id == user_id, n.subject == subject, n.subject_id == subject_id,
            n.settled_on.is_(None),
        )
        .values(read_at=read_at)
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def latest(user_id: uuid.UUID, subject: Subject, subject_id: uuid.UUID) -> Notice | None:
    """How it was last called when she was told of it."""
    n = Notice
    return db.session.scalar(
        select(n)
        .where(n.user_id == user_id, n.subject == subject, n.subject_id == subject_id)
        .order_by(n.told_on.desc(), n.due_on.desc())
        .limit(1)
    )
