"""Opening a tenant and letting people in.  Flushes, never commits."""

import re
import uuid
from collections.abc import Iterable
from datetime import datetime

from tenants.db import db
from tenants.models import Membership, MembershipEstablishment, Tenant, UserAccount
from tenants.roles import PROVIDER_ROLES, Role

#: First path segments the portal keeps for itself: a tenant cannot be named so.
RESERVED_SLUGS = frozenset(
    {
        "static", "guide", "verifier", "connexion", "deconnexion", "langue", "healthz", "readyz",
        "api", "mes-acces", "aide", "v", "journal", "confidentialite", "inscription", ".well-known",
    }
)  # fmt: skip
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def open_tenant(*, slug: str, name: str, siren: str | None, edition_id: str) -> Tenant:
    """Create a provider's tenant.  Raises ``ValueError`` on a slug that URLs cannot carry."""
    if slug in RESERVED_SLUGS or not _SLUG.fullmatch(slug):
        raise ValueError(slug)
    tenant = Tenant(slug=slug, name=name, siren=siren, edition_id=edition_id)
    db.session.add(tenant)
    db.session.flush()
    return tenant


def register_user(*, email: str, name: str, password_hash: str | None) -> UserAccount:
    user = UserAccount(email=email.strip().lower(), name=name, password_hash=password_hash)
    db.session.add(user)
    db.session.flush()
    return user


def remember_language(user_id: uuid.UUID, locale: str) -> None:
    """Speak to a person in this language wherever she signs in, and write to her in it."""
    if (person := db.session.get(UserAccount, user_id)) is not None:
        person.locale = locale
        db.session.flush()


def admit(
    user_id: uuid.UUID,
    *,
    role: Role,
    job_title: str = "",
    establishments: Iterable[uuid.UUID] = (),
    ends_at: datetime | None = None,
) -> Membership:
    """Give a person a role in the current tenant; outsiders reach listed establishments only."""
    membership = Membership(
        user_id=user_id,
        role=role,
        job_title=job_title,
        whole_tenant=role in PROVIDER_ROLES,
        ends_at=ends_at,
    )
    db.session.add(membership)
    db.session.flush()
    db.session.add_all(
        MembershipEstablishment(membership_id=membership.id, establishment_id=establishment_id)
        for establishment_id in establishments
    )
    db.session.flush()
    return membership


def revoke(membership: Membership, *, at: datetime) -> None:
    """End a membership now; the next request already finds the door shut."""
    membership.revoked_at = at
    db.session.flush()
