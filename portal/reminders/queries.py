"""Reads over reminders, messages and those they are meant for."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeAlias

from sqlalchemy import func, select, text

from portal.kit.errors import NotFound
from portal.reminders.models import (
    Kind,
    Mail,
    MailSuppression,
    Reminder,
    ReminderChoice,
    ReminderRule,
    Subject,
    kind_of,
)
from portal.reminders.stages import STAGES
from portal.reminders.workdays import Calendar, Zone
from tenants import queries as tenancy
from tenants.context import Reach, Scope, current_tenant_id
from tenants.db import AnyRow, db
from tenants.models import Membership, MembershipEstablishment
from tenants.roles import Role
from tenants.scoping import find

#: Who can act on what lapses.  Billing and auditors are left in peace.
PROVIDER_SIDE = frozenset({Role.OWNER, Role.MANAGER, Role.TECHNICIAN})
ESTABLISHMENT_SIDE = frozenset({Role.DIRECTOR, Role.MEMBER})

#: Early enough for whoever begins her day with it.
OPENS_AT = time(6, 30)
#: What a reminder is about: subject, its id, requirement (or empty), due date, stage.
Key: TypeAlias = tuple[Subject, uuid.UUID, str, date, int]

_TURN = text("SELECT pg_advisory_xact_lock(:reminders, hashtext(:tenant))")
_REMINDERS = 13_131_314


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


def recipients(at: datetime) -> Sequence[Recipient]:
    """Whoever can act, by name.  Needs a whole-tenant scope."""
    reached = _reached()
    return [
        Recipient(
            person.id,
            person.name,
            person.email,
            person.locale,
            _scope(membership),
            None if membership.whole_tenant else reached.get(membership.id, []),
            membership.role,
        )
        for membership, person in tenancy.members(at)
        if membership.role in (PROVIDER_SIDE if membership.whole_tenant else ESTABLISHMENT_SIDE)
    ]


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
    """How the tenant reminds; a row that is not kept where nobody chose anything yet."""
    found = find(ReminderRule, current_tenant_id())
    if found is not None:
        return found
    stages = dict.fromkeys(("technician", "manager", "owner", "establishment"), max(STAGES))
    return ReminderRule(
        id=current_tenant_id(),
        tenant_id=current_tenant_id(),
        calendar=Calendar.FRANCE,
        opens_at=OPENS_AT,
        zone=Zone.PARIS,
        **stages,
    )


def told_from(rule: ReminderRule, role: Role) -> int | None:
    """From how many days before a due date this role is told; ``None``: never."""
    by_role = {
        Role.TECHNICIAN: rule.technician,
        Role.MANAGER: rule.manager,
        Role.OWNER: rule.owner,
        Role.DIRECTOR: rule.establishment,
        Role.MEMBER: rule.establishment,
    }
    return by_role.get(role)


def declined() -> dict[uuid.UUID, set[Kind]]:
    """By person, the kinds she wants no more of."""
    found: dict[uuid.UUID, set[Kind]] = {}
    for user_id, kind in db.session.execute(select(ReminderChoice.user_id, ReminderChoice.kind)):
        found.setdefault(user_id, set()).add(kind)
    return found


def kinds_in(mail_id: uuid.UUID) -> list[Kind]:
    """What a message reminds of."""
    told = select(Reminder.subject).where(Reminder.mail_id == mail_id).distinct()
    return sorted({kind_of(subject) for subject in db.session.scalars(told)})


def wait_for_turn() -> None:
    """One planning at a time for each tenant, until the transaction ends."""
    db.session.execute(_TURN, {"reminders": _REMINDERS, "tenant": str(current_tenant_id())})


def told(since: date) -> dict[uuid.UUID, set[Key]]:
    """By person, the reminders given about what lapsed or lapses from ``since`` on."""
    r = Reminder
    rows = db.session.execute(
        select(r.user_id, r.subject, r.subject_id, r.requirement_code, r.due_on, r.stage).where(
            r.due_on >= since
        )
    )
    found: dict[uuid.UUID, set[Key]] = {}
    for user_id, subject, subject_id, code, due_on, days in rows:
        found.setdefault(user_id, set()).add((subject, subject_id, code, due_on, days))
    return found


def written(mail_ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those of these messages that exist already."""
    return frozenset(db.session.scalars(select(Mail.id).where(Mail.id.in_(mail_ids))))


def mail(mail_id: uuid.UUID) -> Mail:
    """A message in reach.  Raises :class:`NotFound`."""
    if (found := find(Mail, mail_id)) is None:
        raise NotFound
    return found


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
