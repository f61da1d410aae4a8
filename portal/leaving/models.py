"""Archives that were asked for."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.scoping import Record, points_to


class ArchiveState(StrEnum):
    """``gone``: its file was deleted, by somebody or by time; that it was made stays known."""

    ASKED = "asked"
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"


class RecordArchive(Record):
    """A record made ready to leave: one establishment's, or the whole provider's."""

    __tablename__ = "record_archive"
    __table_args__ = (
        points_to("establishment"),
        Index("ix_record_archive_establishment", "tenant_id", "establishment_id"),
        # Asked twice at once, it is made once.
        Index(
            "uq_record_archive_asked",
            "tenant_id",
            "establishment_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state = 'asked'"),
        ),
        CheckConstraint(
            "state <> 'ready' OR (sha256 IS NOT NULL AND kept_until IS NOT NULL)",
            name="ready_is_whole",
        ),
    )

    #: ``None`` for the whole register of the provider.
    establishment_id: Mapped[uuid.UUID | None]
    state: Mapped[ArchiveState] = mapped_column(default=ArchiveState.ASKED)
    #: Chosen when it is asked for: work begun again finds what it had written there.
    file_key: Mapped[str]
    file_size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    #: Files in it, and those that the store no longer held as they had been deposited.
    files: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)
    asked_by: Mapped[uuid.UUID]
    asked_by_name: Mapped[str]
    ready_at: Mapped[datetime | None]
    #: The last day on which it can be fetched.
    kept_until: Mapped[date | None]
