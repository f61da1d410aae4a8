"""Reads over tenants and memberships."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    DateTime,
    and_,
    bindparam,
    or_,
    select,
    true,
)

from tenants.db import Model, db
from tenants.models import Membership, MembershipEstablishment, SignIn, Tenant, UserAccount

M = TypeVar("M", bound=Model)


def valid(at: datetime | BindParameter[datetime], of: Any = Membership) -> ColumnElement[bool]:
    """Whether a membership opens the door at that instant; ``of``: the model, or its columns."""
    return and_(
        of.revoked_at.is_(None), of.starts_at <= at, or_(of.ends_at.is_(None), of.ends_at > at)
    )


_AT = bindparam("at", type_=DateTime(timezone=True))
_ENROLLING = bindparam("enrolling", type_=Boolean())
_MET = (UserAccount, SignIn, Membership, Tenant)
_NAMES = {kind: tuple(column.name for column in kind.__table__.c) for kind in _MET}
_USER, _SIGN_IN, _MEMBERSHIP, _TENANT = (kind.__table__.c for kind in _MET)


def _open(of: Any) -> ColumnElement[bool]:
    return and_(of.id == bindparam("sign_in"), of.revoked_at.is_(None), of.expires_at > _AT)


#: What a tenant's directory opened is good there alone, for its own people alone (a provider must
#: not speak with its client's voice), and as long as the directory is trusted as it was then.
_GOOD_HERE = or_(
    _SIGN_IN.only_tenant_id.is_(None),
    and_(
        _SIGN_IN.only_tenant_id == _TENANT.id,
        _SIGN_IN.opened_at >= _TENANT.directory_since,
        _MEMBERSHIP.whole_tenant,
    ),
)
#: Every page of every tenant begins with it: put together once, of columns rather than of models,
#: which would cost as much again as the question itself.
_ENTRY = select(
    *(
        column.label(f"{kind.__tablename__}_{column.name}")
        for kind in _MET
        for column in kind.__table__.c
    )
).where(
    _USER.id == bindparam("user"),
    _SIGN_IN.user_id == _USER.id,
    _MEMBERSHIP.user_id == _USER.id,
    _TENANT.id == _MEMBERSHIP.tenant_id,
    _TENANT.slug == bindparam("slug"),
    _open(_SIGN_IN),
    _SIGN_IN.enrolling.is_(False),
    valid(_AT, of=_MEMBERSHIP),
    _GOOD_HERE,
)
_PERSON = (
    select(UserAccount, SignIn)
    .join(SignIn, SignIn.user_id == UserAccount.id)
    .outerjoin(Tenant, Tenant.id == SignIn.only_tenant_id)
    .where(
        UserAccount.id == bindparam("user"),
        _open(SignIn),
        or_(SignIn.enrolling.is_(False), _ENROLLING),
        or_(SignIn.only_tenant_id.is_(None), SignIn.opened_at >= Tenant.directory_since),
    )
)


def entry(
    user_id: uuid.UUID, sign_in_id: uuid.UUID, slug: str, at: datetime
) -> tuple[UserAccount, SignIn, Membership, Tenant] | None:
    """The person, her open sign-in, her valid membership and the tenant, in one read.

    To be read, not written: no session knows them.
    """
    asked = {"user": user_id, "sign_in": sign_in_id, "slug": slug, "at": at}
    if (row := db.session.execute(_ENTRY, asked).first()) is None:
        return None
    values = iter(row)
    return (
        _made(UserAccount, values),
        _made(SignIn, values),
        _made(Membership, values),
        _made(Tenant, values),
    )


def _made(kind: type[M], values: Iterator[Any]) -> M:
    """One of ``_MET``, in their order, of the next values of the row.

    They go where the attributes are read from, as what was loaded does: nothing of it is a change.
    """
    made = kind()
    made.__dict__.update(zip(_NAMES[kind], values, strict=False))
    return made


def person(
    user_id: uuid.UUID, sign_in_id: uuid.UUID, at: datetime, *, enrolling: bool = False
) -> tuple[UserAccount, SignIn] | None:
    """A person and her sign-in, while it is open.

    ``enrolling``: even one that is good for adding a second factor alone.
    """
    asked = {"user": user_id, "sign_in": sign_in_id, "at": at, "enrolling": enrolling}
    row = db.session.execute(_PERSON, asked).first()
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


def places(user_id: uuid.UUID, at: datetime) -> Sequence[uuid.UUID]:
    """The tenants that a person may enter; needs her own scope."""
    return db.session.scalars(
        select(Membership.tenant_id).where(Membership.user_id == user_id, valid(at))
    ).all()


def tenant_by_slug(slug: str) -> Tenant | None:
    return db.session.scalar(select(Tenant).where(Tenant.slug == slug))


def tenants() -> Sequence[Tenant]:
    """Every provider, by address."""
    return db.session.scalars(select(Tenant).order_by(Tenant.slug)).all()


def tenant(tenant_id: uuid.UUID, *, lock: bool = False) -> Tenant:
    """One tenant; locked, as it is by now."""
    return db.session.get_one(
        Tenant, tenant_id, with_for_update=lock or None, populate_existing=lock
    )


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
    """Tenants whose daily sweep has not been promised yet.

    Nor was that of a day to come, by a clock that once ran ahead.
    """
    return db.session.scalars(
        select(Tenant.id).where(Tenant.swept_on.is_distinct_from(today)).order_by(Tenant.id)
    ).all()
