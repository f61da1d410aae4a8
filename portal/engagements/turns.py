"""Whose turn it is in a room: speaking beside others, on one point alone, closing it.

Advisory locks, given back with the transaction, for an auditor may lock no row of the engagement.
"""

import uuid

from sqlalchemy import text

from portal.engagements.models import Engagement
from portal.kit import locks
from tenants.db import db

_TURN = text("SELECT pg_advisory_xact_lock(:kind, hashtext(:name))")
_SHARED = text("SELECT pg_advisory_xact_lock_shared(:kind, hashtext(:name))")


def wait_to_speak(found: Engagement) -> None:
    """Wait until nobody closes it, and see whether somebody has; nobody closes it meanwhile."""
    db.session.execute(_SHARED, {"kind": locks.ROOMS, "name": str(found.id)})
    db.session.refresh(found, ["closed_at"])


def wait_to_close(found: Engagement) -> None:
    """Wait until nobody speaks in it; whoever wants to waits for the end of this transaction."""
    db.session.execute(_TURN, {"kind": locks.ROOMS, "name": str(found.id)})
    db.session.refresh(found)


def wait_at(engagement_id: uuid.UUID, establishment_id: uuid.UUID, code: str) -> None:
    """Wait until nobody writes on this point; what was read of it before is to be read again."""
    point = f"{engagement_id}:{establishment_id}:{code}"
    db.session.execute(_TURN, {"kind": locks.POINTS, "name": point})
