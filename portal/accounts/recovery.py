"""Ten codes on paper, each good once, for who lost her other factors."""

import secrets
import uuid
from datetime import datetime
from typing import Final

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update

from portal.accounts import service
from portal.accounts.models import RecoveryCode
from tenants.db import db

HOW_MANY: Final = 10
#: Without what is read for something else: 0 and o, 1, i and l.
_SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


def make_anew(user_id: uuid.UUID, *, memory_kib: int) -> list[str]:
    """Ten codes, told this once; those of before open nothing any more."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    made = [_code() for _ in range(HOW_MANY)]
    # The first group finds the row, so that one hash is made for a try, and not ten.
    db.session.add_all(
        RecoveryCode(
            user_id=user_id,
            selector=code[:_GROUP],
            code_hash=service.hash_password(_plain(code), memory_kib=memory_kib),
        )
        for code in made
    )
    db.session.flush()
    return made


def spend(user_id: uuid.UUID, typed: str, *, at: datetime) -> bool:
    """Whether this is one of her codes; it is used up by this."""
    plain = _plain(typed)
    found = db.session.scalars(
        select(RecoveryCode).where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.selector == plain[:_GROUP],
            RecoveryCode.used_at.is_(None),
        )
    ).all()
    return any(_spent(code, plain, at) for code in found)


def _spent(code: RecoveryCode, plain: str, at: datetime) -> bool:
    try:
        service.verify(code.code_hash, plain)
    except (VerificationError, InvalidHashError):
        return False
    taken = db.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.id == code.id, RecoveryCode.used_at.is_(None))
        .values(used_at=at)
        .returning(RecoveryCode.id)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


def _code() -> str:
    signs = "".join(secrets.choice(_SIGNS) for _ in range(_GROUPS * _GROUP))
    return "-".join(signs[i : i + _GROUP] for i in range(0, len(signs), _GROUP))


def _plain(typed: str) -> str:
    return "".join(sign for sign in typed.casefold() if sign.isalnum())
