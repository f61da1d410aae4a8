"""Reminders given and the messages that carried them."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.scoping import Record


class Subject(StrEnum):
    """What a reminder is about: a proof that lapses, or a review that falls due."""

    EVIDENCE = "evidence"
    STATEMENT_REVIEW = "statement_review"
    REQUIREMENT_REVIEW = "requirement_review"


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
