"""Codes of an authenticator app (RFC 6238): six figures, thirty seconds, none taken twice."""

import uuid
from datetime import datetime
from typing import Final

import pyotp
import segno
from sqlalchemy import or_, update

from portal.accounts.models import Factor, FactorKind
from portal.kit import keys
from tenants.db import db

ISSUER: Final = "Treize"
SECONDS: Final = 30
FIGURES: Final = 6
#: Clocks may differ by one step either way.
DRIFT: Final = 1
_PURPOSE: Final = "totp"


def new_secret() -> str:
    """160 bits, in base32 as apps take them."""
    return pyotp.random_base32()


def address(secret: str, email: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def picture(text: str) -> str:
    """A QR code as a ``data:`` address, black on white in any theme."""
    drawn: str = segno.make(text, error="m").svg_data_uri(scale=4, border=4, light="white")
    return drawn


def step_of(secret: str, typed: str, at: datetime) -> int | None:
    """The step whose code this is, among the present one and its neighbours."""
    now = int(at.timestamp()) // SECONDS
    code = pyotp.TOTP(secret)
    for step in range(now - DRIFT, now + DRIFT + 1):
        if pyotp.utils.strings_equal(code.generate_otp(step), typed):
            return step
    return None


def add(user_id: uuid.UUID, secret: str, *, step: int, label: str, at: datetime) -> Factor:
    """Keep an app whose first code was right; ``step`` is that code's, spent by now."""
    factor = Factor(
        user_id=user_id,
        kind=FactorKind.TOTP,
        label=label,
        secret=keys.encipher(_PURPOSE, secret),
        last_step=step,
        added_at=at,
        used_at=at,
    )
    db.session.add(factor)
    db.session.flush()
    return factor


def proves(factor: Factor, typed: str, *, at: datetime) -> bool:
    """Whether this is the app's code of now, and was not taken before."""
    secret = keys.decipher(_PURPOSE, factor.secret or "")
    step = step_of(secret, typed, at) if secret else None
    if step is None:
        return False
    taken = db.session.execute(
        update(Factor)
        .where(Factor.id == factor.id, or_(Factor.last_step.is_(None), Factor.last_step < step))
        .values(last_step=step, used_at=at)
        .returning(Factor.id)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None
