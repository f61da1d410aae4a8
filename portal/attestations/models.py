"""Attestations, the batches they are ordered in, and the register of issued documents."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from portal.kit.setbacks import Followed
from tenants.db import Model
from tenants.scoping import Record, TenantScoped, points_to


class AttestationState(StrEnum):
    REQUESTED = "requested"
    READY = "ready"
    FAILED = "failed"


class AttestationBatch(Record):
    """The attestations ordered together."""

    __tablename__ = "attestation_batch"

    period_from: Mapped[date]
    period_until: Mapped[date]
    as_of: Mapped[date]
    size: Mapped[int]
    requested_by: Mapped[uuid.UUID]
    requested_by_name: Mapped[str]


class Attestation(Followed):
    """What was declared, proven and recognised at one establishment on one date.

    ``snapshot`` is the canonical JSON (RFC 8785) that the PDF carries; it is frozen when the
    attestation is ordered, so that a late compilation still tells the ordered day.
    """

    __tablename__ = "attestation"
    __table_args__ = (
        points_to("establishment"),
        points_to("attestation_batch", "batch_id"),
        UniqueConstraint("tenant_id", "number"),
        Index("ix_attestation_establishment", "tenant_id", "establishment_id", "created_at"),
        Index("ix_attestation_batch", "tenant_id", "batch_id"),
        CheckConstraint("state <> 'ready' OR pdf_sha256 IS NOT NULL", name="ready_has_pdf"),
    )

    establishment_id: Mapped[uuid.UUID]
    batch_id: Mapped[uuid.UUID | None]
    #: ``ATT-2026-0001``: per tenant and year, without gaps.
    number: Mapped[str]
    edition_id: Mapped[str]
    state: Mapped[AttestationState] = mapped_column(default=AttestationState.REQUESTED)
    period_from: Mapped[date]
    period_until: Mapped[date]
    as_of: Mapped[date]
    requested_by: Mapped[uuid.UUID]
    requested_by_name: Mapped[str]
    declared_total: Mapped[int]
    proven_total: Mapped[int]
    recognised_total: Mapped[int]
    snapshot: Mapped[str | None]
    snapshot_sha256: Mapped[str | None]
    #: Sixteen base-32 characters that the document shows, for the page that checks it.
    code: Mapped[str | None]
    pdf_key: Mapped[str | None]
    pdf_size: Mapped[int | None]
    pdf_sha256: Mapped[str | None]
    issued_at: Mapped[datetime | None]
    #: With it the log's entries about this attestation are recognised; the document carries it.
    salt: Mapped[bytes | None]
    #: How it was sealed, as PAdES names it: « B-T ».
    seal: Mapped[str | None]
    #: The last one before it, frozen with the order: what changed is told against that.
    previous_id: Mapped[uuid.UUID | None]
    superseded_at: Mapped[datetime | None]
    superseded_by: Mapped[uuid.UUID | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[uuid.UUID | None]
    revoked_by_name: Mapped[str | None]
    revoked_reason: Mapped[str | None]


class Approval(Record):
    """The director's own word on one document, by its digest: she read it and agrees."""

    __tablename__ = "attestation_approval"
    __table_args__ = (
        points_to("attestation"),
        points_to("establishment"),
        UniqueConstraint("tenant_id", "attestation_id", name="uq_attestation_approval_tenant_id"),
    )

    attestation_id: Mapped[uuid.UUID]
    establishment_id: Mapped[uuid.UUID]
    user_id: Mapped[uuid.UUID]
    name: Mapped[str]
    pdf_sha256: Mapped[str]


class Counter(TenantScoped, Model):
    """The last visible number given, by series and year."""

    __tablename__ = "counter"

    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(default=0)


class DocumentKind(StrEnum):
    ATTESTATION = "attestation"
    BRIEF = "brief"
    REPORT = "report"


class IssuedDocument(Model):
    """The public register: what the page that checks a PDF may tell its bearer, and no more.

    Global on purpose: a bearer knows no tenant.  It holds only what the document itself shows.
    """

    __tablename__ = "issued_document"
    __table_args__ = (
        CheckConstraint(
            "kind = 'brief' OR (period_from IS NOT NULL AND period_until IS NOT NULL)",
            name="of_a_period",
        ),
    )

    kind: Mapped[DocumentKind]
    pdf_sha256: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str]
    provider_name: Mapped[str]
    establishment_name: Mapped[str]
    period_from: Mapped[date | None]
    period_until: Mapped[date | None]
    as_of: Mapped[date]
    issued_at: Mapped[datetime] = mapped_column(server_default=func.now())
    superseded_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
