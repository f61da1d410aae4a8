"""Promised work of leaving: writing archives, looking at those that are brought, deleting both."""

import tempfile
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import IO

from flask import current_app

from portal.config import Settings
from portal.kit import archive, clock, outbox, progress, retries, storage, transactions, troubles
from portal.kit.errors import Unavailable
from portal.kit.setbacks import told_on
from portal.leaving import checking, packing, packing_all, queries, receiving, service, telling
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
        if not retries.in_vain(held, error, at=clock.now()):
            raise
        db.session.rollback()
        current_app.logger.exception("archive %s could not be made", archive_id)
        found = queries.archive(archive_id, lock=True)
        # Nothing of it is left, unless the store itself is what fails: another try writes over it.
        with suppress(Unavailable):
            storage.current().delete(found.file_key)
        service.give_up(found, troubles.named(error), at=clock.now())


@outbox.job(service.AGAIN)
def again(held: outbox.Lease) -> None:
    """Begun anew twice, it is packed once: of two workers the second finds it done."""
    archive_id = uuid.UUID(held.payload["archive_id"])
    service.begin_anew(archive_id, turn=held.outbox_id, at=clock.now())


@outbox.job(service.TELL, seconds=90)
def tell(held: outbox.Lease) -> None:
    """Tell whoever asked for it what became of it.

    A worker that dies with the message in hand writes the same again, under the same number: told
    twice is better than never.
    """
    said_at = held.payload.get("at")
    at = datetime.fromisoformat(said_at) if said_at else clock.now()
    telling.tell(uuid.UUID(held.payload["archive_id"]), of=at, at=clock.now())


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
    """Read at one instant, so that its parts agree; then kept, if it is still asked for."""
    with tempfile.TemporaryFile() as file:
        with transactions.one_instant():
            found = queries.archive(archive_id)
            if found.state is not ArchiveState.ASKED:
                return
            at = clock.now().replace(microsecond=0)
            how = Packing(at, found.asked_by_name, found.by_house, _telling(archive_id))
            # Written whole before it is sent: a store reads no file while it is given another.
            file.writelines(archive.zipped(_entries(found, how), at=at.astimezone(clock.PARIS)))
        file.seek(0)
        _keep(archive_id, file, how)


def _keep(archive_id: uuid.UUID, file: IO[bytes], how: Packing) -> None:
    """Under a lock on the row, so that of two workers the second finds it done."""
    found = queries.archive(archive_id, lock=True)
    if found.state is not ArchiveState.ASKED:
        return
    # Written anew: a worker that died after writing and before committing left the key taken.
    storage.current().delete(found.file_key)
    stored = sealed.put(found.file_key, file, limit=LARGEST)
    service.keep(found, stored, files=len(how.there), lost=len(how.lost), at=how.at)


def _telling(archive_id: uuid.UUID) -> Callable[[int, int], None]:
    return lambda done, of: progress.report(archive_id, done, of)


def _entries(found: RecordArchive, how: Packing) -> Entries:
    if found.establishment_id is None:
        return packing_all.of_provider(how)
    return packing.of_place(found.establishment_id, how)
