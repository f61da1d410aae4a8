"""Reads over archives."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from portal.kit.errors import NotFound
from portal.leaving.models import ArchiveState, RecordArchive
from tenants.db import db

SHOWN = 20


def archive(archive_id: uuid.UUID, *, lock: bool = False) -> RecordArchive:
    """One in reach; ``lock`` makes a second worker wait.  Raises :class:`NotFound`."""
    wanted = select(RecordArchive).where(RecordArchive.id == archive_id)
    found: RecordArchive | None = db.session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound
    return found


def archives(establishment_id: uuid.UUID | None) -> Sequence[RecordArchive]:
    """The last ones of an establishment, or of the whole provider; the latest first."""
    it = RecordArchive
    return db.session.scalars(
        select(it)
        .where(it.establishment_id.is_not_distinct_from(establishment_id))
        .order_by(it.created_at.desc(), it.id.desc())
        .limit(SHOWN)
    ).all()


def being_made(establishment_id: uuid.UUID | None) -> RecordArchive | None:
    """The one that is being made, if there is one."""
    it = RecordArchive
    return db.session.scalar(
        select(it)
        .where(
            it.establishment_id.is_not_distinct_from(establishment_id),
            it.state == ArchiveState.ASKED,
        )
        .order_by(it.created_at.desc())
        .limit(1)
    )
