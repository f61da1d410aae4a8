"""Taking over what another provider kept: brought, compared, examined, then kept or let go.

Until somebody agrees nothing is part of the record here; afterwards it is a history with its
origin, and undoing takes all of it out again.  Services flush, jobs and requests commit.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import IO, Any, Final

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from portal.evidence import intake, pipeline
from portal.fleet import queries as fleet
from portal.kit import chances, outbox
from portal.kit.errors import Conflict, Refused
from portal.leaving import opening, queries, service
from portal.leaving.models import UNDER_WAY, PriorFile, PriorRecord, PriorState
from portal.leaving.opening import Flaw, Unfit
from portal.leaving.words import FLAWS
from portal.vault import sealed
from tenants.access import Actor
from tenants.db import db

CHECK: Final = "leaving.check"
EXAMINE: Final = "leaving.examine"
LAPSE: Final = "leaving.lapse"
#: A preview that nobody decides on goes by itself.
WAITS: Final = timedelta(days=14)
_KINDS: Final[Mapping[PriorState, str]] = {
    PriorState.CHECKING: CHECK,
    PriorState.EXAMINING: EXAMINE,
}


class NotPreviewed(Conflict):
    message = "This archive can no longer be taken over: reload the page."


class NotKept(Conflict):
    message = "This has been undone already."


def bring(
    actor: Actor, establishment_id: uuid.UUID, *, file: IO[bytes], file_name: str, at: datetime
) -> PriorRecord:
    """Take an archive in, sealed, and promise to look at it.

    What its beginning already tells is told at once.  Raises ``Refused`` and ``TooLarge``.
    """
    if not fleet.establishment(establishment_id).finess:
        raise Refused(FLAWS[Flaw.NO_FINESS], field="file")
    if file.read(4) != b"PK\x03\x04":
        raise Refused(FLAWS[Flaw.NOT_ZIP], field="file")
    file.seek(0)
    stored = sealed.put(sealed.new_key(), file, limit=opening.LARGEST)
    found = PriorRecord(
        establishment_id=establishment_id,
        file_name=intake.clean_name(file_name),
        file_size=stored.size,
        file_key=stored.key,
        brought_by=actor.user_id,
        brought_by_name=actor.name,
    )
    db.session.add(found)
    db.session.flush()
    outbox.promise(CHECK, key=str(found.id), payload={"prior_id": str(found.id)}, run_at=at)
    outbox.promise(LAPSE, key=str(found.id), payload={"prior_id": str(found.id)}, run_at=at + WAITS)
    service.note(actor, "record.brought", found, file=found.file_name)
    return found


def read(found: PriorRecord, values: Mapping[str, Any], *, at: datetime) -> None:
    """It holds together: what it tells is known, and its files are to be examined."""
    for name, value in values.items():
        setattr(found, name, value)
    found.state = PriorState.EXAMINING
    found.no_trouble()
    outbox.promise(EXAMINE, key=str(found.id), payload={"prior_id": str(found.id)}, run_at=at)
    db.session.flush()


def examined(found: PriorRecord, plan: list[dict[str, Any]]) -> None:
    """Its files are: what it would bring can be shown."""
    found.state, found.plan = PriorState.PREVIEWED, plan
    found.no_trouble()
    service.note(None, "record.checked", found, provider=found.provider_name)


def refuse(found: PriorRecord, unfit: Unfit, *, at: datetime) -> None:
    """It is not what it should be; nothing of it stays."""
    found.state, found.error = PriorState.REFUSED, unfit.flaw.value
    found.error_values = dict(unfit.values)
    _let_go([found.file_key], at=at)
    service.note(None, "record.refused", found, reason=unfit.flaw.value)


def keep(actor: Actor, prior_id: uuid.UUID, *, vouched: bool, at: datetime) -> PriorRecord:
    """Make it part of the record of the establishment, as a history.

    ``vouched``: the files that seem to speak of people hold no resident's data, she says; without
    that, those are left out.  Raises :class:`NotPreviewed`, and ``Conflict`` for one that is there.
    """
    found = queries.prior(prior_id, lock=True)
    if found.state is not PriorState.PREVIEWED:
        raise NotPreviewed
    found.state, found.kept_at, found.kept_by_name = PriorState.KEPT, at, actor.name
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError as error:
        raise Conflict(FLAWS[Flaw.TWICE]) from error
    chosen = {"taken", "held"} if vouched else {"taken"}
    taken = [it for it in found.plan if it["fate"] in chosen]
    db.session.add_all(_file(found, it) for it in taken)
    left = [it["key"] for it in found.plan if it["fate"] not in chosen]
    _let_go([found.file_key, *left], at=at)
    service.note(actor, "record.received", found, provider=found.provider_name, files=len(taken))
    return found


def _file(found: PriorRecord, it: Mapping[str, Any]) -> PriorFile:
    return PriorFile(
        prior_id=found.id,
        establishment_id=found.establishment_id,
        place=it["place"],
        name=it["name"],
        media_type=it["media_type"],
        file_key=it["key"],
        file_size=it["size"],
        sha256=it["sha256"],
    )


def retry(actor: Actor, prior_id: uuid.UUID, *, at: datetime) -> None:
    """Have the work on a failing one tried now.  Raises :class:`service.NotFailing`."""
    found = queries.prior(prior_id, lock=True)
    kind = _KINDS.get(found.state)
    if kind is None or found.trouble is None:
        raise service.NotFailing
    chances.again(kind, "prior_id", [prior_id], at=at)
    found.no_trouble()
    service.note(actor, "record.retried", found)


def cancel(actor: Actor | None, prior_id: uuid.UUID, *, at: datetime) -> PriorRecord:
    """Give it up before anything was kept.  Twice is once; too late is :class:`NotPreviewed`."""
    found = queries.prior(prior_id, lock=True)
    if found.state is PriorState.CANCELLED:
        return found
    if found.state not in UNDER_WAY:
        raise NotPreviewed
    _let_go([found.file_key, *(it["key"] for it in found.plan)], at=at)
    found.state, found.record, found.plan = PriorState.CANCELLED, None, []
    service.note(actor, "record.cancelled", found)
    return found


def undo(actor: Actor, prior_id: uuid.UUID, *, at: datetime) -> PriorRecord:
    """Take it out of the record again, files and all; that it was there stays known."""
    found = queries.prior(prior_id, lock=True)
    if found.state is not PriorState.KEPT:
        raise NotKept
    keys = [it.file_key for it in queries.files(prior_id)]
    db.session.execute(delete(PriorFile).where(PriorFile.prior_id == prior_id))
    _let_go(keys, at=at)
    found.state, found.record, found.plan = PriorState.UNDONE, None, []
    found.undone_at, found.undone_by_name = at, actor.name
    service.note(actor, "record.receipt_undone", found, provider=found.provider_name)
    return found


def lapse(prior_id: uuid.UUID, *, at: datetime) -> None:
    """Nobody decided: it goes.  What was decided on stays as it is."""
    if queries.prior(prior_id).state in UNDER_WAY:
        cancel(None, prior_id, at=at)


def _let_go(keys: Iterable[str], *, at: datetime) -> None:
    """Delete these files from the store, once this is committed."""
    outbox.promise_all(pipeline.DISCARD, [(key, {"key": key}) for key in keys if key], run_at=at)
