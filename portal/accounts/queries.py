"""Reads over factors and what happened to an account.  All need the person's own scope."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from portal.accounts.models import AccountEvent, Factor, FactorKind, RecoveryCode
from tenants.db import db
from tenants.models import SignIn


def factors(user_id: uuid.UUID, kind: FactorKind | None = None) -> list[Factor]:
    """Oldest first."""
    found = select(Factor).where(Factor.user_id == user_id).order_by(Factor.added_at, Factor.id)
    if kind is not None:
        found = found.where(Factor.kind == kind)
    return list(db.session.scalars(found))


def recovery_codes_left(user_id: uuid.UUID) -> int:
    return (
        db.session.scalar(
            select(func.count()).where(
                RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
            )
        )
        or 0
    )


def events(user_id: uuid.UUID, *, limit: int = 30) -> Sequence[AccountEvent]:
    """What happened to the account, the latest first."""
    return db.session.scalars(
        select(AccountEvent)
        .where(AccountEvent.user_id == user_id)
        .order_by(AccountEvent.at.desc(), AccountEvent.id.desc())
        .limit(limit)
    ).all()


def known_agents(user_id: uuid.UUID, since: datetime) -> set[str]:
    """The browsers that she signed in with since then."""
    return set(
        db.session.scalars(
            select(SignIn.agent)
            .where(SignIn.user_id == user_id, SignIn.opened_at >= since)
            .distinct()
        )
    )
