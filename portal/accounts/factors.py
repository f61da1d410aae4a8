"""Adding and taking away second factors."""

import uuid
from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError

from portal.accounts import queries
from portal.accounts.models import Factor, FactorKind, RecoveryCode
from portal.accounts.passkeys import Made
from portal.kit.errors import NotFound, Refused
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.db import db
from tenants.models import UserAccount


def held(user_id: uuid.UUID) -> bool:
    """Whether she has a second factor; needs her own scope, as all that follows."""
    return db.session.scalar(select(exists().where(Factor.user_id == user_id))) or False


def hold_door(user_id: uuid.UUID) -> None:
    """Before one is added: who comes in by the password in that very moment waits, then is asked.

    She holds the account as well (``portal.accounts.steps.stands``), until she is in.
    """
    db.session.scalar(
        select(UserAccount.id).where(UserAccount.id == user_id).with_for_update(key_share=True)
    )


def add_passkey(user_id: uuid.UUID, made: Made, *, label: str, at: datetime) -> Factor | None:
    """Keep a passkey; ``None`` when it opens an account already, hers or another."""
    factor = Factor(
        user_id=user_id,
        kind=FactorKind.PASSKEY,
        label=label,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        added_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(factor)
    except IntegrityError:
        return None
    return factor


def remove(
    user_id: uuid.UUID,
    *,
    factor_id: uuid.UUID,
    kept: uuid.UUID,
    always: bool,
    at: datetime,
) -> str:
    """Take a factor away, and close every sign-in but ``kept``; returns how it was called.

    The last one stays where a tenant of hers demands two.  With it go the codes on paper.
    """
    held = queries.factors(user_id)
    factor = next((factor for factor in held if factor.id == factor_id), None)
    if factor is None:
        raise NotFound
    if len(held) == 1 and demanded(user_id, always=always, at=at):
        raise Refused("A provider of yours demands a second factor: add another one first.")
    db.session.delete(factor)
    if len(held) == 1:
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    tenants.close_sign_ins(user_id, spared=kept, at=at)
    db.session.flush()
    return factor.label


def demanded(user_id: uuid.UUID, *, always: bool, at: datetime) -> bool:
    """Whether any tenant that she may enter demands two factors of her."""
    return any(
        tenants.demands_two_factors(tenant, membership.role, always=always)
        for membership, tenant in tenancy.hats(user_id, at)
    )
