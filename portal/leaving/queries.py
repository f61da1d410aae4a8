"""Reads over archives, and over what came from elsewhere."""

import uuid
from collections.abc import Sequence

from sqlalchemy import literal, or_, select

from portal.fleet.models import Establishment
from portal.kit.errors import NotFound
from portal.leaving.models import (
    UNDER_WAY,
    ArchiveState,
    PriorFile,
    PriorRecord,
    PriorState,
    RecordArchive,
)
from tenants.db import db
from tenants.scoping import find

SHOWN = 20


def archive(archive_id: uuid.UUID, *, lock: bool = False) -> RecordArchive:
    """One in reach; ``lock`` makes a second worker wait.  Raises :class:`NotFound`."""
    wanted = select(RecordArchive).where(RecordArchive.id == archive_id)
    found: RecordArchive | None = db.session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound
    return found


def archives(
    establishment_id: uuid.UUID | None, *, for_house: bool = False
) -> Sequence[RecordArchive]:
    """The last ones of an establishment, or of the whole provider; the latest first.

    Those that its people asked for are told to them alone (``for_house``).
    """
    it = RecordArchive
    return db.session.scalars(
        select(it)
        .where(
            it.establishment_id.is_not_distinct_from(establishment_id),
            or_(literal(for_house), it.by_house.is_(False)),
        )
        .order_by(it.created_at.desc(), it.id.desc())
        .limit(SHOWN)
    ).all()


def being_made(establishment_id: uuid.UUID | None, *, by_house: bool) -> RecordArchive | None:
    """The one that is being made, if there is one."""
    it = RecordArchive
    return db.session.scalar(
        select(it)
        .where(
            it.establishment_id.is_not_distinct_from(establishment_id),
            it.by_house.is_(by_house),
            it.state == ArchiveState.ASKED,
        )
        .order_by(it.created_at.desc())
        .limit(1)
    )


def prior(prior_id: uuid.UUID, *, lock: bool = False) -> PriorRecord:
    """One in reach; ``lock`` makes a second person or worker wait.  Raises :class:`NotFound`."""
    wanted = select(PriorRecord).where(PriorRecord.id == prior_id)
    found: PriorRecord | None = db.session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound
    return found


def kept_one(prior_id: uuid.UUID) -> PriorRecord:
    """One that is part of the record: what was only brought, or was taken out again, is not.

    Raises :class:`NotFound`.
    """
    found = prior(prior_id)
    if found.state is not PriorState.KEPT:
        raise NotFound
    return found


def kept(establishment_id: uuid.UUID) -> Sequence[PriorRecord]:
    """Those that are part of its record, the latest made first."""
    it = PriorRecord
    return db.session.scalars(
        select(it)
        .where(it.establishment_id == establishment_id, it.state == PriorState.KEPT)
        .order_by(it.made_at.desc(), it.id)
    ).all()


def others(establishment_id: uuid.UUID) -> Sequence[PriorRecord]:
    """What was brought and is not part of it, or not yet; the latest first."""
    it = PriorRecord
    return db.session.scalars(
        select(it)
        .where(it.establishment_id == establishment_id, it.state != PriorState.KEPT)
        .order_by(it.state.in_(UNDER_WAY).desc(), it.created_at.desc(), it.id)
        .limit(SHOWN)
    ).all()


def is_kept(establishment_id: uuid.UUID, manifest_sha256: str) -> bool:
    return any(one.manifest_sha256 == manifest_sha256 for one in kept(establishment_id))


def files(prior_id: uuid.UUID) -> Sequence[PriorFile]:
    it = PriorFile
    return db.session.scalars(select(it).where(it.prior_id == prior_id).order_by(it.place)).all()


def file(prior_id: uuid.UUID, file_id: uuid.UUID) -> PriorFile:
    """Raises :class:`NotFound`."""
    found = find(PriorFile, file_id)
    if found is None or found.prior_id != prior_id:
        raise NotFound
    return found


def finess(establishment_id: uuid.UUID) -> str | None:
    return db.session.scalar(
        select(Establishment.finess).where(Establishment.id == establishment_id)
    )
