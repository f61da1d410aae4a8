"""Write the journal.  Called from services, in the same transaction as the deed.

The only change it knows is to erase: who did something, when she is forgotten.
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, literal_column, select, update

from portal.audit import chain
from portal.audit.chaining import follow, follow_one
from portal.audit.models import AuditEvent, AuditLink
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id

#: Who signs what the portal does by itself: sweeps, compilations, reminders.
SYSTEM = "Treize"
#: Says of how many deeds the name, or the details, of somebody are gone from then on.
ERASED = "member.forgotten"

_EVENTS = AuditEvent.metadata.tables[AuditEvent.__tablename__]
_NOTE = insert(_EVENTS)
_NOTE_ONE = _NOTE.returning(_EVENTS.c.at, literal_column("CAST(ctid AS text)"))


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
    rows: list[dict[str, Any]] = [
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
    if len(rows) == 1:
        _note_one(rows[0])
    elif rows:
        db.session.execute(_NOTE, rows)
        follow(row["id"] for row in rows)


def _note_one(row: dict[str, Any]) -> None:
    at, place = db.session.execute(_NOTE_ONE, row).one()
    told = {**row, "details": json.loads(json.dumps(row["details"]))}  # as it would be read
    follow_one(chain.Deed(**told, at=at), place=place)


def erase(user_id: uuid.UUID, *, about: Iterable[uuid.UUID]) -> None:
    """Forget a person: that she did what she did here, and what the deeds ``about`` her say.

    How much went is a deed itself, which names nobody: what is gone without one was wiped.
    """
    details, names = erase_details(about), erase_actor(user_id)
    if names or details:
        place = current_tenant_id()
        record(None, ERASED, subject="tenant", subject_id=place, names=names, details=details)


def erase_actor(user_id: uuid.UUID) -> int:
    """Forget that it was this person who did what she did here; of how many deeds it went.

    The deeds stay and so does their chain, which commits to her name with a salt that goes too.
    What she did in this very transaction is in no chain yet, and has no name there to lose.
    """
    hers = select(AuditEvent.id).where(AuditEvent.actor_id == user_id)
    erased = db.session.scalars(
        update(AuditLink)
        .where(AuditLink.event_id.in_(hers), AuditLink.actor_salt.is_not(None))
        .values(actor_salt=None)
        .returning(AuditLink.event_id)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.execute(
        update(AuditEvent)
        .where(AuditEvent.actor_id == user_id)
        .values(actor_id=None, actor_name="")
        .execution_options(synchronize_session=False)
    )
    return len(erased)


def erase_details(event_ids: Iterable[uuid.UUID]) -> int:
    """Forget what these deeds said besides their place, time and subject; of how many it went."""
    chosen = list(event_ids)
    erased = db.session.scalars(
        update(AuditLink)
        .where(AuditLink.event_id.in_(chosen), AuditLink.details_salt.is_not(None))
        .values(details_salt=None)
        .returning(AuditLink.event_id)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.execute(
        update(AuditEvent)
        .where(AuditEvent.id.in_(chosen))
        .values(details={})
        .execution_options(synchronize_session=False)
    )
    return len(erased)
