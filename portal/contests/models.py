"""Contests and what is said about them."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.scoping import Record, points_to


class Outcome(StrEnum):
    """How a contest ended: its own people think otherwise, or the provider says otherwise."""

    WITHDRAWN = "withdrawn"
    CHANGED = "changed"


class Side(StrEnum):
    PROVIDER = "provider"
    ESTABLISHMENT = "establishment"


class Contest(Record):
    """What one establishment contests in one question, from its first word to its end.

    ``said`` keeps what was declared of each point when it was contested.  A contest is open as
    long as one of its points is still contested and still said the same.
    """

    __tablename__ = "contest"
    __table_args__ = (
        points_to("establishment"),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed_for_a_reason"),
        Index("ix_contest_place", "tenant_id", "establishment_id"),
        Index("ix_contest_open", "tenant_id", postgresql_where=text("closed_at IS NULL")),
    )

    establishment_id: Mapped[uuid.UUID]
    edition_id: Mapped[str]
    question: Mapped[int] = mapped_column(SmallInteger)
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    said: Mapped[dict[str, str]] = mapped_column(JSONB)
    reason: Mapped[str]
    opened_by_name: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]


class ContestMessage(Record):
    """A word in a contest; said once, never changed."""

    __tablename__ = "contest_message"
    __table_args__ = (
        points_to("establishment"),
        points_to("contest"),
        Index("ix_contest_message_contest", "tenant_id", "contest_id"),
    )

    establishment_id: Mapped[uuid.UUID]
    contest_id: Mapped[uuid.UUID]
    side: Mapped[Side]
    author_name: Mapped[str]
    body: Mapped[str]
    written_at: Mapped[datetime]
