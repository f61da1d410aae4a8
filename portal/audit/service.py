"""Write the journal.  Called from services, in the same transaction as the deed."""

import uuid
from typing import Any

from portal.audit.models import AuditEvent
from tenants.access import Actor
from tenants.db import db

#: Who signs what the portal does by itself: sweeps, compilations, reminders.
SYSTEM = "Treize"


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
    db.session.add(
        AuditEvent(
            actor_id=actor.user_id if actor else None,
            actor_name=actor.name if actor else SYSTEM,
            action=action,
            subject_type=subject,
            subject_id=subject_id,
            establishment_id=establishment_id,
            requirement_code=requirement_code,
            details=details,
        )
    )
