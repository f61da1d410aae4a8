"""What is sent for a while is sent for as long as the room is open to its reader."""

import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import select

from portal.engagements.models import Engagement
from tenants.db import db

#: How often the door is looked at while something goes through it.
SECONDS: Final = 1.0


class Shut(RuntimeError):
    """The room was closed to its reader: what she was being sent breaks off there."""


def while_open(engagement_id: uuid.UUID, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """``pieces``, until the engagement is taken back or ends.  Raises :class:`Shut`."""
    looked = time.monotonic()
    for piece in pieces:
        if time.monotonic() - looked >= SECONDS:
            looked = time.monotonic()
            look(engagement_id)
        yield piece


def look(engagement_id: uuid.UUID) -> None:
    """Raise :class:`Shut` unless the room is open still.

    In a transaction of its own: another sees nothing that was done since it began.
    """
    db.session.rollback()
    there = db.session.scalar(select(Engagement.id).where(Engagement.id == engagement_id))
    db.session.rollback()
    if there is None:
        raise Shut
