"""Reads over reminders, messages and those they are meant for."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Text, and_, cast, func, select

from portal.kit import clock, locks
from portal.kit.errors import NotFound
from portal.kit.outbox import Outbox
from portal.reminders.items import Key
from portal.reminders.kinds import DEFAULTS, KIND_OF, RUNG_OF, Kind, KindRules, Rung
from portal.reminders.models import (
    Mail,
    MailState,
    MailSuppression,
    Reminder,
    ReminderChoice,
    ReminderClock,
    ReminderKindRule,
    ReminderRule,
)
from portal.reminders.workdays import Calendar, Zone
from tenants import queries as tenancy
from tenants.context import Reach, Scope, current_tenant_id
from tenants.db import AnyRow, db
from tenants.models import Membership, MembershipEstablishment, UserAccount
from tenants.roles import PROVIDER_ROLES, Role
from tenants.scoping import find

SEND: Final = "reminders.send"
#: Early enough for whoever begins her day with it.
OPENS_AT = time(6, 30)


@dataclass(frozen=True)
class Recipient:
    """A person to remind, and the scope in which she sees things.

    ``establishments``: those it reaches, ``None`` for all.
    """

    user_id: uuid.UUID
    name: str
    email: str
    locale: str
    scope: Scope
    establishments: Sequence[uuid.UUID] | None
    role: Role

    @property
    def listed(self) -> bool:
        return self.scope.reach is Reach.LISTED

    @property
    def rung(self) -> Rung:
        return RUNG_OF[self.role]


def recipients(at: datetime) -> Sequence[Recipient]:
    """Whoever can act, by name.  Needs a whole-tenant scope."""
    reached = _reached()
    return [
        _recipient(membership, person, reached.get(membership.id, []))
        for membership, person in tenancy.members(at)
        if _can_act(membership)
    ]


def recipient(user_id: uuid.UUID, at: datetime) -> Recipient | None:
    """One of them; ``None`` when she can no more."""
    row = db.session.execute(
        select(Membership, UserAccount)
        .join(UserAccount, UserAccount.id == Membership.user_id)
        .where(Membership.user_id == user_id, tenancy.valid(at))
    ).first()
    if row is None or not _can_act(row[0]):
        return None
    membership, person = row
    return _recipient(membership, person, tenancy.reached_establishments(membership.id))


def _can_act(membership: Membership) -> bool:
    ours = membership.role in PROVIDER_ROLES
    return membership.role in RUNG_OF and ours == membership.whole_tenant


def _recipient(
    membership: Membership, person: UserAccount, reached: Sequence[uuid.UUID]
) -> Recipient:
    return Recipient(
        person.id,
        person.name,
        person.email,
        person.locale,
        _scope(membership),
        None if membership.whole_tenant else reached,
        membership.role,
    )


def _scope(membership: Membership) -> Scope:
    return Scope(
        tenant_id=membership.tenant_id,
        reach=Reach.TENANT if membership.whole_tenant else Reach.LISTED,
        membership_id=membership.id,
        user_id=membership.user_id,
    )


def _reached() -> dict[uuid.UUID, Sequence[uuid.UUID]]:
    """The establishments of each listed membership."""
    m = MembershipEstablishment
    rows = db.session.execute(
        select(m.membership_id, func.array_agg(m.establishment_id)).group_by(m.membership_id)
    )
    return {row[0]: row[1] for row in rows}


def rule() -> ReminderRule:
    """When the tenant reminds; a row that is not kept where nobody chose anything yet."""
    found = find(ReminderRule, current_tenant_id())
    if found is not None:
        return found
    return ReminderRule(
        id=current_tenant_id(),
        tenant_id=current_tenant_id(),
        calendar=Calendar.FRANCE,
        opens_at=OPENS_AT,
        zone=Zone.PARIS,
        weekly_on=0,
    )


def kind_rules() -> dict[Kind, KindRules]:
    """How the tenant tells each kind that has steps."""
    chosen = {
        row.kind: KindRules(tuple(row.steps), {rung: getattr(row, rung) for rung in Rung})
        for row in db.session.scalars(select(ReminderKindRule))
    }
    return {kind: chosen.get(kind, rules) for kind, rules in DEFAULTS.items()}


def clocks() -> dict[uuid.UUID, Zone]:
    """By person, the clock that she lives by, where she said so."""
    rows = db.session.execute(select(ReminderClock.user_id, ReminderClock.zone))
    return {row[0]: row[1] for row in rows}


def declined() -> dict[uuid.UUID, set[Kind]]:
    """By person, the kinds she wants no more of."""
    found: dict[uuid.UUID, set[Kind]] = {}
    for user_id, kind in db.session.execute(select(ReminderChoice.user_id, ReminderChoice.kind)):
        found.setdefault(user_id, set()).add(kind)
    return found


def kinds_in(mail_id: uuid.UUID) -> list[Kind]:
    """What a message reminds of."""
    told = select(Reminder.subject).where(Reminder.mail_id == mail_id).distinct()
    found = {KIND_OF[subject] for subject in db.session.scalars(told)}
    weekly = db.session.scalar(select(Mail.weekly).where(Mail.id == mail_id))
    return sorted(found | ({Kind.WEEKLY} if weekly else set()))


def keys_in(mail_id: uuid.UUID) -> list[Key]:
    """The reminders that a message gives."""
    r = Reminder
    rows = db.session.execute(
        select(r.subject, r.subject_id, r.requirement_code, r.due_on, r.stage).where(
            r.mail_id == mail_id
        )
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def wait_for_turn() -> None:
    """One planning at a time for each tenant, until the transaction ends."""
    locks.take(locks.REMINDERS, current_tenant_id())


def told(since: date, *, today: date) -> dict[uuid.UUID, set[Key]]:
    """By person, the reminders given about what lapsed or lapses from ``since`` on.

    Those that wait in a message of a former day are not given: the next message takes them over.
    """
    r, m = Reminder, Mail
    held_up = (
        select(m.id).where(m.tenant_id == r.tenant_id, m.id == r.mail_id, _held_up(today)).exists()
    )
    rows = db.session.execute(
        select(r.user_id, r.subject, r.subject_id, r.requirement_code, r.due_on, r.stage).where(
            r.due_on >= since, ~held_up
        )
    )
    found: dict[uuid.UUID, set[Key]] = {}
    for user_id, subject, subject_id, code, due_on, days in rows:
        found.setdefault(user_id, set()).add((subject, subject_id, code, due_on, days))
    return found


def _held_up(today: date) -> ColumnElement[bool]:
    return and_(Mail.state == MailState.READY, Mail.day < today, ~_leaves_since(today))


def _leaves_since(today: date) -> ColumnElement[bool]:
    """Whether its hour comes today, or later: by a western clock its own day is not over yet."""
    o = Outbox
    return (
        select(o.id)
        .where(
            o.tenant_id == Mail.tenant_id, o.kind == SEND, o.dedup_key == cast(Mail.id, Text),
            o.fence == 0, o.run_at >= clock.end_of(today - timedelta(days=1)),
        )
        .exists()
    )  # fmt: skip


def held_up(today: date) -> Sequence[uuid.UUID]:
    """The messages of former days that have not left."""
    return db.session.scalars(select(Mail.id).where(_held_up(today))).all()


def weeks_told(since: date, *, today: date) -> dict[uuid.UUID, date]:
    """By person, the last day from ``since`` on whose message told the fleet's week."""
    m = Mail
    rows = db.session.execute(
        select(m.user_id, func.max(m.day))
        .where(m.weekly, m.day >= since, ~_held_up(today))
        .group_by(m.user_id)
    )
    return {row[0]: row[1] for row in rows}


def written_on(day: date) -> frozenset[uuid.UUID]:
    """The messages of that day, by their ids, which follow from person and day."""
    return frozenset(db.session.scalars(select(Mail.id).where(Mail.day == day)))


def mail(mail_id: uuid.UUID) -> Mail:
    """A message in reach.  Raises :class:`NotFound`."""
    if (found := find(Mail, mail_id)) is None:
        raise NotFound
    return found


def waiting(mail_id: uuid.UUID) -> Mail | None:
    """A message that has not left."""
    asked = select(Mail).where(Mail.id == mail_id, Mail.state == MailState.READY)
    return db.session.scalar(asked)


def is_suppressed(address: str) -> bool:
    """Whether messages to it came back for good."""
    asked = select(MailSuppression.id).where(MailSuppression.address == address.lower())
    return db.session.scalar(asked) is not None


def mail_count() -> int:
    return db.session.scalar(select(func.count()).select_from(Mail)) or 0


def mails(*, limit: int, offset: int) -> Sequence[AnyRow]:
    """The messages in reach, latest first."""
    m = Mail
    return db.session.execute(
        select(m.id, m.subject, m.to_name, m.to_address, m.state, m.sent_at, m.created_at)
        .order_by(m.created_at.desc(), m.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
