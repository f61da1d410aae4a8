"""Evidence and what it is linked to."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.contracts.models import requirement_key
from portal.kit.setbacks import Followed
from tenants.db import Model
from tenants.scoping import Record, TenantScoped, new_id, points_to


class Kind(StrEnum):
    FILE = "file"
    LINK = "link"
    NOTE = "note"


class Visibility(StrEnum):
    """``clients``: shown to the people of the establishments it serves, and to their auditors."""

    PROVIDER = "provider"
    CLIENTS = "clients"
    #: What an establishment deposited and opens itself, with its auditors; its provider knows that
    #: there is one, what it is called and until when, for the scores of both rest on it.
    HOUSE = "house"


class CertificateKind(StrEnum):
    HDS = "hds"
    ISO27001 = "iso27001"
    SECNUMCLOUD = "secnumcloud"
    EXPERTCYBER = "expertcyber"
    INSURANCE = "insurance"
    OTHER = "other"


class State(StrEnum):
    """Only what is ``ready`` proves.  ``held`` waits for whoever deposited it to vouch for it."""

    QUARANTINE = "quarantine"
    HELD = "held"
    READY = "ready"
    REJECTED = "rejected"


class Evidence(Followed):
    """A proof.  The period it covers is not the day it was uploaded."""

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_validity", "tenant_id", "valid_until"),
        Index("ix_evidence_replaced_by", "tenant_id", "replaced_by"),
        CheckConstraint("covers_until IS NULL OR covers_until >= covers_from", name="period"),
        CheckConstraint(
            "(kind = 'file') = (file_key IS NOT NULL) AND (kind = 'link') = (url IS NOT NULL)",
            name="content",
        ),
        CheckConstraint("kind = 'file' OR state = 'ready'", name="files_alone_wait"),
        CheckConstraint(
            "certificate IS NULL OR (issuer <> '' AND covers_from IS NOT NULL)",
            name="certified_by_somebody",
        ),
        CheckConstraint("state <> 'rejected' OR reason IS NOT NULL", name="refused_for_a_reason"),
        CheckConstraint(
            "visibility = 'clients' OR (visibility = 'house') = (establishment_id IS NOT NULL)",
            name="shown_by_its_house",
        ),
        points_to("establishment"),
        Index("ix_evidence_establishment", "tenant_id", "establishment_id"),
    )

    title: Mapped[str]
    kind: Mapped[Kind]
    visibility: Mapped[Visibility] = mapped_column(default=Visibility.CLIENTS)
    covers_from: Mapped[date | None]
    covers_until: Mapped[date | None]
    #: Last day on which it still proves something.
    valid_until: Mapped[date]
    #: What kind of certificate it is, if it is one; the three after it are empty otherwise.
    certificate: Mapped[CertificateKind | None]
    issuer: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(default="")
    scope: Mapped[str] = mapped_column(default="")
    url: Mapped[str | None]
    body: Mapped[str] = mapped_column(default="")
    file_key: Mapped[str | None]
    file_name: Mapped[str | None]
    file_size: Mapped[int | None]
    file_type: Mapped[str | None]
    #: SHA-256 in hex: of the file, or of the canonical JSON of a link or a note.
    sha256: Mapped[str]
    state: Mapped[State] = mapped_column(default=State.READY)
    #: Why it is rejected, or what it waits for: a word of ``portal.vault``.
    reason: Mapped[str | None]
    #: What in it looks like a person's data, shortened so that it tells nothing.
    hints: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    #: The names of the files that a PDF carries inside it.
    attached: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    #: Given by somebody outside, and looked at by nobody of ours yet.
    proposed: Mapped[bool] = mapped_column(default=False)
    withdrawn_at: Mapped[datetime | None]
    #: The proof that took this one's place.
    replaced_by: Mapped[uuid.UUID | None]
    added_by: Mapped[uuid.UUID]
    added_by_name: Mapped[str]
    #: Whose own it is: what an establishment deposited proves there, and is its alone to change.
    establishment_id: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)


class EvidenceLink(Record):
    """What a proof proves: a requirement for the whole tenant, an offering or an establishment."""

    __tablename__ = "evidence_link"
    __table_args__ = (
        points_to("evidence"),
        points_to("offering"),
        points_to("establishment"),
        requirement_key(),
        Index(
            "uq_evidence_link_target",
            "tenant_id",
            "evidence_id",
            "edition_id",
            "requirement_code",
            "offering_id",
            "establishment_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_evidence_link_requirement", "tenant_id", "edition_id", "requirement_code"),
        Index("ix_evidence_link_establishment", "tenant_id", "establishment_id"),
        CheckConstraint("offering_id IS NULL OR establishment_id IS NULL", name="one_level"),
    )

    evidence_id: Mapped[uuid.UUID]
    edition_id: Mapped[str]
    requirement_code: Mapped[str]
    offering_id: Mapped[uuid.UUID | None]
    establishment_id: Mapped[uuid.UUID | None]


class EvidenceLinkPast(TenantScoped, Model):
    """A link that is gone, and from when until when it stood: what proved on an earlier day."""

    __tablename__ = "evidence_link_past"
    __table_args__ = (
        points_to("evidence"),
        points_to("offering"),
        points_to("establishment"),
        requirement_key(),
        Index("ix_evidence_link_past_evidence", "tenant_id", "evidence_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    evidence_id: Mapped[uuid.UUID]
    edition_id: Mapped[str]
    requirement_code: Mapped[str]
    offering_id: Mapped[uuid.UUID | None]
    establishment_id: Mapped[uuid.UUID | None]
    linked_at: Mapped[datetime]
    unlinked_at: Mapped[datetime]


class EvidencePast(TenantScoped, Model):
    """How a proof stood until it was found sound, said otherwise, withdrawn or restored."""

    __tablename__ = "evidence_past"
    __table_args__ = (
        points_to("evidence"),
        Index("ix_evidence_past_evidence", "tenant_id", "evidence_id", "replaced_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    evidence_id: Mapped[uuid.UUID]
    replaced_at: Mapped[datetime]
    #: As :func:`portal.evidence.former.kept` found them.
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)


class EvidenceLapse(Record):
    """The trace of a proof that nobody renewed in time: since when, and what it left unproven.

    What it held up is as it was on the first sweep after its last day, and stays: the present state
    is counted anew wherever it is shown.
    """

    __tablename__ = "evidence_lapse"
    __table_args__ = (
        points_to("evidence"),
        UniqueConstraint("tenant_id", "evidence_id", "lapsed_on"),
        CheckConstraint("renewed_on IS NULL OR renewed_on >= lapsed_on", name="in_order"),
    )

    evidence_id: Mapped[uuid.UUID]
    #: The first day on which it proved nothing any more.
    lapsed_on: Mapped[date]
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    questions: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    establishments: Mapped[int]
    #: The day its successor, or a longer validity, took over.
    renewed_on: Mapped[date | None]
    #: Where it was found missing afterwards: the day of that, and of what it is said to hold up.
    noted_on: Mapped[date | None]
