"""One row per deed.  Rows are never updated or deleted."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import Model
from tenants.scoping import TenantScoped, new_id


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
