"""Questions put to one browser: answered once, soon, in few tries.  Kept as digests alone."""

import hmac
import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import delete, update

from portal.accounts.models import Challenge
from portal.kit import keys, transactions
from tenants.db import db

TRIES: Final = 5


def ask(*expected: str, at: datetime, until: datetime) -> uuid.UUID:
    """Remember what the answer must be; returns what the browser is to hold."""
    db.session.execute(delete(Challenge).where(Challenge.expires_at < at))
    asked = Challenge(digest=keys.digest("challenge", *expected), attempts=0, expires_at=until)
    db.session.add(asked)
    db.session.flush()
    return asked.id


def answered(challenge_id: uuid.UUID, *given: str, at: datetime) -> bool:
    """Whether this is the answer.  A right one counts once; a wrong one is counted for good."""
    digest = db.session.scalar(
        update(Challenge)
        .where(Challenge.id == challenge_id, Challenge.expires_at > at, Challenge.attempts < TRIES)
        .values(attempts=Challenge.attempts + 1)
        .returning(Challenge.digest)
        .execution_options(synchronize_session=False)
    )
    right = digest is not None and hmac.compare_digest(digest, keys.digest("challenge", *given))
    if right:
        db.session.execute(delete(Challenge).where(Challenge.id == challenge_id))
    transactions.keep()
    return right
