"""Statements, tracked requirements and scorecards."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, Index, SmallInteger, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.audit.models import Undoable
from portal.contracts.models import Bearer, requirement_key
from tenants.db import Model
from tenants.scoping import Record, TenantScoped, points_to


class Status(StrEnum):
    """OSCAL's words for the state of an implementation, and the absence of an answer."""

    UNKNOWN = "unknown"
    PLANNED = "planned"
    PARTIAL = "partial"
    IMPLEMENTED = "implemented"
    ALTERNATIVE = "alternative"
    NOT_APPLICABLE = "not_applicable"


class Origin(StrEnum):
    """Where a tracked state comes from."""

    NONE = "none"
    STATEMENT = "statement"
    OWN = "own"


class Verdict(StrEnum):
    NONE = "none"
    RECOGNISED = "recognised"
    CONTESTED = "contested"


class Statement(Record):
    """The provider's word on one requirement for one offering; its clients inherit it."""

    __tablename__ = "statement"
    __table_args__ = (
        points_to("offering"),
        requirement_key(),
        UniqueConstraint("tenant_id", "offering_id", "edition_id", "requirement_code"),
        Index("ix_statement_requirement", "tenant_id", "edition_id", "requirement_code"),
    )

    offering_id: Mapped[uuid.UUID]
    edition_id: Mapped[str]
    requirement_code: Mapped[str]
    status: Mapped[Status]
    text: Mapped[str] = mapped_column(default="")
    reviewed_on: Mapped[date]
    changed_by_name: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class TrackedRequirement(TenantScoped, Model):
    """The effective state of one requirement at one establishment, inherited or its own.

    ``proven`` and ``recognised`` are kept, not computed on reading: a proven row has a value, a
    valid proof and a review not overdue; a recognised one is proven and recognised by its people.
    """

    __tablename__ = "tracked_requirement"
    __table_args__ = (
        points_to("establishment"),
        points_to("offering"),
        requirement_key(),
        Index("ix_tracked_requirement_code", "tenant_id", "edition_id", "requirement_code"),
        Index("ix_tracked_requirement_lapse", "tenant_id", "proof_until"),
        Index("ix_tracked_requirement_review", "tenant_id", "review_due"),
        CheckConstraint("NOT recognised OR proven", name="recognised_is_proven"),
        CheckConstraint("house_by_name IS NULL OR origin = 'own'", name="house_word_is_own"),
        {"info": {"said": "origin = 'own' OR verdict <> 'none'"}},
    )

    establishment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    edition_id: Mapped[str] = mapped_column(primary_key=True)
    requirement_code: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[int] = mapped_column(SmallInteger)
    weight: Mapped[int] = mapped_column(SmallInteger)
    #: Whether the requirement counts here: its tier and its condition.
    applies: Mapped[bool]
    status: Mapped[Status] = mapped_column(default=Status.UNKNOWN)
    origin: Mapped[Origin] = mapped_column(default=Origin.NONE)
    #: The offering whose statement is inherited.
    offering_id: Mapped[uuid.UUID | None]
    bearer: Mapped[Bearer]
    #: Own words of an exception, or the reason why it is not applicable; empty when inherited.
    note: Mapped[str] = mapped_column(default="")
    #: Who of the establishment gave this answer; ``None`` when it is the provider's word.
    house_by_name: Mapped[str | None]
    reviewed_on: Mapped[date | None]
    #: Last day of the review; the day after, the requirement is no longer proven.
    review_due: Mapped[date | None]
    proven: Mapped[bool] = mapped_column(default=False)
    #: Last day of the latest valid proof, ``None`` without one.
    proof_until: Mapped[date | None]
    verdict: Mapped[Verdict] = mapped_column(default=Verdict.NONE)
    recognised: Mapped[bool] = mapped_column(default=False)
    verdict_by_name: Mapped[str | None]
    verdict_at: Mapped[datetime | None]
    verdict_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Judgement(Undoable):
    """One view given on a whole question at once, with what it replaced."""

    __tablename__ = "judgement"
    __table_args__ = (points_to("establishment"),)

    establishment_id: Mapped[uuid.UUID]
    edition_id: Mapped[str]
    question: Mapped[int] = mapped_column(SmallInteger)
    verdict: Mapped[Verdict]
    actor_name: Mapped[str]
    at: Mapped[datetime]
    #: By code: the verdict of before, with its reason, its author and its hour.
    before: Mapped[dict[str, dict[str, str | None]]] = mapped_column(JSONB)


class HouseAnswer(Undoable):
    """What an establishment answered itself to one requirement, with what that replaced."""

    __tablename__ = "house_answer"
    __table_args__ = (
        points_to("establishment"),
        requirement_key(),
        Index("ix_house_answer_place", "tenant_id", "establishment_id", "requirement_code"),
    )

    establishment_id: Mapped[uuid.UUID]
    edition_id: Mapped[str]
    requirement_code: Mapped[str]
    #: ``unknown`` takes back what was answered.
    status: Mapped[Status]
    note: Mapped[str] = mapped_column(default="")
    reviewed_on: Mapped[date]
    answered_by_name: Mapped[str]
    answered_at: Mapped[datetime]
    #: The version of the tracked requirement that this answer made: only that one is undone.
    made: Mapped[int]
    before: Mapped[dict[str, str | None]] = mapped_column(JSONB)


class TrackedPast(TenantScoped, Model):
    """What a tracked requirement had become by the evening of a day (``portal.tracking.past``)."""

    __tablename__ = "tracked_past"
    #: Nobody deletes the past of an establishment, but it goes with one that nothing else holds.
    __table_args__ = (points_to("establishment", ondelete="CASCADE"), requirement_key())

    establishment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    edition_id: Mapped[str] = mapped_column(primary_key=True)
    requirement_code: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    question: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[dict[str, Any]] = mapped_column(JSONB)


class StatementPast(TenantScoped, Model):
    """What a provider had come to say by the evening of a day."""

    __tablename__ = "statement_past"
    __table_args__ = (points_to("offering"), requirement_key())

    offering_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    edition_id: Mapped[str] = mapped_column(primary_key=True)
    requirement_code: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    status: Mapped[Status]
    text: Mapped[str]


def _thirteen() -> Mapped[list[int]]:
    return mapped_column(ARRAY(SmallInteger), default=lambda: [0] * 13)


def _thirteen_days() -> Mapped[list[date | None]]:
    return mapped_column(ARRAY(Date), default=lambda: [None] * 13)


class Scorecard(TenantScoped, Model):
    """The thirteen scores of one establishment and their total, in per mille.

    One row with thirteen-element arrays rather than thirteen rows: the board reads and sorts a
    fleet from it alone.  ``-1`` in an array stands for a question to which nothing applies.
    The points behind the scores are kept beside them, so that one question can be counted again
    without the twelve others.
    """

    __tablename__ = "scorecard"
    __table_args__ = (
        points_to("establishment"),
        CheckConstraint("recognised_total <= proven_total", name="recognised_is_proven"),
        CheckConstraint("proven_total <= declared_total", name="proven_is_declared"),
        {"info": {"said": "FALSE"}},
    )

    establishment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    edition_id: Mapped[str]
    declared: Mapped[list[int]] = _thirteen()
    proven: Mapped[list[int]] = _thirteen()
    recognised: Mapped[list[int]] = _thirteen()
    applicable: Mapped[list[int]] = _thirteen()
    unanswered: Mapped[list[int]] = _thirteen()
    contested: Mapped[list[int]] = _thirteen()
    #: Requirements with a value whose proof or review has lapsed.
    lapsed: Mapped[list[int]] = _thirteen()
    #: Twice the weights of what counts, and how much of that is declared, proven, recognised.
    points: Mapped[list[int]] = _thirteen()
    declared_points: Mapped[list[int]] = _thirteen()
    proven_points: Mapped[list[int]] = _thirteen()
    recognised_points: Mapped[list[int]] = _thirteen()
    next_lapses: Mapped[list[date | None]] = _thirteen_days()
    next_reviews: Mapped[list[date | None]] = _thirteen_days()
    declared_total: Mapped[int] = mapped_column(SmallInteger, default=0)
    proven_total: Mapped[int] = mapped_column(SmallInteger, default=0)
    recognised_total: Mapped[int] = mapped_column(SmallInteger, default=0)
    applicable_total: Mapped[int] = mapped_column(SmallInteger, default=0)
    unanswered_total: Mapped[int] = mapped_column(SmallInteger, default=0)
    contested_total: Mapped[int] = mapped_column(SmallInteger, default=0)
    lapsed_total: Mapped[int] = mapped_column(SmallInteger, default=0)
    #: The next day after which something proven stops being so.
    next_lapse: Mapped[date | None]
    next_review: Mapped[date | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
