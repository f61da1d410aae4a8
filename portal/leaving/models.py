"""Archives that leave, and records that came from elsewhere."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.kit.setbacks import Followed
from tenants.scoping import Record, points_to


class ArchiveState(StrEnum):
    """``gone``: its file was deleted, by somebody or by time; that it was made stays known."""

    ASKED = "asked"
    READY = "ready"
    FAILED = "failed"
    GONE = "gone"


class RecordArchive(Followed):
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
            "by_house",
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
    #: Asked for by the establishment's people: it holds what they alone open, and is theirs alone.
    by_house: Mapped[bool] = mapped_column(default=False)
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


class PriorState(StrEnum):
    """Where an archive that was brought has got; only ``kept`` is part of the record here."""

    CHECKING = "checking"
    EXAMINING = "examining"
    PREVIEWED = "previewed"
    KEPT = "kept"
    UNDONE = "undone"
    REFUSED = "refused"
    CANCELLED = "cancelled"


#: The states in which somebody has yet to do something.
UNDER_WAY = (PriorState.CHECKING, PriorState.EXAMINING, PriorState.PREVIEWED)


class PriorRecord(Followed):
    """What another provider's register held of an establishment: a history, nobody's word here.

    Nothing of it counts: it proves nothing, declares nothing, moves no score.  It is read with its
    origin, and the house sees it as soon as it is kept.
    """

    __tablename__ = "prior_record"
    __table_args__ = (
        points_to("establishment"),
        Index("ix_prior_record_establishment", "tenant_id", "establishment_id"),
        # One archive is part of a record once.
        Index(
            "uq_prior_record_kept",
            "tenant_id",
            "establishment_id",
            "manifest_sha256",
            unique=True,
            postgresql_where=text("state = 'kept'"),
        ),
        CheckConstraint(
            "state NOT IN ('previewed', 'kept') OR (record IS NOT NULL AND made_at IS NOT NULL)",
            name="read_before_kept",
        ),
        CheckConstraint("state <> 'kept' OR kept_at IS NOT NULL", name="kept_is_dated"),
        CheckConstraint("state <> 'refused' OR error IS NOT NULL", name="refused_for_a_reason"),
    )

    establishment_id: Mapped[uuid.UUID]
    state: Mapped[PriorState] = mapped_column(default=PriorState.CHECKING)
    file_name: Mapped[str]
    file_size: Mapped[int] = mapped_column(BigInteger)
    #: The archive as it was brought, sealed, until it is decided on.
    file_key: Mapped[str]
    error: Mapped[str | None]
    error_values: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    #: Who kept the register that it comes from, by its own word.
    provider_name: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime | None]
    manifest_sha256: Mapped[str] = mapped_column(default="")
    #: What is in it, for the preview: numbers by kind, and the first and the last day it tells of.
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    #: The files that it holds: where each was put, and what came of its examination.
    plan: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    #: Canonical JSON (``portal.leaving.record``).
    record: Mapped[str | None] = mapped_column(deferred=True)
    brought_by: Mapped[uuid.UUID]
    brought_by_name: Mapped[str]
    kept_at: Mapped[datetime | None]
    kept_by_name: Mapped[str | None]
    undone_at: Mapped[datetime | None]
    undone_by_name: Mapped[str | None]


class PriorFile(Record):
    """A file of a prior record: examined as any deposit, or known by its digest as issued here."""

    __tablename__ = "prior_file"
    __table_args__ = (
        points_to("prior_record", "prior_id"),
        points_to("establishment"),
        UniqueConstraint("tenant_id", "prior_id", "place"),
        Index("ix_prior_file_establishment", "tenant_id", "establishment_id"),
    )

    prior_id: Mapped[uuid.UUID]
    establishment_id: Mapped[uuid.UUID]
    #: Where the record says that it lies.
    place: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    file_key: Mapped[str]
    file_size: Mapped[int]
    #: Of what is kept; an image is written anew, and is another file than the one that came.
    sha256: Mapped[str]
