"""Reads over establishments.  Nothing here writes."""

import uuid
from collections.abc import Sequence

from sqlalchemy import and_, bindparam, func, select

from portal.fleet.models import Establishment, ManagingBody
from portal.kit.errors import NotFound
from portal.kit.folding import fold
from tenants.db import AnyRow, db
from tenants.scoping import find


def establishment(establishment_id: uuid.UUID) -> Establishment:
    """The establishment, archived or not, or :class:`NotFound`."""
    if (found := find(Establishment, establishment_id)) is None:
        raise NotFound
    return found


def locked(establishment_id: uuid.UUID) -> Establishment:
    """The establishment, held until the transaction ends, or :class:`NotFound`."""
    found: Establishment | None = db.session.scalar(
        select(Establishment)
        .where(Establishment.id == establishment_id)
        .with_for_update(key_share=True)
    )
    if found is None:
        raise NotFound
    return found


_WITH_BODY = (
    select(Establishment, ManagingBody.name)
    .outerjoin(
        ManagingBody,
        and_(
            ManagingBody.tenant_id == Establishment.tenant_id,
            ManagingBody.id == Establishment.managing_body_id,
        ),
    )
    .where(Establishment.id == bindparam("establishment"))
)


def with_managing_body(establishment_id: uuid.UUID) -> tuple[Establishment, str | None]:
    """The establishment and its managing body's name, in one read."""
    row = db.session.execute(_WITH_BODY, {"establishment": establishment_id}).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def named(establishment_ids: Sequence[uuid.UUID]) -> Sequence[AnyRow]:
    """Those of the ids that the current scope may see, as rows (id, name, city, stage)."""
    e = Establishment
    return db.session.execute(
        select(e.id, e.name, e.city, e.stage)
        .where(e.id.in_(establishment_ids), e.archived_at.is_(None))
        .order_by(e.name_key, e.id)
    ).all()


def managing_body(body_id: uuid.UUID | None) -> ManagingBody | None:
    """One in reach, if there is one."""
    return None if body_id is None else find(ManagingBody, body_id)


def everywhere() -> Sequence[AnyRow]:
    """All of them by name: rows (id, name, finess, city, stage, archived_at)."""
    e = Establishment
    return db.session.execute(
        select(e.id, e.name, e.finess, e.city, e.stage, e.archived_at).order_by(e.name_key, e.id)
    ).all()


def managing_body_named(name: str) -> ManagingBody | None:
    return db.session.scalar(
        select(ManagingBody)
        .where(func.lower(ManagingBody.name) == name.lower())
        .order_by(ManagingBody.id)
        .limit(1)
    )


def managing_body_names() -> Sequence[str]:
    names = db.session.scalars(
        select(ManagingBody.name).distinct().order_by(ManagingBody.name).limit(2000)
    )
    return sorted(names, key=fold)


def archived(number: int, *, per_page: int) -> tuple[Sequence[AnyRow], int]:
    """A page, from 1, of those taken off the board, the last first, and how many there are in all.

    Rows are (id, name, city, archived_at).
    """
    e = Establishment
    off = e.archived_at.is_not(None)
    total = db.session.scalar(select(func.count()).select_from(e).where(off)) or 0
    rows = db.session.execute(
        select(e.id, e.name, e.city, e.archived_at)
        .where(off)
        .order_by(e.archived_at.desc(), e.id)
        .limit(per_page)
        .offset((number - 1) * per_page)
    ).all()
    return rows, total
