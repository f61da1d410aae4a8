"""What wears out of an account: sign-ins that ended long ago, events nobody reads any more.

Row-level security shows these rows to their person alone: they go when she signs in.  Of who never
comes back they go once a day, by a function of PostgreSQL that says how many (migration 0021).
"""

import uuid
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, or_, select

from portal.accounts.models import AccountEvent, AddressChange, Comeback
from tenants.db import db
from tenants.models import SignIn

#: After its end.
SIGN_INS: Final = timedelta(days=90)
EVENTS: Final = timedelta(days=365)
#: After a change of address: as long as it may be undone (``portal.accounts.moving``).
ADDRESSES: Final = timedelta(days=7)


def forget_ended(user_id: uuid.UUID, *, at: datetime) -> None:
    """Erase what is kept no longer; needs the person's own scope."""
    ended = or_(SignIn.revoked_at < at - SIGN_INS, SignIn.expires_at < at - SIGN_INS)
    for old in (
        delete(SignIn).where(SignIn.user_id == user_id, ended),
        delete(AccountEvent).where(AccountEvent.user_id == user_id, AccountEvent.at < at - EVENTS),
        delete(Comeback).where(Comeback.user_id == user_id, Comeback.expires_at <= at),
        delete(AddressChange).where(
            AddressChange.user_id == user_id, AddressChange.changed_at <= at - ADDRESSES
        ),
    ):
        db.session.execute(old, execution_options={"synchronize_session": False})


def forget_worn_out(*, limit: int) -> int:
    """Erase the same of everybody, ``limit`` rows of each kind at most; returns how many went.

    The times are PostgreSQL's own, by its own clock.
    """
    gone: int = db.session.scalars(select(func.forget_worn_out(limit))).one()
    return gone
