"""Reminders given, the messages that carried them, and how a tenant and a person want them."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.kit.returned import Fault
from portal.reminders.kinds import LONGEST_GAP, Kind, Rung, Subject
from portal.reminders.workdays import Calendar, Zone
from tenants.scoping import Record, points_to


class MailState(StrEnum):
    """``unknown``: a worker died while handing it to the server; a reminder is not sent twice."""

    READY = "ready"
    SENT = "sent"
    UNKNOWN = "unknown"


class Mail(Record):
    """A message composed, and whether it left.

    ``day``: the one whose reminders it tells; ``weekly``: whether it tells the week as well.
    """

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("tenant_id", "message_id"),
        Index("ix_mail_recent", "tenant_id", "user_id", "created_at"),
        Index("ix_mail_unsure", "tenant_id", postgresql_where=text("state = 'unknown'")),
        Index("ix_mail_waiting", "tenant_id", "day", postgresql_where=text("state = 'ready'")),
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
    day: Mapped[date] = mapped_column(server_default=func.current_date())
    weekly: Mapped[bool] = mapped_column(default=False, server_default=false())


class Reminder(Record):
    """One thing told to one person at one step of its rules, never twice."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "user_id", "subject", "subject_id", "requirement_code", "due_on", "stage"
        ),
        Index("ix_reminder_mail", "tenant_id", "mail_id"),
    )

    user_id: Mapped[uuid.UUID]
    subject: Mapped[Subject]
    subject_id: Mapped[uuid.UUID]
    requirement_code: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date]
    #: Days before the due date; negative ones come after it.
    stage: Mapped[int]
    mail_id: Mapped[uuid.UUID]


class ReminderRule(Record):
    """When a tenant reminds; without a row, as ``queries.rule`` says.

    Nobody is written to before ``opens_at`` by her own clock, else that of ``zone``.
    ``weekly_on``: the weekday of the fleet's week, 0 for Monday; ``None``: it is not told.  Its
    ``id`` is the tenant's, so that there is one.
    """

    __tablename__ = "reminder_rule"
    __table_args__ = (CheckConstraint("weekly_on BETWEEN 0 AND 4", name="weekly_on"),)

    calendar: Mapped[Calendar]
    opens_at: Mapped[time] = mapped_column(default=time(6, 30), server_default="06:30")
    zone: Mapped[Zone] = mapped_column(default=Zone.PARIS, server_default=Zone.PARIS.value)
    weekly_on: Mapped[int | None] = mapped_column(SmallInteger)


class ReminderKindRule(Record):
    """How a tenant tells one kind; without a row, as ``kinds.DEFAULTS`` says.

    ``steps`` and the gaps of the rungs are those of ``kinds.KindRules``.
    """

    __tablename__ = "reminder_kind_rule"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind"),
        *(
            CheckConstraint(f"{rung} BETWEEN 0 AND {LONGEST_GAP}", name=f"{rung}_gap")
            for rung in Rung
        ),
    )

    kind: Mapped[Kind]
    steps: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    technician: Mapped[int | None]
    manager: Mapped[int | None]
    owner: Mapped[int | None]
    establishment: Mapped[int | None]


class ReminderChoice(Record):
    """A kind of reminder that a person wants no more of, in this tenant."""

    __tablename__ = "reminder_choice"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id", "kind"),)

    user_id: Mapped[uuid.UUID]
    kind: Mapped[Kind]


class ReminderClock(Record):
    """By whose clock a person lives, where it is not the tenant's."""

    __tablename__ = "reminder_clock"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id"),)

    user_id: Mapped[uuid.UUID]
    zone: Mapped[Zone]


class ReminderSnooze(Record):
    """A subject that a person wants to hear nothing of before ``until``, whose day tells again."""

    __tablename__ = "reminder_snooze"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id", "subject", "subject_id"),)

    user_id: Mapped[uuid.UUID]
    subject: Mapped[Subject]
    subject_id: Mapped[uuid.UUID]
    until: Mapped[date]


class Notice(Record):
    """What a person was told, as she finds it in the portal; told again, it is unread again.

    ``place`` and ``place_id``: the first of the ``touched`` establishments.
    ``settled_on``: the day on which it was found done, cancelled or moved.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "subject", "subject_id", "due_on"),
        Index("ix_notice_unread", "tenant_id", "user_id", postgresql_where=text("read_at IS NULL")),
    )

    user_id: Mapped[uuid.UUID]
    subject: Mapped[Subject]
    subject_id: Mapped[uuid.UUID]
    due_on: Mapped[date]
    told_on: Mapped[date]
    label: Mapped[str]
    codes: Mapped[Sequence[str]] = mapped_column(ARRAY(Text()))
    touched: Mapped[int]
    place: Mapped[str]
    #: Loose on purpose: what a notice tells of may be gone.
    place_id: Mapped[uuid.UUID | None]
    read_at: Mapped[datetime | None]
    settled_on: Mapped[date | None]


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
