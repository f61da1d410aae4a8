"""Engagements: who audits what, until when; what she asks, draws and finds."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, SmallInteger, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from portal.contracts.models import requirement_key
from portal.kit.setbacks import Followed
from tenants.db import Model
from tenants.scoping import Record, TenantScoped, points_to


class Conclusion(StrEnum):
    CONFORM = "conform"
    OBSERVATION = "observation"
    MINOR = "minor"
    MAJOR = "major"


class ReportState(StrEnum):
    """``asked``: what it says is frozen, its document is still to be made."""

    ASKED = "asked"
    READY = "ready"
    FAILED = "failed"


class Engagement(Record):
    """An audit: these questions at these establishments, as of a day or live, for a time.

    PostgreSQL narrows its auditors to it (migration 0014): what it does not list, what came after
    its day and whatever is asked for after its end do not exist for them.
    """

    __tablename__ = "engagement"
    __table_args__ = (
        CheckConstraint("period_until >= period_from", name="period"),
        CheckConstraint(
            "ends_at > starts_at AND"
            " CAST((ends_at - interval '1 microsecond') AT TIME ZONE 'Europe/Paris' AS date)"
            " - CAST(starts_at AT TIME ZONE 'Europe/Paris' AS date) <= 180",
            name="lasting",
        ),
        CheckConstraint(
            "questions <@ ARRAY[1,2,3,4,5,6,7,8,9,10,11,12,13]::smallint[]", name="questions"
        ),
    )

    title: Mapped[str]
    purpose: Mapped[str] = mapped_column(default="")
    questions: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    period_from: Mapped[date]
    period_until: Mapped[date]
    #: The day whose evening is read; ``None`` reads today's.
    as_of: Mapped[date | None]
    #: By the clock of the database, whose policies compare it.
    starts_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    #: When its reports were made: nothing is said in it afterwards.
    closed_at: Mapped[datetime | None]
    #: When closing it was given up, if it was: somebody asks again.
    close_failed_at: Mapped[datetime | None]
    downloads: Mapped[bool]
    watermark: Mapped[bool]
    #: Names, for the establishments: they do not see the memberships.
    auditors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    opened_by: Mapped[uuid.UUID]
    opened_by_name: Mapped[str]


class EngagementAuditor(TenantScoped, Model):
    """Whose membership the engagement narrows and opens.

    Invited again after her access ended, she has none of the rooms of before (migration 0055).
    """

    __tablename__ = "engagement_auditor"
    __table_args__ = (
        points_to("engagement"),
        points_to("membership"),
        Index("ix_engagement_auditor_membership", "tenant_id", "membership_id"),
    )

    engagement_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    named_at: Mapped[datetime] = mapped_column(server_default=func.now())


class EngagementEstablishment(TenantScoped, Model):
    """An establishment that is audited."""

    __tablename__ = "engagement_establishment"
    __table_args__ = (
        points_to("engagement"),
        points_to("establishment"),
        Index("ix_engagement_establishment_place", "tenant_id", "establishment_id"),
    )

    engagement_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    establishment_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class EngagementDraw(Record):
    """A drawing of lots among the establishments: the seed tells who was drawn, for ever."""

    __tablename__ = "engagement_draw"
    __table_args__ = (
        points_to("engagement"),
        Index("ix_engagement_draw_engagement", "tenant_id", "engagement_id"),
    )

    engagement_id: Mapped[uuid.UUID]
    seed: Mapped[str]
    size: Mapped[int]
    drawn_by_name: Mapped[str]


class AuditRequest(Record):
    """Something more that an auditor asks for, by a day; the provider answers."""

    __tablename__ = "audit_request"
    __table_args__ = (
        points_to("engagement"),
        points_to("establishment"),
        points_to("evidence"),
        requirement_key(),
        Index("ix_audit_request_engagement", "tenant_id", "engagement_id"),
        Index("ix_audit_request_establishment", "tenant_id", "establishment_id"),
    )

    engagement_id: Mapped[uuid.UUID]
    establishment_id: Mapped[uuid.UUID]
    edition_id: Mapped[str]
    requirement_code: Mapped[str]
    words: Mapped[str]
    due_on: Mapped[date]
    asked_by: Mapped[uuid.UUID]
    asked_by_name: Mapped[str]
    answer: Mapped[str | None]
    evidence_id: Mapped[uuid.UUID | None]
    answered_by_name: Mapped[str | None]
    answered_at: Mapped[datetime | None]


class AuditFinding(Record):
    """What an auditor concludes on one requirement at one establishment, and what they answer."""

    __tablename__ = "audit_finding"
    __table_args__ = (
        points_to("engagement"),
        points_to("establishment"),
        requirement_key(),
        UniqueConstraint(
            "tenant_id",
            "engagement_id",
            "establishment_id",
            "edition_id",
            "requirement_code",
            name="uq_audit_finding_one_each",
        ),
        Index("ix_audit_finding_engagement", "tenant_id", "engagement_id"),
        Index("ix_audit_finding_establishment", "tenant_id", "establishment_id"),
    )

    engagement_id: Mapped[uuid.UUID]
    establishment_id: Mapped[uuid.UUID]
    edition_id: Mapped[str]
    requirement_code: Mapped[str]
    conclusion: Mapped[Conclusion]
    words: Mapped[str]
    found_by: Mapped[uuid.UUID]
    found_by_name: Mapped[str]
    #: When it was concluded so; ``None`` for what was concluded before this was kept.
    found_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    provider_answer: Mapped[str | None]
    provider_by_name: Mapped[str | None]
    provider_at: Mapped[datetime | None]
    place_answer: Mapped[str | None]
    place_by_name: Mapped[str | None]
    place_at: Mapped[datetime | None]

    @property
    def earlier(self) -> list[str]:
        """The sides whose answer was to a conclusion that has been written anew since."""
        said = {"provider": self.provider_at, "establishment": self.place_at}
        since = self.found_at
        return [side for side, at in said.items() if since is not None and at and at < since]


class AuditReport(Followed):
    """The closing report of one establishment: frozen once, numbered, made, sealed.

    One for each establishment, for none reads what was found at another.
    """

    __tablename__ = "audit_report"
    __table_args__ = (
        points_to("engagement"),
        points_to("establishment"),
        UniqueConstraint("tenant_id", "engagement_id", "establishment_id"),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_audit_report_establishment", "tenant_id", "establishment_id"),
        CheckConstraint(
            "state <> 'ready' OR (pdf_sha256 IS NOT NULL AND pdf_size IS NOT NULL)",
            name="ready_is_whole",
        ),
    )

    engagement_id: Mapped[uuid.UUID]
    establishment_id: Mapped[uuid.UUID]
    state: Mapped[ReportState] = mapped_column(default=ReportState.ASKED)
    #: « RAP-2026-0001 ».
    number: Mapped[str]
    #: By which anybody checks it; ``None`` for what was issued before there were any.
    code: Mapped[str | None]
    #: Canonical JSON, byte for byte as the document carries it, and its digest.
    snapshot: Mapped[str]
    snapshot_sha256: Mapped[str]
    #: Chosen when it is frozen: work begun again finds what it had written there.
    pdf_key: Mapped[str]
    pdf_sha256: Mapped[str | None]
    pdf_size: Mapped[int | None]
    #: The level of its seal.
    seal: Mapped[str] = mapped_column(default="")
    closed_by_name: Mapped[str]
    #: When the audit was closed.
    issued_at: Mapped[datetime]
