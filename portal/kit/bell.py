"""Wakes the dispatcher when there is something for it: new work begins at once.

The bell hangs in Valkey and may be lost, or nobody may hear it: the dispatcher also looks by
itself.
"""

from contextlib import suppress
from typing import Final

from flask import current_app
from redis import Redis, RedisError
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from tenants.db import db

_BELL: Final = "bell:dispatcher"
_RINGS: Final = "rings_when_kept"


def ring_when_kept() -> None:
    """Ring once the present transaction has committed: before, there is nothing to be seen."""
    db.session.info[_RINGS] = True


@event.listens_for(Session, "after_commit")
def _kept(session: Session) -> None:
    if not session.in_nested_transaction() and session.info.pop(_RINGS, False):
        ring()


@event.listens_for(Session, "after_transaction_end")
def _undone(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_RINGS, None)


def ring() -> None:
    """However often before anybody hears it, it is heard once."""
    connection: Redis = current_app.extensions["valkey_impatient"]
    with suppress(RedisError):
        rings = connection.pipeline()
        rings.lpush(_BELL, "")
        rings.ltrim(_BELL, 0, 0)
        rings.execute()


def hear(connection: Redis, *, seconds: float) -> bool:
    """Wait for the bell, so long at most; whether it rang."""
    return connection.blpop([_BELL], timeout=seconds) is not None
