"""Write the journal.  Called from services, in the same transaction as the deed."""

import uuid
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
    db.session.execute(
        _NOTE,
        {
            "tenant_id": current_tenant_id(),
            "id": new_id(),
            "actor_id": actor.user_id if actor else None,
            "actor_name": actor.name if actor else SYSTEM,
            "action": action,
            "subject_type": subject,
            "subject_id": subject_id,
            "establishment_id": establishment_id,
            "requirement_code": requirement_code,
            "details": details,
        },
    )
