"""Coming back without any factor: she asks herself, is told at once, waits, then adds a new one.

Nobody can ask it for her, her providers neither: whoever runs one tenant must not weaken how she
enters another.
"""

import uuid
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select

from portal.accounts.models import Comeback, Factor, RecoveryCode
from portal.kit import tokens
from portal.kit.errors import Refused
from portal.kit.tokens import Token
from tenants import service as tenants
from tenants.db import db

#: Before anything may be replaced.  Asked for on a Friday evening by a thief of the password, it
#: is still taken back by whoever reads her mail on Monday.
WAIT: Final = timedelta(hours=72)
#: How long it may be gone through with after that.
OPEN_FOR: Final = timedelta(days=7)
#: How long the sign-in lasts that can only add a factor.  No longer than a proof of who one is
#: counts (``tenants.http.CONFIRMED_FOR``): there is nothing left to prove it with again.
ENROL_WITHIN: Final = timedelta(minutes=15)


class Gone(Refused):
    message = "This request was taken back, or is over: nothing was changed. Sign in again."


def standing(user_id: uuid.UUID, *, at: datetime) -> Comeback | None:
    """What she asked for and nobody took back; needs her own scope, as all that follows."""
    return db.session.scalar(
        select(Comeback).where(Comeback.user_id == user_id, Comeback.expires_at > at)
    )


def is_open(asked: Comeback | None, *, at: datetime) -> bool:
    """Whether the wait is over."""
    return asked is not None and asked.opens_at <= at < asked.expires_at


def ask(user_id: uuid.UUID, *, at: datetime) -> str | None:
    """Begin the wait; returns the token that takes it back, ``None`` when it has begun already.

    Asked again, the wait neither begins anew nor grows shorter.
    """
    locked = select(Comeback).where(Comeback.user_id == user_id).with_for_update()
    row = db.session.scalar(locked)
    if row is not None and row.expires_at > at:
        return None
    written, token = tokens.make(user_id)
    row = row or Comeback(user_id=user_id)
    row.asked_at, row.opens_at, row.expires_at = at, at + WAIT, at + WAIT + OPEN_FOR
    row.digest = token.digest
    db.session.add(row)
    db.session.flush()
    return written


def annul(user_id: uuid.UUID, *, at: datetime, by: Token | None = None) -> bool:
    """Take it back, and shut the sign-in that it may have opened; whether there was one.

    ``by``: only with the token that the notice carried.
    """
    asked = delete(Comeback).where(Comeback.user_id == user_id)
    if by is not None:
        asked = asked.where(Comeback.digest == by.digest)
    until: datetime | None = db.session.scalar(asked.returning(Comeback.expires_at))
    if until is None:
        return False
    tenants.close_sign_ins(user_id, enrolling=True, at=at)
    return until > at


def complete(user_id: uuid.UUID, *, kept: uuid.UUID, at: datetime) -> None:
    """Put the factor just added in place of all there were.  Raises :class:`Gone`."""
    done = delete(Comeback).where(
        Comeback.user_id == user_id, Comeback.opens_at <= at, Comeback.expires_at > at
    )
    if db.session.scalar(done.returning(Comeback.user_id)) is None:
        raise Gone
    for old in (
        delete(Factor).where(Factor.user_id == user_id, Factor.id != kept),
        delete(RecoveryCode).where(RecoveryCode.user_id == user_id),
    ):
        db.session.execute(old)
