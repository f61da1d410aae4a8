"""Asking for an archive, having it ready, letting it go.  Flushes, never commits."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.kit import clock, outbox
from portal.kit.errors import Conflict, Trouble
from portal.kit.storage import Stored
from portal.leaving import queries
from portal.leaving.models import ArchiveState, PriorRecord, RecordArchive
from portal.vault import sealed
from tenants.access import Actor
from tenants.db import db
from tenants.roles import PROVIDER_ROLES

PACK: Final = "leaving.pack"
TELL: Final = "leaving.tell"
DISCARD: Final = "leaving.discard"
#: Everything about a place in one file is not left lying about.
KEPT: Final = timedelta(days=14)


class NotReady(Conflict):
    message = "This archive is not there: it is being made, or it was deleted."


def ask(actor: Actor, establishment_id: uuid.UUID | None, *, at: datetime) -> RecordArchive:
    """Promise the archive of one establishment, or of the whole provider (``None``).

    While one is being made, that one is given: a second click asks for nothing more.
    """
    by_house = actor.role not in PROVIDER_ROLES
    if (made := queries.being_made(establishment_id, by_house=by_house)) is not None:
        return made
    found = RecordArchive(
        establishment_id=establishment_id,
        by_house=by_house,
        file_key=sealed.new_key(),
        asked_by=actor.user_id,
        asked_by_name=actor.name,
    )
    try:
        with db.session.begin_nested():
            db.session.add(found)
    except IntegrityError as error:
        raise Conflict("This archive is being made already: reload the page.") from error
    outbox.promise(
        PACK,
        key=str(found.id),
        payload={"archive_id": str(found.id)},
        run_at=at,
        queue=outbox.Queue.DEFAULT if establishment_id else outbox.Queue.BULK,
    )
    note(actor, "record.asked", found)
    return found


def keep(found: RecordArchive, stored: Stored, *, files: int, lost: int, at: datetime) -> None:
    """The archive is written: it can be fetched until its last day."""
    found.state, found.ready_at = ArchiveState.READY, at
    found.no_trouble()
    found.file_size, found.sha256 = stored.size, stored.sha256
    found.files, found.lost = files, lost
    found.kept_until = clock.day_of(at + KEPT)
    _promise_end(found, at=clock.end_of(found.kept_until))
    note(None, "record.packed", found, sha256=stored.sha256, files=files)
    _promise_word(found, at)


def give_up(found: RecordArchive, trouble: Trouble, *, at: datetime) -> None:
    """It could not be made; whoever asked is told, and why, and may ask again."""
    found.state, found.trouble, found.retry_at = ArchiveState.FAILED, trouble, None
    _promise_word(found, at)
    db.session.flush()


def fetch(actor: Actor, found: RecordArchive) -> None:
    """Note that somebody takes it away.  Raises :class:`NotReady`."""
    if found.state is not ArchiveState.READY:
        raise NotReady
    note(actor, "record.fetched", found, sha256=found.sha256)


def discard(actor: Actor, archive_id: uuid.UUID, *, at: datetime) -> None:
    """Delete the file: at once in the register, shortly after in the store.  Twice is once."""
    found = queries.archive(archive_id, lock=True)
    if found.state is ArchiveState.READY:
        found.state = ArchiveState.GONE
        _promise_end(found, at=at, turn="now")
        note(actor, "record.discarded", found)


def expire(archive_id: uuid.UUID) -> None:
    """Its last day is over.  Twice is once."""
    found = queries.archive(archive_id, lock=True)
    if found.state is ArchiveState.READY:
        found.state = ArchiveState.GONE
        note(None, "record.discarded", found)


def _promise_word(found: RecordArchive, at: datetime) -> None:
    """Have whoever asked for it told, once it is so."""
    outbox.promise(TELL, key=str(found.id), payload={"archive_id": str(found.id)}, run_at=at)


def _promise_end(found: RecordArchive, *, at: datetime, turn: str = "due") -> None:
    outbox.promise(
        DISCARD,
        key=f"{found.id}:{turn}",
        payload={"archive_id": str(found.id), "key": found.file_key},
        run_at=at,
    )


def note(
    actor: Actor | None, action: str, found: RecordArchive | PriorRecord, **details: Any
) -> None:
    """A deed about a record that leaves, or about one that comes; ``None`` is the portal itself."""
    db.session.flush()
    audit.record(
        actor,
        action,
        subject="record",
        subject_id=found.id,
        establishment_id=found.establishment_id,
        **details,
    )
