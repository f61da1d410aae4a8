"""Telling people once, and sending what was written at most once."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from portal.audit import service as audit
from portal.kit import outbox
from portal.reminders import queries
from portal.reminders.drafting import Digest
from portal.reminders.kinds import Kind
from portal.reminders.models import Mail, MailState, Reminder, ReminderChoice
from tenants import queries as tenancy
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id

SEND: Final = queries.SEND


@dataclass(frozen=True)
class Letter:
    """A message in words."""

    subject: str
    text: str
    html: str


def write(
    digest: Digest, letter: Letter, *, message_id: str, send_at: datetime, day: date | None = None
) -> None:
    """Keep the message, remember what it tells, promise to send it.  ``day``: the present one."""
    kept = {} if day is None else {"day": day}
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
            weekly=digest.weekly,
            **kept,
        )
    )
    db.session.add_all(
        Reminder(
            user_id=digest.person.user_id,
            subject=subject,
            subject_id=subject_id,
            requirement_code=code,
            due_on=due_on,
            stage=step,
            mail_id=digest.mail_id,
        )
        for subject, subject_id, code, due_on, step in digest.keys
    )
    db.session.flush()
    outbox.promise(
        SEND,
        key=str(digest.mail_id),
        payload={"mail_id": str(digest.mail_id)},
        run_at=send_at,
        # A thousand of them leave in the morning: nobody who waits before a screen waits for them.
        queue=outbox.Queue.BULK,
    )


def take_over(mail_ids: Collection[uuid.UUID]) -> None:
    """Take back messages that have not left, as if they had never been written."""
    gone = db.session.scalars(
        delete(Mail)
        .where(
            Mail.tenant_id == current_tenant_id(),
            Mail.id.in_(mail_ids),
            Mail.state == MailState.READY,
        )
        .returning(Mail.id)
        .execution_options(synchronize_session=False)
    ).all()
    forget(Reminder.mail_id.in_(gone))


def forget(which: ColumnElement[bool]) -> None:
    """Reminders that were not given after all: they may be given another day."""
    db.session.execute(
        delete(Reminder)
        .where(Reminder.tenant_id == current_tenant_id(), which)
        .execution_options(synchronize_session=False)
    )


def rewrite(digest: Digest, letter: Letter) -> None:
    """Tell in a message that has not left what is still true, and that alone."""
    db.session.execute(
        update(Mail)
        .where(Mail.id == digest.mail_id, Mail.state == MailState.READY)
        .values(subject=letter.subject, text=letter.text, html=letter.html, weekly=digest.weekly)
        .execution_options(synchronize_session=False)
    )
    r = Reminder
    told = tuple_(r.subject, r.subject_id, r.requirement_code, r.due_on, r.stage)
    forget(and_(r.mail_id == digest.mail_id, told.not_in(digest.keys)))


def readdress(mail_id: uuid.UUID, *, name: str, email: str) -> None:
    """Have a message that has not left go where its reader is written to now."""
    db.session.execute(
        update(Mail)
        .where(Mail.id == mail_id, Mail.state == MailState.READY)
        .values(to_name=name, to_address=email)
        .execution_options(synchronize_session=False)
    )


def decline(user_id: uuid.UUID, kinds: Collection[Kind]) -> None:
    """Tell a person of these kinds no more; saying so twice changes nothing."""
    rows = [
        {"tenant_id": current_tenant_id(), "id": new_id(), "user_id": user_id, "kind": kind}
        for kind in sorted(kinds)
    ]
    if rows:
        # A mail reader's button and its owner may press at once.
        db.session.execute(insert(ReminderChoice).on_conflict_do_nothing(), rows)


def choose(user_id: uuid.UUID, *, wanted: Collection[Kind], offered: Collection[Kind]) -> None:
    """Tell a person of these kinds, and of no other of those that she was offered."""
    mine = ReminderChoice.user_id == user_id
    db.session.execute(
        delete(ReminderChoice)
        .where(mine, ReminderChoice.kind.in_(wanted))
        .execution_options(synchronize_session=False)
    )
    decline(user_id, set(offered) - set(wanted))


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
