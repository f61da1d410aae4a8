"""Whose turn it is in a room: speaking beside others, on one point alone, closing it.

Advisory locks, given back with the transaction, for an auditor may lock no row of the engagement.
"""

import uuid

from portal.engagements.models import Engagement
from portal.kit import locks
from tenants.db import db


def wait_to_speak(found: Engagement) -> None:
    """Wait until nobody closes it, and see whether somebody has; nobody closes it meanwhile."""
    locks.share(locks.ROOMS, found.id)
    db.session.refresh(found, ["closed_at"])


def wait_to_close(found: Engagement) -> None:
    """Wait until nobody speaks in it; whoever wants to waits for the end of this transaction."""
    locks.take(locks.ROOMS, found.id)
    db.session.refresh(found)


def wait_at(engagement_id: uuid.UUID, establishment_id: uuid.UUID, code: str) -> None:
    """Wait until nobody writes on this point; what was read of it before is to be read again."""
    locks.take(locks.POINTS, f"{engagement_id}:{establishment_id}:{code}")
