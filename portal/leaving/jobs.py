"""Promised work of leaving: writing archives, looking at those that are brought, deleting both."""

import tempfile
import uuid
from collections.abc import Callable

from flask import current_app

from portal.config import Settings
from portal.kit import archive, clock, outbox, progress, storage, troubles
from portal.kit.setbacks import told_on
from portal.leaving import checking, packing, packing_all, queries, receiving, service
from portal.leaving.models import ArchiveState, PriorRecord, PriorState, RecordArchive
from portal.leaving.packing import Entries, Packing
from portal.vault import sealed
from portal.vault.clamd import Scanner
from tenants.db import db

#: In bytes: the whole register of a large provider.
LARGEST = 40_000_000_000


@outbox.job(
    service.PACK,
    seconds=3600,
    tell=told_on(RecordArchive, "archive_id", {ArchiveState.ASKED}, given_up=ArchiveState.FAILED),
)
def pack(held: outbox.Lease) -> None:
    """Write the archive, unless it is written.  After the last try it is marked failed."""
    archive_id = uuid.UUID(held.payload["archive_id"])
    try:
        _pack(archive_id)
    except Exception as error:
        if not held.last:
            raise
        db.session.rollback()
        current_app.logger.exception("archive %s could not be made", archive_id)
        found = queries.archive(archive_id, lock=True)
        storage.current().delete(found.file_key)
        service.give_up(found, troubles.named(error))


@outbox.job(service.DISCARD)
def discard(held: outbox.Lease) -> None:
    """Deleting what is gone is no error."""
    service.expire(uuid.UUID(held.payload["archive_id"]))
    storage.current().delete(held.payload["key"])


@outbox.job(
    receiving.CHECK, seconds=900, tell=told_on(PriorRecord, "prior_id", {PriorState.CHECKING})
)
def check(held: outbox.Lease) -> None:
    """Twice is once: what was read stays read."""
    checking.check(uuid.UUID(held.payload["prior_id"]), at=clock.now())


@outbox.job(
    receiving.EXAMINE, seconds=3600, tell=told_on(PriorRecord, "prior_id", {PriorState.EXAMINING})
)
def examine(held: outbox.Lease) -> None:
    """Twice is once: each file is written where it was planned, over what may lie there."""
    settings: Settings = current_app.config["SETTINGS"]
    scanner = Scanner.from_url(settings.clamav_url) if settings.clamav_url else None
    checking.examine(uuid.UUID(held.payload["prior_id"]), held, scanner)


@outbox.job(receiving.LAPSE)
def lapse(held: outbox.Lease) -> None:
    """What was decided on, or is gone already, stays as it is."""
    receiving.lapse(uuid.UUID(held.payload["prior_id"]), at=clock.now())


def _pack(archive_id: uuid.UUID) -> None:
    """Under a lock on the row, so that of two workers the second finds it done."""
    found = queries.archive(archive_id, lock=True)
    if found.state is not ArchiveState.ASKED:
        return
    at = clock.now().replace(microsecond=0)
    how = Packing(at, found.asked_by_name, found.by_house, _telling(archive_id))
    # Written anew: a worker that died after writing and before committing left the key taken.
    storage.current().delete(found.file_key)
    pieces = archive.zipped(_entries(found, how), at=at.astimezone(clock.PARIS))
    # Written whole before it is sent: the store reads no file while it is being given another.
    with tempfile.TemporaryFile() as file:
        file.writelines(pieces)
        file.seek(0)
        stored = sealed.put(found.file_key, file, limit=LARGEST)
    service.keep(found, stored, files=len(how.there), lost=len(how.lost), at=at)


def _telling(archive_id: uuid.UUID) -> Callable[[int, int], None]:
    return lambda done, of: progress.report(archive_id, done, of)


def _entries(found: RecordArchive, how: Packing) -> Entries:
    if found.establishment_id is None:
        return packing_all.of_provider(how)
    return packing.of_place(found.establishment_id, how)
