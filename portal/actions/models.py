"""Actions: one thing to do at one establishment."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.contests.models import Side
from tenants.scoping import Record, points_to


class State(StrEnum):
    TODO = "todo"
    DOING = "doing"
    DONE = "done"
    DROPPED = "dropped"


#: The states in which something is left to do.
LIVE = (State.TODO, State.DOING)


class Priority(StrEnum):
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Effort(StrEnum):
    """How much work it takes, roughly."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


class Origin(StrEnum):
    """What called for it."""

    HAND = "hand"
    GAP = "gap"
    CONTEST = "contest"
    FINDING = "finding"
    REQUEST = "request"
    #: Left open in the record that another provider kept.
    PRIOR = "prior"


class Action(Record):
    """One thing to do.  A gap calls for one live action at most, every other source for one."""

    __tablename__ = "action"
    __table_args__ = (
        points_to("establishment"),
        Index("ix_action_due", "tenant_id", "state", "due_on"),
        Index("ix_action_establishment", "tenant_id", "establishment_id", "state"),
        Index(
            "uq_action_live",
            "tenant_id",
            "establishment_id",
            "requirement_code",
            unique=True,
            postgresql_where=text("origin = 'gap' AND state IN ('todo', 'doing')"),
        ),
        Index(
            "uq_action_source",
            "tenant_id",
            "source_id",
            unique=True,
            postgresql_where=text("source_id IS NOT NULL"),
        ),
        CheckConstraint(
            "(closed_at IS NOT NULL) = (state IN ('done', 'dropped'))", name="closed_is_dated"
        ),
    )

    establishment_id: Mapped[uuid.UUID]
    requirement_code: Mapped[str | None]
    #: Of the guide, 1 to 13; ``None`` for what no question asks.
    question: Mapped[int | None] = mapped_column(SmallInteger)
    title: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    side: Mapped[Side]
    #: A person of that side; ``None`` for whoever takes it.
    owner_id: Mapped[uuid.UUID | None]
    owner_name: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date | None]
    priority: Mapped[Priority] = mapped_column(default=Priority.NORMAL)
    effort: Mapped[Effort | None]
    state: Mapped[State] = mapped_column(default=State.TODO)
    origin: Mapped[Origin] = mapped_column(default=Origin.HAND)
    #: The contest, the finding, the request, or the action of a prior record.
    source_id: Mapped[uuid.UUID | None]
    opened_by_name: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by_name: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
