"""Work that waits, counted across tenants by PostgreSQL.  Numbers alone: no payload, no error."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, case, column, func, select

from tenants.db import AnyRow, db
from tenants.models import Tenant

#: As the functions tell it: a ready row is due, for later, or waits for a server that is away.
CONDITIONS = ("dead", "away", "due", "leased", "later")


def backlog(at: datetime) -> Sequence[AnyRow]:
    """By tenant, kind and condition: what gave up first, then what waits longest.

    What is no tenant's has neither name nor slug.

    Needs an operator's own scope; PostgreSQL tells others nothing.
    """
    told = func.outbox_backlog(bindparam("at", at)).table_valued(
        column("tenant_id"), column("kind"), column("state"), column("rows"), column("oldest")
    )
    rank = case({name: place for place, name in enumerate(CONDITIONS)}, value=told.c.state)
    return db.session.execute(
        select(
            told.c.tenant_id,
            Tenant.name,
            Tenant.slug,
            told.c.kind,
            told.c.state,
            told.c.rows.label("number"),
            told.c.oldest,
        )
        .select_from(told)
        .outerjoin(Tenant, told.c.tenant_id == Tenant.id)
        .order_by(rank, told.c.oldest, Tenant.name, told.c.kind)
    ).all()


def unsure_mail() -> Sequence[AnyRow]:
    """Messages that may or may not have left, by tenant; needs an operator's own scope."""
    told = func.mail_unsure().table_valued(column("tenant_id"), column("rows"), column("oldest"))
    return db.session.execute(
        select(Tenant.name, Tenant.slug, told.c.rows.label("number"), told.c.oldest)
        .join(told, told.c.tenant_id == Tenant.id)
        .order_by(told.c.oldest, Tenant.name)
    ).all()


def mail_figures() -> Sequence[AnyRow]:
    """How many messages nobody knows the fate of; in any scope."""
    told = func.mail_figures().table_valued(column("state"), column("rows"))
    return db.session.execute(select(told.c.state, told.c.rows.label("number"))).all()


def tenant(tenant_id: uuid.UUID) -> Tenant | None:
    return db.session.get(Tenant, tenant_id)


def figures(at: datetime) -> Sequence[AnyRow]:
    """By kind, queue and condition, of no tenant in particular; in any scope."""
    told = func.outbox_figures(bindparam("at", at)).table_valued(
        column("kind"), column("queue"), column("state"), column("rows"), column("oldest")
    )
    return db.session.execute(
        select(
            told.c.kind, told.c.queue, told.c.state, told.c.rows.label("number"), told.c.oldest
        ).order_by(told.c.kind, told.c.queue, told.c.state)
    ).all()
