"""Reads over tenants and memberships."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import BindParameter, ColumnElement, DateTime, and_, bindparam, or_, select, true

from tenants.db import db
from tenants.models import Membership, MembershipEstablishment, SignIn, Tenant, UserAccount


def valid(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether a membership opens the door at that instant."""
    return and_(
        Membership.revoked_at.is_(None),
        Membership.starts_at <= at,
        or_(Membership.ends_at.is_(None), Membership.ends_at > at),
    )


_AT = bindparam("at", type_=DateTime(timezone=True))
_OPEN = and_(
    SignIn.id == bindparam("sign_in"), SignIn.revoked_at.is_(None), SignIn.expires_at > _AT
)

#: What a tenant's directory opened is good there alone, for its own people alone (a provider must
#: not speak with its client's voice), and as long as the directory is trusted as it was then.
_GOOD_HERE = or_(
    SignIn.only_tenant_id.is_(None),
    and_(
        SignIn.only_tenant_id == Tenant.id,
        SignIn.opened_at >= Tenant.directory_since,
        Membership.whole_tenant,
    ),
)

#: Put together once: every page of every tenant begins with it.
_ENTRY = (
    select(UserAccount, SignIn, Membership, Tenant)
    .join(SignIn, SignIn.user_id == UserAccount.id)
    .join(Membership, Membership.user_id == UserAccount.id)
    .join(Tenant, Tenant.id == Membership.tenant_id)
    .where(
        UserAccount.id == bindparam("user"),
        Tenant.slug == bindparam("slug"),
        _OPEN,
        valid(_AT),
        _GOOD_HERE,
    )
)
_PERSON = (
    select(UserAccount, SignIn)
    .join(SignIn, SignIn.user_id == UserAccount.id)
    .outerjoin(Tenant, Tenant.id == SignIn.only_tenant_id)
    .where(
        UserAccount.id == bindparam("user"),
        _OPEN,
        or_(SignIn.only_tenant_id.is_(None), SignIn.opened_at >= Tenant.directory_since),
    )
)


def entry(
    user_id: uuid.UUID, sign_in_id: uuid.UUID, slug: str, at: datetime
) -> tuple[UserAccount, SignIn, Membership, Tenant] | None:
    """The person, her open sign-in, her valid membership and the tenant, in one read."""
    row = db.session.execute(
        _ENTRY, {"user": user_id, "sign_in": sign_in_id, "slug": slug, "at": at}
    ).first()
    return None if row is None else (row[0], row[1], row[2], row[3])


def person(
    user_id: uuid.UUID, sign_in_id: uuid.UUID, at: datetime
) -> tuple[UserAccount, SignIn] | None:
    """A person and her sign-in, while it is open."""
    row = db.session.execute(_PERSON, {"user": user_id, "sign_in": sign_in_id, "at": at}).first()
    return None if row is None else (row[0], row[1])


def sign_ins(user_id: uuid.UUID, at: datetime) -> Sequence[SignIn]:
    """Where a person is signed in now, the latest first; needs her own scope."""
    return db.session.scalars(
        select(SignIn)
        .where(SignIn.user_id == user_id, SignIn.revoked_at.is_(None), SignIn.expires_at > at)
        .order_by(SignIn.opened_at.desc(), SignIn.id)
    ).all()


def may_enter(user_id: uuid.UUID, tenant_id: uuid.UUID, at: datetime) -> bool:
    """Whether a person has a valid membership of a tenant, signed in or not."""
    asked = select(Membership.id).where(
        Membership.tenant_id == tenant_id, Membership.user_id == user_id, valid(at)
    )
    return db.session.scalar(asked) is not None


def user(user_id: uuid.UUID) -> UserAccount | None:
    return db.session.get(UserAccount, user_id)


def user_by_email(email: str) -> UserAccount | None:
    return db.session.scalar(select(UserAccount).where(UserAccount.email == email.strip().lower()))


def hats(
    user_id: uuid.UUID, at: datetime, *, only: uuid.UUID | None = None
) -> Sequence[tuple[Membership, Tenant]]:
    """Each valid membership of a person with its tenant; needs her own scope.

    ``only`` one tenant's: what its directory opened tells nothing of the others.
    """
    there = Tenant.id == only if only else true()
    rows = db.session.execute(
        select(Membership, Tenant)
        .join(Tenant, Tenant.id == Membership.tenant_id)
        .where(Membership.user_id == user_id, valid(at), there)
        .order_by(Tenant.name, Tenant.id)
    )
    return [(membership, tenant) for membership, tenant in rows]


def tenant_by_slug(slug: str) -> Tenant | None:
    return db.session.scalar(select(Tenant).where(Tenant.slug == slug))


def tenants() -> Sequence[Tenant]:
    """Every provider, by address."""
    return db.session.scalars(select(Tenant).order_by(Tenant.slug)).all()


def tenant(tenant_id: uuid.UUID) -> Tenant:
    return db.session.get_one(Tenant, tenant_id)


def members(at: datetime) -> Sequence[tuple[Membership, UserAccount]]:
    """Everybody with a valid membership of the current tenant."""
    rows = db.session.execute(
        select(Membership, UserAccount)
        .join(UserAccount, UserAccount.id == Membership.user_id)
        .where(valid(at))
        .order_by(UserAccount.name, UserAccount.id)
    )
    return [(membership, person) for membership, person in rows]


def reached_establishments(membership_id: uuid.UUID) -> Sequence[uuid.UUID]:
    return db.session.scalars(
        select(MembershipEstablishment.establishment_id)
        .where(MembershipEstablishment.membership_id == membership_id)
        .order_by(MembershipEstablishment.establishment_id)
    ).all()


def tenants_not_swept(today: date) -> Sequence[uuid.UUID]:
    """Tenants whose daily sweep has not been promised yet."""
    return db.session.scalars(
        select(Tenant.id)
        .where(or_(Tenant.swept_on.is_(None), Tenant.swept_on < today))
        .order_by(Tenant.id)
    ).all()
