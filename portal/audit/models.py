"""The journal: one row per deed, its link in the tenant's chain; and the acts that can be undone.

Of a deed, only what names people or says more can be erased; nothing can be deleted.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import Model
from tenants.scoping import Record, TenantScoped, new_id, points_to


class AuditEvent(TenantScoped, Model):
    """A deed on a subject.  A deed that concerns one establishment is visible to its people."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_at", "tenant_id", "at", "id"),
        Index("ix_audit_event_subject", "tenant_id", "subject_id", "at"),
        Index("ix_audit_event_establishment", "tenant_id", "establishment_id", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str]
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    establishment_id: Mapped[uuid.UUID | None]
    requirement_code: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


class AuditLink(TenantScoped, Model):
    """The place of a deed in its tenant's chain (``portal.audit.chain``).

    A salt that is gone, with what it hid in the event, leaves the chain whole.
    """

    __tablename__ = "audit_link"
    __table_args__ = (
        points_to("audit_event", "event_id"),
        UniqueConstraint("tenant_id", "event_id"),
    )

    #: 1, 2, 3… without gaps.
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[uuid.UUID]
    actor_salt: Mapped[bytes | None]
    actor_digest: Mapped[bytes]
    details_salt: Mapped[bytes | None]
    details_digest: Mapped[bytes]
    digest: Mapped[bytes]


class AuditHead(TenantScoped, Model):
    """Where a chain ends: whoever adds to it holds this row until she commits."""

    __tablename__ = "audit_head"

    chain: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes]


class Undoable(Record):
    """What was done, by rows of a slice's own, and when it was taken back."""

    __abstract__ = True

    undone_at: Mapped[datetime | None] = mapped_column(sort_order=90)


class BulkAct(Undoable):
    """A change that moved many rows at once, with what it needs to be undone."""

    __tablename__ = "bulk_act"
    __table_args__ = (Index("ix_bulk_act_recent", "tenant_id", "created_at"),)

    kind: Mapped[str]
    actor_id: Mapped[uuid.UUID]
    actor_name: Mapped[str]
    #: What it did, for the screen: counts and names.
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: The rows before the act.
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
