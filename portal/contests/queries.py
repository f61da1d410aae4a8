"""Reads over contests and their messages."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select

from portal.contests.models import Contest, ContestMessage
from portal.kit.errors import NotFound
from tenants.db import AnyRow, db


def at_place(establishment_id: uuid.UUID) -> Sequence[AnyRow]:
    """The contests of one establishment, the open ones first, each with how much was said."""
    c, m = Contest, ContestMessage
    said = (
        select(func.count())
        .where(m.tenant_id == c.tenant_id, m.contest_id == c.id)
        .correlate(c)
        .scalar_subquery()
    )
    return db.session.execute(
        select(
            c.id, c.question, c.codes, c.reason, c.opened_by_name, c.opened_at, c.closed_at,
            c.outcome, said.label("messages"),
        )
        .where(c.establishment_id == establishment_id)
        .order_by(c.closed_at.is_not(None), c.opened_at.desc(), c.id)
    ).all()  # fmt: skip


def contest(establishment_id: uuid.UUID, contest_id: uuid.UUID, *, lock: bool = False) -> Contest:
    """One contest of this establishment, or :class:`NotFound`."""
    query = select(Contest).where(
        Contest.id == contest_id, Contest.establishment_id == establishment_id
    )
    found: Contest | None = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def messages(contest_id: uuid.UUID) -> Sequence[AnyRow]:
    """What was said in it, in its order."""
    m = ContestMessage
    return db.session.execute(
        select(m.id, m.side, m.author_name, m.body, m.written_at)
        .where(m.contest_id == contest_id)
        .order_by(m.written_at, m.id)
    ).all()


def open_at(establishment_id: uuid.UUID, edition_id: str) -> Sequence[Contest]:
    return db.session.scalars(
        select(Contest)
        .where(
            Contest.establishment_id == establishment_id,
            Contest.edition_id == edition_id,
            Contest.closed_at.is_(None),
        )
        .order_by(Contest.opened_at, Contest.id)
        .with_for_update()
    ).all()
