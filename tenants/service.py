"""Opening a tenant and letting people in.  Flushes, never commits."""

import re
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update

from tenants.db import db
from tenants.models import Membership, MembershipEstablishment, SignIn, Tenant, UserAccount
from tenants.roles import GUARDED_ROLES, PROVIDER_ROLES, Role, SecondFactor
from tenants.scoping import new_id

#: First path segments the portal keeps for itself: a tenant cannot be named so.
RESERVED_SLUGS = frozenset(
    {
        "static", "guide", "verifier", "connexion", "deconnexion", "langue", "healthz", "readyz",
        "api", "mes-acces", "aide", "v", "journal", "confidentialite", "inscription", ".well-known",
        "mon-compte", "mot-de-passe", "confirmer", "double-verification",
        "invitation", "mes-prestataires", "mes-espaces", "mes-missions", "exploitation",
        "adresse-precedente", "metrics", "rappels", "calendrier", "courrier", "depot", "formats",
    }
)  # fmt: skip
#: The longest a browser stays signed in, used or not.
SIGNED_IN_FOR = timedelta(days=14)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def open_tenant(
    *,
    slug: str,
    name: str,
    siren: str | None,
    edition_id: str,
    second_factor: SecondFactor = SecondFactor.PROVIDERS,
    tenant_id: uuid.UUID | None = None,
    locale: str = "fr",
) -> Tenant:
    """Create a provider's tenant.  Raises ``ValueError`` on a slug that URLs cannot carry."""
    if not is_slug(slug):
        raise ValueError(slug)
    tenant = Tenant(
        id=tenant_id or new_id(),
        slug=slug,
        name=name,
        siren=siren,
        edition_id=edition_id,
        second_factor=second_factor,
        locale=locale,
    )
    db.session.add(tenant)
    db.session.flush()
    return tenant


def is_slug(slug: str) -> bool:
    """Whether a tenant may have this name in URLs, were it free."""
    return slug not in RESERVED_SLUGS and _SLUG.fullmatch(slug) is not None


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


def open_sign_in(
    user_id: uuid.UUID,
    *,
    method: str,
    strong: bool,
    at: datetime,
    agent: str = "",
    address: str = "",
    only_tenant_id: uuid.UUID | None = None,
    enrolling: timedelta | None = None,
) -> SignIn:
    """Remember that a person signed in here; needs her own scope.

    ``only_tenant_id``: good in this tenant alone, whose directory vouched for her.
    ``enrolling``: good for so long, to add a second factor and for nothing else.
    """
    found = SignIn(
        user_id=user_id,
        method=method,
        strong=strong,
        confirmed_at=at,
        opened_at=at,
        expires_at=at + (enrolling or SIGNED_IN_FOR),
        agent=agent,
        address=address,
        only_tenant_id=only_tenant_id,
        enrolling=enrolling is not None,
    )
    db.session.add(found)
    db.session.flush()
    return found


def admit(
    user_id: uuid.UUID,
    *,
    role: Role,
    job_title: str = "",
    establishments: Iterable[uuid.UUID] = (),
    ends_at: datetime | None = None,
) -> Membership:
    """Give a person a role in the current tenant; outsiders reach listed establishments only.

    Somebody who was here before comes back with this role and nothing of the earlier one.
    """
    ended = or_(Membership.revoked_at.is_not(None), Membership.ends_at <= func.now())
    membership = db.session.scalar(
        select(Membership).where(Membership.user_id == user_id, ended).with_for_update()
    )
    if membership is None:
        membership = Membership(user_id=user_id)
    else:
        membership.starts_at, membership.revoked_at = func.now(), None
    return reassign(
        membership,
        role=role,
        job_title=job_title,
        establishments=establishments,
        ends_at=ends_at,
    )


def reassign(
    membership: Membership,
    *,
    role: Role,
    job_title: str,
    establishments: Iterable[uuid.UUID],
    ends_at: datetime | None,
) -> Membership:
    """Replace what a membership opens, as a whole."""
    membership.role, membership.job_title, membership.ends_at = role, job_title, ends_at
    membership.whole_tenant = role in PROVIDER_ROLES
    db.session.add(membership)
    db.session.flush()
    db.session.execute(
        delete(MembershipEstablishment).where(
            MembershipEstablishment.tenant_id == membership.tenant_id,
            MembershipEstablishment.membership_id == membership.id,
        )
    )
    db.session.add_all(
        MembershipEstablishment(membership_id=membership.id, establishment_id=establishment_id)
        for establishment_id in establishments
    )
    db.session.flush()
    return membership


def close_sign_ins(
    user_id: uuid.UUID,
    *,
    at: datetime,
    only: uuid.UUID | None = None,
    spared: uuid.UUID | None = None,
    enrolling: bool = False,
    weak: bool = False,
) -> int:
    """Shut one sign-in of a person, or all but one; returns how many.  Needs her own scope.

    ``enrolling``: of those alone that are good for adding a second factor; ``weak``: of those alone
    that one factor opened, but not a directory, which answers for its own tenant.  Their browsers
    are strangers from then on, those that had signed out before as well.
    """
    asked = update(SignIn).where(SignIn.user_id == user_id)
    if only is not None:
        asked = asked.where(SignIn.id == only)
    if spared is not None:
        asked = asked.where(SignIn.id != spared)
    if enrolling:
        asked = asked.where(SignIn.enrolling)
    if weak:
        asked = asked.where(~SignIn.strong, SignIn.only_tenant_id.is_(None))
    db.session.execute(asked.values(shut_out=True))
    open_ones = asked.where(SignIn.revoked_at.is_(None)).values(revoked_at=at)
    return len(db.session.scalars(open_ones.returning(SignIn.id)).all())


def leave_sign_in(user_id: uuid.UUID, sign_in_id: uuid.UUID, *, at: datetime) -> None:
    """End a sign-in from its own browser, which stays known.  Needs her own scope."""
    asked = update(SignIn).where(SignIn.user_id == user_id, SignIn.revoked_at.is_(None))
    db.session.execute(asked.where(SignIn.id == sign_in_id).values(revoked_at=at))


def demands_two_factors(tenant: Tenant, role: Role, *, always: bool) -> bool:
    """Whether this tenant lets this role in by two factors only; ``always``: nobody is spared."""
    if tenant.second_factor is SecondFactor.EVERYONE:
        return True
    if tenant.second_factor is SecondFactor.NOBODY and not always:
        return False
    return role in GUARDED_ROLES


def takes_a_directory(tenant: Tenant, role: Role) -> bool:
    """Whether this tenant lets this role in by its directory alone.

    Owners keep another way in: a directory that fails must not shut everybody out.
    """
    bound = tenant.directory_only and tenant.directory_since is not None
    return bound and role in PROVIDER_ROLES - {Role.OWNER}


def demand_second_factor(tenant: Tenant, whom: SecondFactor) -> None:
    """Demand two factors of these from the next request on; ``NOBODY`` is for demonstrations."""
    db.session.execute(update(Tenant).where(Tenant.id == tenant.id).values(second_factor=whom))
    tenant.second_factor = whom


def revoke(membership: Membership, *, at: datetime) -> None:
    """End a membership now; the next request already finds the door shut."""
    membership.revoked_at = at
    db.session.flush()
