"""Reads over directories and whom they vouch for."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from portal.federation.models import ExternalIdentity, IdentityProvider, PlatformIdentity
from tenants import queries as tenancy
from tenants.db import db
from tenants.models import Membership
from tenants.roles import PROVIDER_ROLES


def provider() -> IdentityProvider | None:
    """The directory of the current tenant, enabled or not."""
    found: IdentityProvider | None = db.session.scalar(
        select(IdentityProvider).order_by(IdentityProvider.id)
    )
    return found


def identity(provider_id: uuid.UUID, *, issuer: str, subject: str) -> ExternalIdentity | None:
    """Whom the current tenant's directory means by this subject."""
    found: ExternalIdentity | None = db.session.scalar(
        select(ExternalIdentity).where(
            ExternalIdentity.provider_id == provider_id,
            ExternalIdentity.issuer == issuer,
            ExternalIdentity.subject == subject,
        )
    )
    return found


def identity_of(user_id: uuid.UUID) -> ExternalIdentity | None:
    """How the current tenant's directory knows somebody, by the issuer that it has now."""
    found: ExternalIdentity | None = db.session.scalar(
        select(ExternalIdentity)
        .join(
            IdentityProvider,
            (IdentityProvider.tenant_id == ExternalIdentity.tenant_id)
            & (IdentityProvider.id == ExternalIdentity.provider_id),
        )
        .where(
            ExternalIdentity.user_id == user_id, ExternalIdentity.issuer == IdentityProvider.issuer
        )
        .limit(1)
    )
    return found


def may_come(user_id: uuid.UUID, at: datetime) -> bool:
    """Whether somebody is of the provider's own people, here and now."""
    found = select(Membership.id).where(
        Membership.user_id == user_id, Membership.role.in_(PROVIDER_ROLES), tenancy.valid(at)
    )
    return db.session.scalar(found) is not None


def linked_people() -> int:
    """How many people of the tenant its directory can vouch for now."""
    found = select(ExternalIdentity.user_id).join(
        IdentityProvider,
        (IdentityProvider.tenant_id == ExternalIdentity.tenant_id)
        & (IdentityProvider.id == ExternalIdentity.provider_id)
        & (IdentityProvider.issuer == ExternalIdentity.issuer),
    )
    return len(set(db.session.scalars(found)))


def known_to_platform(digests: Collection[str]) -> PlatformIdentity | None:
    """Whom Pro Santé Connect means; ``digests`` of one subject, under each secret known."""
    found: PlatformIdentity | None = db.session.scalar(
        select(PlatformIdentity).where(PlatformIdentity.digest.in_(digests))
    )
    return found


def platform_identities(user_id: uuid.UUID) -> Sequence[PlatformIdentity]:
    return db.session.scalars(
        select(PlatformIdentity).where(PlatformIdentity.user_id == user_id)
    ).all()
