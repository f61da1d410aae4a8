"""Briefs: ordered by an establishment, frozen, then made into a document."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.kit.setbacks import Followed
from tenants.scoping import points_to


class BriefState(StrEnum):
    REQUESTED = "requested"
    READY = "ready"
    FAILED = "failed"


class Brief(Followed):
    """What the thirteen questions came to at one establishment at one instant.

    ``snapshot`` is frozen when the brief is ordered: made late, it still tells the ordered hour.
    Its number is given when it is made, so that a series has no gap.
    """

    __tablename__ = "brief"
    __table_args__ = (
        points_to("establishment"),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_brief_establishment", "tenant_id", "establishment_id", "created_at"),
        CheckConstraint(
            "state <> 'ready' OR (number IS NOT NULL AND pdf_key IS NOT NULL"
            " AND pdf_sha256 IS NOT NULL AND issued_at IS NOT NULL)",
            name="ready_is_whole",
        ),
    )

    establishment_id: Mapped[uuid.UUID]
    edition_id: Mapped[str]
    as_of: Mapped[date]
    state: Mapped[BriefState] = mapped_column(default=BriefState.REQUESTED)
    #: Canonical JSON, byte for byte as the document carries it, and its digest.
    snapshot: Mapped[str]
    snapshot_sha256: Mapped[str]
    requested_by: Mapped[uuid.UUID]
    requested_by_name: Mapped[str]
    #: « SYN-2026-0001 ».
    number: Mapped[str | None]
    pdf_key: Mapped[str | None]
    pdf_size: Mapped[int | None]
    pdf_sha256: Mapped[str | None]
    #: The level of its seal; ``None`` where nothing seals, which each page then says.
    seal: Mapped[str | None]
    issued_at: Mapped[datetime | None]
