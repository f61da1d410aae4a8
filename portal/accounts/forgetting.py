"""What wears out of an account: sign-ins that ended long ago, events nobody reads any more.

Row-level security shows these rows to their person alone, so no sweep can find them: they go when
she signs in, as the page about privacy says.
"""

import uuid
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_

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
