"""Self-assessments and their answers."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.scoping import Record, points_to


class Answer(StrEnum):
    """A level of the guide's scale, or why there is none."""

    LEVEL = "level"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Assessment(Record):
    """One self-assessment of one establishment: a draft that its people share, then a date.

    Those of one campaign share a ``campaign_id`` and a day by which they are hoped for.
    """

    __tablename__ = "self_assessment"
    __table_args__ = (
        points_to("establishment"),
        Index(
            "ix_self_assessment_draft", "tenant_id", "establishment_id", unique=True,
            postgresql_where=text("submitted_at IS NULL"),
        ),
    )  # fmt: skip

    establishment_id: Mapped[uuid.UUID]
    edition_id: Mapped[str]
    campaign_id: Mapped[uuid.UUID | None]
    opened_by_name: Mapped[str]
    due_on: Mapped[date | None]
    submitted_at: Mapped[datetime | None]
    submitted_by_name: Mapped[str | None]


class AssessmentAnswer(Record):
    """What the house answers to one of the thirteen."""

    __tablename__ = "self_answer"
    __table_args__ = (
        points_to("establishment"),
        points_to("self_assessment", "assessment_id"),
        UniqueConstraint("tenant_id", "assessment_id", "question"),
        CheckConstraint("(answer = 'level') = (level IS NOT NULL)", name="a_level_has_one"),
        CheckConstraint("level BETWEEN 0 AND 4", name="level_on_the_scale"),
        CheckConstraint("answer <> 'not_applicable' OR note <> ''", name="a_reason_is_given"),
    )

    establishment_id: Mapped[uuid.UUID]
    assessment_id: Mapped[uuid.UUID]
    question: Mapped[int] = mapped_column(SmallInteger)
    answer: Mapped[Answer]
    level: Mapped[int | None] = mapped_column(SmallInteger)
    note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    answered_by_name: Mapped[str]
