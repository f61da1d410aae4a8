"""Asking for an archive, having it ready, letting it go.  Flushes, never commits."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.kit import chances, clock, outbox
from portal.kit.errors import Conflict, Trouble
from portal.kit.storage import Stored
from portal.leaving import queries
from portal.leaving.models import ArchiveState, PriorRecord, RecordArchive
from portal.vault import sealed
from tenants.access import Actor
from tenants.db import db
from tenants.roles import PROVIDER_ROLES
from tenants.scoping import new_id

PACK: Final = "leaving.pack"
AGAIN: Final = "leaving.again"
TELL: Final = "leaving.tell"
DISCARD: Final = "leaving.discard"
#: Everything about a place in one file is not left lying about.
KEPT: Final = timedelta(days=14)


class NotReady(Conflict):
    message = "This archive is not there: it is being made, or it was deleted."


class NotFailing(Conflict):
    message = "The work on this archive is no longer failing: reload the page."


class BeingMade(Conflict):
    message = "This archive is being made already: reload the page."


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
        raise BeingMade from error
    _have_packed(found, key=str(found.id), at=at)
    note(actor, "record.asked", found)
    return found


def retry(actor: Actor, archive_id: uuid.UUID, *, at: datetime) -> None:
    """Have one that fails, or was given up, tried now; it tells of the day on which it is packed.

    What is promised is out of an establishment's reach: that it is to begin anew is promised too.
    Raises :class:`NotFailing`, and :class:`BeingMade` where another was asked for meanwhile.
    """
    found = queries.archive(archive_id, lock=True)
    failing = found.state is ArchiveState.ASKED and found.trouble is not None
    if not failing and found.state is not ArchiveState.FAILED:
        raise NotFailing
    try:
        with db.session.begin_nested():
            found.state = ArchiveState.ASKED
            found.no_trouble()
    except IntegrityError as error:
        raise BeingMade from error
    payload = {"archive_id": str(archive_id)}
    outbox.promise(AGAIN, key=str(new_id()), payload=payload, run_at=at)
    note(actor, "record.asked_again", found)


def begin_anew(archive_id: uuid.UUID, *, turn: uuid.UUID, at: datetime) -> None:
    """Give its work all tries again, now; anew where none is left that waits."""
    found = queries.archive(archive_id, lock=True)
    asked = found.state is ArchiveState.ASKED
    if not asked or chances.again(PACK, "archive_id", [archive_id], at=at):
        return
    if not chances.in_hand(PACK, "archive_id", archive_id, at=at):
        _have_packed(found, key=f"{archive_id}:{turn}", at=at)


def _have_packed(found: RecordArchive, *, key: str, at: datetime) -> None:
    outbox.promise(
        PACK,
        key=key,
        payload={"archive_id": str(found.id)},
        run_at=at,
        queue=outbox.Queue.DEFAULT if found.establishment_id else outbox.Queue.BULK,
    )


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


def ready(found: RecordArchive) -> RecordArchive:
    """One that may be taken away.  Raises :class:`NotReady`."""
    if found.state is not ArchiveState.READY:
        raise NotReady
    return found


def fetch(actor: Actor, found: RecordArchive) -> None:
    """Note that somebody takes it away."""
    note(actor, "record.fetched", ready(found), sha256=found.sha256)


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
    """Have whoever asked for it told, once it is so: each time, for it may be tried again."""
    payload = {"archive_id": str(found.id), "at": at.isoformat()}
    outbox.promise(TELL, key=f"{found.id}:{at.isoformat()}", payload=payload, run_at=at)


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
