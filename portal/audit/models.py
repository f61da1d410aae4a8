"""One row per deed, never updated or deleted; and the acts on many rows that can be undone."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import Model
from tenants.scoping import Record, TenantScoped, new_id


class AuditEvent(TenantScoped, Model):
    """A deed on a subject.  A deed that concerns one establishment is visible to its people."""

    __tablename__ = "audit_event"
    __table_args__ = (
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


class BulkAct(Record):
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
    undone_at: Mapped[datetime | None]
