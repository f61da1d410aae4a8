"""Reminders given and the messages that carried them."""

import uuid
from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.kit.returned import Fault
from portal.reminders.workdays import Calendar, Zone
from tenants.scoping import Record, points_to


class Subject(StrEnum):
    """What a reminder is about: a proof that lapses, or a review that falls due."""

    EVIDENCE = "evidence"
    STATEMENT_REVIEW = "statement_review"
    REQUIREMENT_REVIEW = "requirement_review"


class Kind(StrEnum):
    """What a person may do without being told of."""

    PROOF = "proof"
    REVIEW = "review"


def kind_of(subject: Subject) -> Kind:
    return Kind.PROOF if subject is Subject.EVIDENCE else Kind.REVIEW


class MailState(StrEnum):
    """``unknown``: a worker died while handing it to the server; a reminder is not sent twice."""

    READY = "ready"
    SENT = "sent"
    UNKNOWN = "unknown"


class Mail(Record):
    """A message composed, and whether it left."""

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("tenant_id", "message_id"),
        Index("ix_mail_recent", "tenant_id", "user_id", "created_at"),
        Index("ix_mail_unsure", "tenant_id", postgresql_where=text("state = 'unknown'")),
    )

    user_id: Mapped[uuid.UUID]
    to_address: Mapped[str]
    to_name: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    message_id: Mapped[str]
    state: Mapped[MailState]
    sent_at: Mapped[datetime | None]


class Reminder(Record):
    """One thing told to one person at one stage (30, 7 or 0 days before), never twice."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "user_id", "subject", "subject_id", "requirement_code", "due_on", "stage"
        ),
    )

    user_id: Mapped[uuid.UUID]
    subject: Mapped[Subject]
    subject_id: Mapped[uuid.UUID]
    requirement_code: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date]
    #: Days before the due date: 30, 7 or 0.
    stage: Mapped[int]
    mail_id: Mapped[uuid.UUID]


class ReminderRule(Record):
    """How a tenant reminds; without a row, as ``queries.rule`` says.

    ``technician``, ``manager``, ``owner`` and ``establishment``: from how many days before the due
    date people of that role are told (30, 7 or 0), never when ``None``.  Nobody is
    written to before ``opens_at`` by the clock of ``zone``.  Its ``id`` is the tenant's, so that
    there is one.
    """

    __tablename__ = "reminder_rule"
    __table_args__ = tuple(
        CheckConstraint(f"{role} IN (30, 7, 0)", name=f"{role}_stage")
        for role in ("technician", "manager", "owner", "establishment")
    )

    calendar: Mapped[Calendar]
    technician: Mapped[int | None]
    manager: Mapped[int | None]
    owner: Mapped[int | None]
    establishment: Mapped[int | None]
    opens_at: Mapped[time] = mapped_column(default=time(6, 30), server_default="06:30")
    zone: Mapped[Zone] = mapped_column(default=Zone.PARIS, server_default=Zone.PARIS.value)


class ReminderChoice(Record):
    """A kind of reminder that a person wants no more of, in this tenant."""

    __tablename__ = "reminder_choice"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id", "kind"),)

    user_id: Mapped[uuid.UUID]
    kind: Mapped[Kind]


class MailReturn(Record):
    """A message that came back, or was complained of; told twice, it is one."""

    __tablename__ = "mail_return"
    __table_args__ = (
        points_to("mail", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "mail_id", "address", "kind"),
        Index("ix_mail_return_address", "tenant_id", "address", "created_at"),
    )

    mail_id: Mapped[uuid.UUID]
    address: Mapped[str]
    kind: Mapped[Fault]
    detail: Mapped[str]


class MailSuppression(Record):
    """An address that the tenant's reminders are no more sent to, until somebody lifts it."""

    __tablename__ = "mail_suppression"
    __table_args__ = (UniqueConstraint("tenant_id", "address"),)

    address: Mapped[str]
    reason: Mapped[Fault]
    detail: Mapped[str]
