"""A person's spaces and missions, as she may know them: each is looked into under its own scope."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from portal.engagements import queries as engagements
from portal.fleet.models import Establishment
from portal.kit.folding import fold
from tenants.context import Reach, Scope, entered
from tenants.db import db
from tenants.models import Membership, Tenant
from tenants.roles import Role

#: Establishments of a mission named before « and 12 others ».
_NAMED = 5


@dataclass(frozen=True)
class Space:
    """One of her accesses; ``names`` and ``count`` are of the establishments that it reaches.

    ``count`` is ``None`` where two factors are demanded first, and once the access is over.
    """

    membership_id: uuid.UUID
    tenant_id: uuid.UUID
    slug: str
    name: str
    role: Role
    starts_at: datetime
    ends_at: datetime | None
    whole: bool
    open: bool
    count: int | None = None
    names: Sequence[str] = ()


def plain(
    membership: Membership, tenant: Tenant, *, at: datetime, shut: bool = False
) -> tuple[Space, bool]:
    """An access as values that outlive its scope, and whether it may be looked into."""
    ended = membership.revoked_at or membership.ends_at
    over = ended is not None and ended <= at
    space = Space(
        membership.id,
        tenant.id,
        tenant.slug,
        tenant.name,
        membership.role,
        membership.starts_at,
        ended,
        membership.whole_tenant,
        open=not over,
    )
    return space, not over and not shut


def looked_into(
    user_id: uuid.UUID, found: Iterable[tuple[Space, bool]], *, named: bool = False
) -> list[Space]:
    """The same with how many establishments each reaches, and the first of their names.

    Of an access that is over, or shut for now, nothing is read.
    """
    return [_look(user_id, space, named=named) if may else space for space, may in found]


def _look(user_id: uuid.UUID, space: Space, *, named: bool) -> Space:
    scope = Scope(
        tenant_id=space.tenant_id,
        reach=Reach.TENANT if space.whole else Reach.LISTED,
        membership_id=space.membership_id,
        user_id=user_id,
    )
    if space.role is Role.AUDITOR:
        found = _audited(scope)
        return replace(space, count=len(found), names=found[:_NAMED] if named else ())
    e = Establishment
    with _in(scope):
        here = e.archived_at.is_(None)
        count = db.session.scalar(select(func.count()).select_from(e).where(here)) or 0
        names: Sequence[str] = ()
        if named:
            names = db.session.scalars(
                select(e.name).where(here).order_by(e.name_key, e.id).limit(_NAMED)
            ).all()
    return replace(space, count=count, names=names)


def _audited(scope: Scope) -> Sequence[str]:
    """The names of what her engagements open to her, each read as it opens it."""
    with _in(scope):
        ids = [it.id for it in engagements.engagements()]
    names: dict[uuid.UUID, str] = {}
    for engagement_id in ids:
        with _in(replace(scope, engagement_id=engagement_id)):
            names |= {row.id: row.name for row in engagements.places(engagement_id)}
    return sorted(names.values(), key=fold)


@contextmanager
def _in(scope: Scope) -> Iterator[None]:
    """One transaction, for one scope."""
    db.session.rollback()
    with entered(scope):
        yield
        db.session.rollback()


def missions(user_id: uuid.UUID) -> Sequence[tuple[Membership, Tenant]]:
    """Every audit that she is or was sent to, the latest first; needs her own scope."""
    rows = db.session.execute(
        select(Membership, Tenant)
        .join(Tenant, Tenant.id == Membership.tenant_id)
        .where(Membership.user_id == user_id, Membership.role == Role.AUDITOR)
        .order_by(Membership.starts_at.desc(), Tenant.name, Tenant.id)
    )
    return [(membership, tenant) for membership, tenant in rows]
