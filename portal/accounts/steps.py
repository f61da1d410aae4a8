"""Between the password and the second factor: who is half-way in, in this browser, for a while."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import session

from portal.accounts import passkeys, queries, recovery, totp
from portal.accounts.models import FactorKind
from portal.kit import clock
from tenants import queries as tenancy
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


def begin(person: UserAccount, *, method: str) -> None:
    """Remember in the signed session that this first step was right."""
    until = clock.now() + GOOD_FOR
    session[_KEY] = [str(person.id), until.timestamp(), _stamp(person), method]


def current() -> HalfWay | None:
    """Who is half-way in here; nobody once time is up or her password is another."""
    user_id, until, stamp, method = session.get(_KEY) or ("", 0, "", "")
    if not user_id or until < clock.now().timestamp():
        return None
    person = tenancy.user(uuid.UUID(user_id))
    if person is None or _stamp(person) != stamp:
        return None
    return HalfWay(person.id, person.email, method)


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


def _stamp(person: UserAccount) -> str:
    return hashlib.sha256((person.password_hash or "").encode()).hexdigest()[:16]
