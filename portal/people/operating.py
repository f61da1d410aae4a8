"""What whoever operates the portal may know: which tenants and accounts there are, in numbers.

PostgreSQL counts, for the persons it knows as operators alone (``tenant_census``).
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, column, func, select
from sqlalchemy.orm import Session, aliased

from portal.people.models import Operator
from tenants.db import AnyRow, db
from tenants.models import CLOSED, Tenant, UserAccount


def is_operator(user_id: uuid.UUID) -> bool:
    """Needs the person's own scope."""
    return db.session.get(Operator, user_id) is not None


def tenants(at: datetime) -> Sequence[AnyRow]:
    """Each tenant, its plan, how many people and clients it has, by name.  In her own scope.

    ``twins``: how many others claim its SIREN.  A number is claimed, not proven: to refuse the
    second would let anybody keep the first out, or learn who is here; whoever operates is told.
    """
    another = aliased(Tenant)
    twins = (
        select(func.count())
        .where(another.siren == Tenant.siren, another.id != Tenant.id)
        .scalar_subquery()
    )
    census = func.tenant_census(bindparam("at", at)).table_valued(
        column("tenant_id"), column("people"), column("establishments")
    )
    return db.session.execute(
        select(
            Tenant.name,
            Tenant.slug,
            Tenant.siren,
            twins.label("twins"),
            Tenant.created_at,
            Tenant.plan,
            Tenant.plan_until,
            census.c.people,
            census.c.establishments,
        )
        .join(census, census.c.tenant_id == Tenant.id)
        .order_by(Tenant.name, Tenant.id)
    ).all()


def accounts(*, limit: int, offset: int) -> Sequence[AnyRow]:
    """The latest first; ``closed``: her name and her address are gone."""
    u = UserAccount
    return db.session.execute(
        select(u.name, u.email, u.created_at, u.email.endswith(CLOSED).label("closed"))
        .order_by(u.created_at.desc(), u.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def account_count() -> int:
    return db.session.scalar(select(func.count()).select_from(UserAccount)) or 0


def account(session: Session, email: str) -> uuid.UUID | None:
    """Whose address this is, as the database's owner, who speaks of her from here on.

    The policies bind the owner as well: it says first of whom it speaks.
    """
    found = session.scalar(select(UserAccount.id).where(UserAccount.email == email.strip().lower()))
    if found is not None:
        session.execute(select(func.set_config("app.user_id", str(found), True)))  # noqa: FBT003 -- PostgreSQL's own
    return found


def grant(session: Session, user_id: uuid.UUID) -> None:
    """Name an operator, once :func:`account` has found her."""
    if session.get(Operator, user_id) is None:
        session.add(Operator(user_id=user_id))
        session.flush()


def revoke(session: Session, user_id: uuid.UUID) -> bool:
    """Name her no more, once :func:`account` has found her; whether she was an operator.

    The last one as well: it is the terminal that names operators, and it names another.
    """
    row = session.get(Operator, user_id)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True
