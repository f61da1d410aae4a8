"""Write the journal.  Called from services, in the same transaction as the deed."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from portal.audit.models import AuditEvent
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id

#: Who signs what the portal does by itself: sweeps, compilations, reminders.
SYSTEM = "Treize"

_NOTE = insert(AuditEvent.metadata.tables[AuditEvent.__tablename__])


@dataclass(frozen=True)
class Deed:
    """To what something was done; its people read it where there is an establishment.

    ``details`` is JSON.
    """

    subject: str
    subject_id: uuid.UUID
    establishment_id: uuid.UUID | None = None
    requirement_code: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def record(
    actor: Actor | None,
    action: str,
    *,
    subject: str,
    subject_id: uuid.UUID,
    establishment_id: uuid.UUID | None = None,
    requirement_code: str | None = None,
    **details: Any,
) -> None:
    """Note a deed.  ``action`` reads ``subject.past_participle``; ``details`` must be JSON."""
    deed = Deed(subject, subject_id, establishment_id, requirement_code, details)
    record_all(actor, action, [deed])


def record_all(actor: Actor | None, action: str, deeds: Iterable[Deed]) -> None:
    """Note the same deed on many subjects at once."""
    rows = [
        {
            "tenant_id": current_tenant_id(),
            "id": new_id(),
            "actor_id": actor.user_id if actor else None,
            "actor_name": actor.name if actor else SYSTEM,
            "action": action,
            "subject_type": deed.subject,
            "subject_id": deed.subject_id,
            "establishment_id": deed.establishment_id,
            "requirement_code": deed.requirement_code,
            "details": dict(deed.details),
        }
        for deed in deeds
    ]
    if rows:
        db.session.execute(_NOTE, rows)
