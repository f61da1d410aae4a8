"""Telling people once, and sending what was written at most once."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import delete, update

from portal.audit import service as audit
from portal.kit import outbox
from portal.reminders import queries, stages
from portal.reminders.lapsing import Item
from portal.reminders.models import (
    Kind,
    Mail,
    MailState,
    Reminder,
    ReminderChoice,
    ReminderRule,
    kind_of,
)
from portal.reminders.queries import Key, Recipient
from portal.reminders.workdays import Calendar, Zone
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db

SEND = "reminders.send"


@dataclass(frozen=True)
class Digest:
    """What one person is told on one day.  ``mail_id`` follows from the two."""

    person: Recipient
    mail_id: uuid.UUID
    items: Sequence[Item]
    keys: Sequence[Key]


@dataclass(frozen=True)
class Wishes:
    """From which stage somebody is told, and of which kinds she is not."""

    first: int | None
    declined: Collection[Kind]

    def include(self, item: Item, on: date) -> bool:
        left = (item.due_on - on).days
        return (
            self.first is not None
            and left <= self.first
            and kind_of(item.subject) not in self.declined
        )


@dataclass(frozen=True)
class Letter:
    """A message in words."""

    subject: str
    text: str
    html: str


def due(
    shares: Sequence[tuple[Recipient, Sequence[Item]]], today: date, *, until: date | None = None
) -> list[Digest]:
    """What each person is to be told on ``today`` and was not told yet; nobody twice a day.

    ``until``: the last day before the next message may leave; what would be told by then is told
    today.  Left out: who is told later by the tenant's rule, and what she wants no more of.

    The rows stay ours until the transaction ends: of two who plan at once the second waits, and
    then finds nothing left.
    """
    queries.wait_for_turn()
    told = queries.told(today - stages.BEHIND)
    rule, declined = queries.rule(), queries.declined()
    digests = []
    for person, found in shares:
        hers = Wishes(queries.told_from(rule, person.role), declined.get(person.user_id, set()))
        known = told.get(person.user_id, set())
        digests.append(_digest(person, [i for i in found if hers.include(i, until or today)],
                               known, today, until or today))  # fmt: skip
    written = queries.written([digest.mail_id for digest in digests])
    return [digest for digest in digests if digest.items and digest.mail_id not in written]


def _digest(
    person: Recipient, found: Sequence[Item], told: set[Key], today: date, until: date
) -> Digest:
    fresh: list[Item] = []
    keys: list[Key] = []
    for item in found:
        stage = stages.stage(item.due_on, until)
        if stage is None:
            continue
        wanted = [(item.subject, item.subject_id, code, item.due_on, stage) for code in item.keys]
        missing = [key for key in wanted if key not in told]
        if missing:
            fresh.append(item)
            keys += missing
    mail_id = uuid.uuid5(current_tenant_id(), f"{person.user_id} {today}")
    return Digest(person, mail_id, fresh, keys)


def write(digest: Digest, letter: Letter, *, message_id: str, send_at: datetime) -> None:
    """Keep the message, remember what it tells, promise to send it."""
    db.session.add(
        Mail(
            id=digest.mail_id,
            user_id=digest.person.user_id,
            to_address=digest.person.email,
            to_name=digest.person.name,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            message_id=message_id,
            state=MailState.READY,
        )
    )
    db.session.add_all(
        Reminder(
            user_id=digest.person.user_id,
            subject=subject,
            subject_id=subject_id,
            requirement_code=code,
            due_on=due_on,
            stage=stage,
            mail_id=digest.mail_id,
        )
        for subject, subject_id, code, due_on, stage in digest.keys
    )
    db.session.flush()
    outbox.promise(
        SEND, key=str(digest.mail_id), payload={"mail_id": str(digest.mail_id)}, run_at=send_at
    )


def set_rule(
    actor: Actor,
    *,
    calendar: Calendar,
    stages_by_role: Mapping[str, int | None],
    zone: Zone = Zone.PARIS,
    opens_at: time = queries.OPENS_AT,
) -> ReminderRule:
    """Say how the tenant reminds.  ``stages_by_role``: the four roles of :class:`ReminderRule`."""
    rule = db.session.merge(queries.rule())
    rule.calendar, rule.zone, rule.opens_at = calendar, zone, opens_at
    for role, first in stages_by_role.items():
        setattr(rule, role, first)
    db.session.flush()
    audit.record(
        actor, "reminder.rule_changed", subject="tenant", subject_id=actor.tenant_id,
        calendar=calendar.value, zone=zone.value, opens_at=f"{opens_at:%H:%M}",
        stages=dict(stages_by_role),
    )  # fmt: skip
    return rule


def decline(user_id: uuid.UUID, kinds: Collection[Kind]) -> None:
    """Tell a person of these kinds no more; saying so twice changes nothing."""
    known = queries.declined().get(user_id, set())
    fresh = sorted(set(kinds) - known)
    db.session.add_all(ReminderChoice(user_id=user_id, kind=kind) for kind in fresh)
    db.session.flush()


def choose(user_id: uuid.UUID, *, wanted: Collection[Kind]) -> None:
    """Tell a person of these kinds, and of no other."""
    mine = ReminderChoice.user_id == user_id
    db.session.execute(
        delete(ReminderChoice)
        .where(mine, ReminderChoice.kind.in_(wanted))
        .execution_options(synchronize_session=False)
    )
    decline(user_id, set(Kind) - set(wanted))


def take(mail_id: uuid.UUID, *, at: datetime) -> Mail | None:
    """The message to hand to the server, now marked ``unknown``; ``None`` when there is none.

    The caller commits before it hands it over, so that whatever happens next nobody sends it
    again.  A message whose reader has lost her access is dropped, and one to an address that
    messages come back from.
    """
    taken: Mail | None = db.session.scalar(
        update(Mail)
        .where(Mail.id == mail_id, Mail.state == MailState.READY)
        .values(state=MailState.UNKNOWN)
        .returning(Mail)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        return None
    if queries.is_suppressed(taken.to_address) or not tenancy.may_enter(
        taken.user_id, taken.tenant_id, at
    ):
        db.session.delete(taken)
        db.session.flush()
        return None
    return taken


def give_back(mail_id: uuid.UUID) -> None:
    """The server did not take the message: it may be tried again."""
    queries.mail(mail_id).state = MailState.READY
    db.session.flush()


def note_sent(mail_id: uuid.UUID, *, at: datetime) -> None:
    mail = queries.mail(mail_id)
    mail.state, mail.sent_at = MailState.SENT, at
    db.session.flush()
    audit.record(
        None, "reminder.sent", subject="mail", subject_id=mail.id, to=mail.to_name,
        words=mail.subject,
    )  # fmt: skip
