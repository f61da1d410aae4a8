"""Passwords: argon2id, and whom they let in.  A wrong address costs as long as a wrong password."""

import secrets
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete

from portal.accounts.models import Comeback
from tenants import queries as tenancy
from tenants.db import db
from tenants.models import UserAccount

#: Memory of one hash in KiB: OWASP's floor for two passes and one lane, about 20 ms.
STRONG: Final = 19_456
PASSES: Final = 2


def hash_password(password: str, *, memory_kib: int = STRONG) -> str:
    """An argon2id hash that carries its own salt and parameters."""
    return _hasher(memory_kib).hash(_canonical(password))


def authenticate(email: str, password: str, *, memory_kib: int = STRONG) -> UserAccount | None:
    """The account this address and password open, or ``None`` without saying what was wrong.

    A hash made with other parameters is made again, now that the password is known.
    """
    person = tenancy.user_by_email(email)
    stored = (person and person.password_hash) or _decoy(memory_kib)
    hasher = _hasher(memory_kib)
    try:
        hasher.verify(stored, _canonical(password))
    except (VerificationError, InvalidHashError):
        return None
    if person is not None and hasher.check_needs_rehash(stored):
        person.password_hash = hash_password(password, memory_kib=memory_kib)
        db.session.flush()
    return person


def verify(stored: str, typed: str) -> None:
    """Raise argon2's ``VerificationError`` or ``InvalidHashError`` unless this was hashed so."""
    # The stored hash names its own parameters, whatever the hasher's.
    _hasher(STRONG).verify(stored, _canonical(typed))


def opens(person: UserAccount, password: str) -> bool:
    """Whether this is her password; never for who has none."""
    if person.password_hash is None:
        return False
    try:
        verify(person.password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
    return True


def set_password(person: UserAccount, password: str, *, memory_kib: int) -> None:
    """Give her this password, which :func:`portal.accounts.passwords.accept` has accepted.

    Who was waiting to come back without a factor (``portal.accounts.comeback``) knew another one:
    the wait is over for nothing.
    """
    person.password_hash = hash_password(password, memory_kib=memory_kib)
    db.session.execute(delete(Comeback).where(Comeback.user_id == person.id))
    db.session.flush()


def _canonical(password: str) -> str:
    """What two keyboards type alike is one password; blanks around it came with a copy."""
    return unicodedata.normalize("NFKC", password).strip()


@cache
def _hasher(memory_kib: int) -> PasswordHasher:
    return PasswordHasher(time_cost=PASSES, memory_cost=memory_kib, parallelism=1)


@cache
def _decoy(memory_kib: int) -> str:
    """A hash that no password opens."""
    return _hasher(memory_kib).hash(secrets.token_hex(32))
