"""What becomes of one proof: noted in the journal, told to whatever rests on it.

Whose proof it is, the caller has looked at, with the row locked.
"""

import uuid
from datetime import date, datetime
from typing import Any

from portal.audit import service as audit
from portal.evidence import former, lapses, linking
from portal.evidence.models import Evidence
from portal.evidence.signals import evidence_changed
from portal.kit.errors import Conflict
from tenants.access import Actor
from tenants.db import db


def withdraw(actor: Actor, found: Evidence, *, at: datetime) -> None:
    """It no longer proves anything, and stays on record.  Raises :class:`Conflict`."""
    if found.withdrawn_at is not None:
        raise Conflict("This proof has been withdrawn already.")
    _turn(actor, "evidence.withdrawn", found, withdrawn=at, at=at)


def restore(actor: Actor, found: Evidence, *, at: datetime) -> None:
    """Let a withdrawn one prove again.  Raises :class:`Conflict`."""
    if found.withdrawn_at is None:
        raise Conflict("This proof is not withdrawn.")
    _turn(actor, "evidence.restored", found, withdrawn=None, at=at)


def _turn(
    actor: Actor, action: str, found: Evidence, *, withdrawn: datetime | None, at: datetime
) -> None:
    with former.kept(found, at):
        found.withdrawn_at = withdrawn
        found.version += 1
    note(actor, action, found)


def note(actor: Actor | None, action: str, found: Evidence, **details: Any) -> None:
    """A deed about it; ``None`` is the portal itself."""
    db.session.flush()
    told: dict[str, Any] = {"name": found.title, **details}
    audit.record(
        actor,
        action,
        subject="evidence",
        subject_id=found.id,
        establishment_id=found.establishment_id,
        **told,
    )


def tell(evidence_id: uuid.UUID, today: date) -> None:
    """Have what rests on a proof told anew; in the scope of the tenant."""
    codes, establishment_ids = linking.reached(evidence_id)
    if codes:
        evidence_changed.send(codes=codes, establishment_ids=establishment_ids, today=today)
    # Once it is this one's turn: a sweep that went before may just have left a trace.
    lapses.end(evidence_id, today)
    lapses.begin_again(evidence_id, today)
