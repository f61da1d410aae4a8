"""Between the password and the second factor: who is half-way in, in this browser, for a while."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import session
from sqlalchemy import select

from portal.accounts import passkeys, queries, recovery, totp
from portal.accounts.models import FactorKind
from portal.kit import clock
from tenants import queries as tenancy
from tenants.db import db
from tenants.models import UserAccount

GOOD_FOR: Final = timedelta(minutes=10)
RECOVERY: Final = "recovery"
_KEY: Final = "half_way"


@dataclass(frozen=True)
class HalfWay:
    """Somebody whose password was right; nothing of hers is shown before the rest."""

    user_id: uuid.UUID
    email: str
    method: str
    #: Of the password that was right.
    stamp: str


def begin(person: UserAccount, *, method: str) -> None:
    """Remember in the signed session that this first step was right."""
    until = clock.now() + GOOD_FOR
    session[_KEY] = [str(person.id), until.timestamp(), stamp_of(person), method]


def current() -> HalfWay | None:
    """Who is half-way in here; nobody once time is up or her password is another."""
    user_id, until, stamp, method = session.get(_KEY) or ("", 0, "", "")
    if not user_id or until < clock.now().timestamp():
        return None
    person = tenancy.user(uuid.UUID(user_id))
    if person is None or stamp_of(person) != stamp:
        return None
    return HalfWay(person.id, person.email, method, stamp)


def stands(user_id: uuid.UUID, stamp: str) -> bool:
    """Whether the password that was right is still hers, held so until the transaction ends.

    Who changes it in that very moment shuts out whoever comes in by the one before: she waits, and
    finds that sign-in, or this one finds another password.
    """
    found: UserAccount | None = db.session.scalar(
        select(UserAccount)
        .where(UserAccount.id == user_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    return found is not None and stamp_of(found) == stamp


def forget() -> None:
    session.pop(_KEY, None)


def proved_by(user_id: uuid.UUID, typed: Mapping[str, str], *, at: datetime) -> str | None:
    """By which factor a passkey's ``answer``, or else a ``code``, proves her; needs her scope."""
    code, answer = typed.get("code", ""), typed.get("answer", "")
    if answer:
        party = passkeys.party()
        proved = party and passkeys.proves(user_id, answer, party)
        return FactorKind.PASSKEY.value if proved else None
    if not (plain := "".join(code.split())):
        return None
    if len(plain) == totp.FIGURES and plain.isdecimal():
        apps = queries.factors(user_id, FactorKind.TOTP)
        return FactorKind.TOTP.value if any(totp.proves(a, plain, at=at) for a in apps) else None
    return RECOVERY if recovery.spend(user_id, code, at=at) else None


def stamp_of(person: UserAccount) -> str:
    """What tells her present password from any other."""
    return hashlib.sha256((person.password_hash or "").encode()).hexdigest()[:16]
