"""Telling people once, and sending what was written at most once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update

from portal.audit import service as audit
from portal.kit import outbox
from portal.reminders import queries, stages
from portal.reminders.lapsing import Item
from portal.reminders.models import Mail, MailState, Reminder
from portal.reminders.queries import Key, Recipient
from tenants import queries as tenancy
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
class Letter:
    """A message in words."""

    subject: str
    text: str
    html: str


def due(shares: Sequence[tuple[Recipient, Sequence[Item]]], today: date) -> list[Digest]:
    """What each person is to be told on ``today`` and was not told yet; nobody twice a day.

    The rows stay ours until the transaction ends: of two who plan at once the second waits, and
    then finds nothing left.
    """
    queries.wait_for_turn()
    told = queries.told(today - stages.BEHIND)
    digests = [_digest(person, found, told.get(person.user_id, set()), today)
               for person, found in shares]  # fmt: skip
    written = queries.written([digest.mail_id for digest in digests])
    return [digest for digest in digests if digest.items and digest.mail_id not in written]


def _digest(person: Recipient, found: Sequence[Item], told: set[Key], today: date) -> Digest:
    fresh: list[Item] = []
    keys: list[Key] = []
    for item in found:
        stage = stages.stage(item.due_on, today)
        if stage is None:
            continue
        wanted = [(item.subject, item.subject_id, code, item.due_on, stage) for code in item.keys]
        missing = [key for key in wanted if key not in told]
        if missing:
            fresh.append(item)
            keys += missing
    mail_id = uuid.uuid5(current_tenant_id(), f"{person.user_id} {today}")
    return Digest(person, mail_id, fresh, keys)


def write(digest: Digest, letter: Letter, *, host: str, send_at: datetime) -> None:
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
            message_id=f"<{digest.mail_id}@{host}>",
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


def take(mail_id: uuid.UUID, *, at: datetime) -> Mail | None:
    """The message to hand to the server, now marked ``unknown``; ``None`` when there is none.

    The caller commits before it hands it over, so that whatever happens next nobody sends it
    again.  A message whose reader has lost her access is dropped.
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
    if not tenancy.may_enter(taken.user_id, taken.tenant_id, at):
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
