"""From quarantine to the shelf: a deposited file is examined, then proves, waits or is refused.

The file lies sealed from its first byte on.  What an examination decides is written in the
transaction that settles its promise, so that a worker killed midway leaves the file as it was, and
the next one begins again.
"""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from portal.evidence import course, former, queries
from portal.evidence.models import Evidence, State
from portal.kit import chances, outbox, storage
from portal.kit.errors import Conflict, NotFound, Refused
from portal.vault import clamd, jail, sealed
from portal.vault.checks import kinds
from portal.vault.checks.examination import Examined
from portal.vault.checks.verdict import Failed, Reason
from tenants.access import Actor
from tenants.db import db
from tenants.scoping import new_id

EXAMINE: Final = "evidence.examine"
DISCARD: Final = "evidence.discard"
AGAIN: Final = "evidence.again"
#: What a file in quarantine waits for, when it waits for more than its turn.
SCANNER: Final = "scanner"
_LONGEST_WAIT: Final = timedelta(minutes=10)


class NotFailing(Conflict):
    """It is examined, or its examination goes on."""

    message = "The examination of this file is no longer failing: reload the page."


def begin(found: Evidence, *, today: date, known_as: uuid.UUID | None = None) -> None:
    """Put a new file into quarantine and promise its examination, due at once."""
    since_yesterday = datetime.combine(today - timedelta(days=1), time.min, UTC)
    found.id, found.state = known_as or new_id(), State.QUARANTINE
    _promise(found.id, f"{found.id}:0", turn=0, at=since_yesterday, into=sealed.new_key())


def _promise(
    evidence_id: uuid.UUID, key: str, *, turn: int, at: datetime, into: str,
    away_since: datetime | None = None,
) -> None:  # fmt: skip
    outbox.promise(
        EXAMINE,
        key=key,
        # The place is chosen now: an examination begun again finds what it had written there.
        payload={"evidence_id": str(evidence_id), "turn": turn, "into": into},
        run_at=at,
        away_since=away_since,
    )


def examine(
    held: outbox.Lease, scanner: clamd.Scanner | None, *, at: datetime, today: date
) -> None:
    """Decide on one file; nothing when it was decided on before."""
    found = queries.evidence(uuid.UUID(held.payload["evidence_id"]))
    if found.state is not State.QUARANTINE or found.file_key is None:
        return
    name, content = found.file_name or "", b"".join(sealed.open_plain(found.file_key))
    # No connection is kept waiting meanwhile, and the row is read anew once there is a verdict.
    db.session.rollback()
    try:
        examined = _examined(name, content, held, scanner)
    except clamd.ScannerDown:
        _wait(_again(found.id), held, at=at)
    except Failed as failure:
        _reject(_again(found.id), failure.reason, at=at)
    else:
        _take_in(_again(found.id), examined, held.payload["into"], at=at, today=today)


def _examined(
    name: str, content: bytes, held: outbox.Lease, scanner: clamd.Scanner | None
) -> Examined:
    if held.recovered and held.last:
        raise Failed(Reason.UNFINISHED)  # whoever tried it died
    examined = jail.examine(kinds.extension_of(name), content)
    if scanner is not None and scanner.finds([content]) is not None:
        raise Failed(Reason.VIRUS)
    return examined


def _again(evidence_id: uuid.UUID) -> Evidence:
    return queries.evidence(evidence_id, lock=True)


def _wait(found: Evidence, held: outbox.Lease, *, at: datetime) -> None:
    """For as long as it takes: a new promise, so that no number of attempts is ever spent.

    Operators count it among what waits for a server that is away.
    """
    found.reason = SCANNER
    found.no_trouble()
    turn = held.payload["turn"] + 1
    later = min(timedelta(seconds=5 * 2 ** min(turn, 10)), _LONGEST_WAIT)
    _promise(
        found.id,
        f"{held.outbox_id}:{turn}",
        turn=turn,
        at=at + later,
        into=held.payload["into"],
        away_since=held.away_since or at,
    )


def retry(actor: Actor, found: Evidence, *, at: datetime) -> None:
    """Have one whose examination fails, or was given up, examined now.

    What is promised is out of an establishment's reach: that it is to begin anew is promised too.
    Raises :class:`NotFailing`.
    """
    if found.state is not State.QUARANTINE or found.trouble is None:
        raise NotFailing
    outbox.promise(AGAIN, key=str(new_id()), payload={"evidence_id": str(found.id)}, run_at=at)
    course.note(actor, "evidence.retried", found)


def begin_anew(evidence_id: uuid.UUID, *, asked: uuid.UUID, at: datetime) -> None:
    """Give its examination all tries again, now; ``asked``: by which promise."""
    found = _again(evidence_id)
    if found.state is not State.QUARANTINE:
        return
    found.no_trouble()
    waits = chances.again(EXAMINE, "evidence_id", [evidence_id], at=at)
    if not waits and not chances.in_hand(EXAMINE, "evidence_id", evidence_id, at=at):
        _promise(evidence_id, f"{asked}:0", turn=0, at=at, into=sealed.new_key())


def _reject(found: Evidence, reason: Reason, *, at: datetime) -> None:
    found.state, found.reason = State.REJECTED, reason.value
    found.no_trouble()
    found.version += 1
    _discard(found.file_key, at=at)
    course.note(None, "evidence.rejected", found, reason=reason.value)


def _take_in(found: Evidence, examined: Examined, into: str, *, at: datetime, today: date) -> None:
    if examined.rewritten is not None:
        _discard(found.file_key, at=at)
        stored = _kept(into, examined.rewritten)
        found.file_key, found.file_size = stored.key, stored.size
        found.sha256 = stored.sha256
    found.version += 1
    found.no_trouble()
    found.hints, found.attached, found.reason = examined.hints, examined.attached, None
    if examined.hints:
        found.state = State.HELD
        course.note(None, "evidence.held", found)
        return
    with former.kept(found, at):
        found.state = State.READY
    course.note(None, "evidence.accepted", found, sha256=found.sha256)
    course.tell(found.id, today)


def _kept(key: str, content: bytes) -> storage.Stored:
    """Write it there, over what an examination that died may have left."""
    try:
        return sealed.put(key, content, limit=kinds.LIMIT)
    except Conflict:
        storage.current().delete(key)
        return sealed.put(key, content, limit=kinds.LIMIT)


def vouch(actor: Actor, evidence_id: uuid.UUID, *, at: datetime, today: date) -> Evidence:
    """Say that a held file has no resident's data in it: whoever deposited it, and nobody else."""
    found = confirm(actor, queries.evidence(evidence_id, lock=True), at=at)
    course.tell(found.id, today)
    return found


def confirm(actor: Actor, found: Evidence, *, at: datetime) -> Evidence:
    """Put on record that she vouches for it; what that proves, the caller tells."""
    if found.added_by != actor.user_id:
        raise NotFound
    if found.state is not State.HELD:
        raise Conflict("This file does not wait for a confirmation.")
    if found.withdrawn_at is not None:
        raise Refused("This proof has been withdrawn already.")
    with former.kept(found, at):
        found.state = State.READY
        found.version += 1
    course.note(actor, "evidence.vouched", found, hints=len(found.hints))
    return found


def _discard(key: str | None, *, at: datetime) -> None:
    if key is not None:
        outbox.promise(DISCARD, key=key, payload={"key": key}, run_at=at)
