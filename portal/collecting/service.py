"""Asking for a file, taking it from whoever holds the link, accepting or refusing it."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from portal.audit import service as audit
from portal.collecting import following, queries
from portal.collecting.models import FileRequest, RequestState
from portal.contracts import queries as contracts
from portal.evidence import proposals
from portal.evidence import queries as evidence
from portal.evidence.facts import Deposit, Facts
from portal.evidence.linking import Aim
from portal.guide.edition import Edition
from portal.kit import outbox, tokens
from portal.kit.errors import Conflict, Refused
from portal.kit.returned import detailed
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Permission, Role

SEND: Final = "collecting.send"
REFUSED: Final = "collecting.refused"
#: Whoever needs longer is asked again.
LONGEST: Final = timedelta(days=90)


class Void(Refused):
    """Used, revoked, out of date, of another tenant or never written: never told apart."""

    status = 404
    heading = "This link opens nothing any more"
    message = "Ask for another one from whoever gave it to you."


class Told(StrEnum):
    """Who learns that a file was refused."""

    GIVER = "giver"
    ASKER = "asker"


@dataclass(frozen=True)
class Asked:
    """What is asked, from whom and until when; what the file will be for."""

    title: str
    to_name: str
    due_on: date
    message: str = ""
    to_email: str | None = None
    codes: tuple[str, ...] = ()
    offering_id: uuid.UUID | None = None
    replaces_id: uuid.UUID | None = None


def ask(actor: Actor, edition: Edition, asked: Asked, *, at: datetime, today: date) -> FileRequest:
    """Ask for one file.  Mailed when there is an address; else :func:`new_link` makes the link."""
    _check_day(asked.due_on, today)
    if not edition.by_code.keys() >= set(asked.codes):
        raise Refused("The guide has no requirement with this code.", field="codes")
    if asked.offering_id is not None:
        contracts.offering(asked.offering_id)
    if asked.replaces_id is not None:
        evidence.evidence(asked.replaces_id)
    row = FileRequest(
        title=asked.title,
        message=asked.message,
        to_name=asked.to_name,
        to_email=asked.to_email,
        due_on=asked.due_on,
        codes=sorted(set(asked.codes)),
        offering_id=asked.offering_id,
        replaces_id=asked.replaces_id,
        asked_by=actor.user_id,
        asked_by_name=actor.name,
    )
    db.session.add(row)
    db.session.flush()
    _mail(row, at)
    _note(actor, "request.made", row)
    return row


def _check_day(due_on: date, today: date) -> None:
    if not today <= due_on <= today + LONGEST:
        message = "Choose a day from today on, %(days)s days ahead at most."
        raise Refused(message, field="due_on", days=LONGEST.days)


def ask_again(
    actor: Actor,
    request_id: uuid.UUID,
    *,
    due_on: date,
    at: datetime,
    today: date,
    to_email: str | None = None,
) -> FileRequest:
    """Open a request again, with another link: the earlier one is dead from now on.

    ``to_email``: where it is mailed to from now on, if it is mailed.
    What had come and was refused stays on record; what waits for an answer is answered first.
    """
    row = queries.request(request_id, lock=True)
    _check_day(due_on, today)
    if row.state in {RequestState.DEPOSITED, RequestState.ACCEPTED}:
        raise Conflict("A file has come already: accept or refuse it first.")
    row.state, row.digest, row.evidence_id = RequestState.OPEN, None, None
    row.due_on, row.settled_at, row.undelivered = due_on, None, None
    if row.to_email is not None:
        row.to_email = to_email or row.to_email
    row.asked_by, row.asked_by_name = actor.user_id, actor.name
    row.resent += 1
    db.session.flush()
    _mail(row, at)
    _note(actor, "request.resent", row)
    return row


def new_link(request_id: uuid.UUID, today: date) -> tuple[FileRequest, str] | None:
    """A link for an open request, in the place of any earlier one; ``None`` when it is over.

    Told once: only its digest is kept.  A message's own follows from the request and from how often
    it was asked for again, so that the same message written again is the same.
    """
    row = queries.request(request_id, lock=True)
    if row.state is not RequestState.OPEN or row.due_on < today:
        return None
    if row.to_email is None:
        written, token = tokens.make(row.tenant_id)
    else:
        written, token = tokens.derived(row.tenant_id, SEND, str(row.id), str(row.resent))
    row.digest = token.digest
    db.session.flush()
    return row, written


def undelivered(request_id: uuid.UUID, *, turn: int, said: str) -> bool:
    """The address has nobody: told to whoever asked, while the request waits.  Whether it is news.

    ``turn``: which of its messages; one that another has overtaken tells nothing.
    """
    row = queries.request(request_id, lock=True)
    waits = row.state is RequestState.OPEN and row.resent == turn
    if not waits or row.undelivered is not None:
        return False
    row.undelivered = detailed(said)
    db.session.flush()
    _note(None, "request.undelivered", row)
    return True


def revoke(actor: Actor | None, request_id: uuid.UUID, *, at: datetime) -> FileRequest:
    """Ask for it no more: the link is dead.  Without ``actor`` the file came otherwise."""
    row = queries.request(request_id, lock=True)
    if row.state is not RequestState.OPEN:
        raise Conflict("This request is over already.")
    row.state, row.digest, row.settled_at = RequestState.REVOKED, None, at
    db.session.flush()
    _note(actor, "request.revoked", row)
    return row


def standing(digest: str, *, at: datetime, today: date, lock: bool = False) -> FileRequest:
    """The request that a link opens.  Raises :class:`Void`.

    It stands while whoever asked may still take proofs in.
    """
    row = queries.of_digest(digest, lock=lock)
    if row is None or row.state is not RequestState.OPEN or row.due_on < today:
        raise Void
    _keeper(row, at)
    return row


def _keeper(row: FileRequest, at: datetime) -> Actor:
    role = next((m.role for m, person in tenancy.members(at) if person.id == row.asked_by), None)
    keeper = Actor(row.asked_by, row.tenant_id, role or Role.AUDITOR, row.asked_by_name)
    if not keeper.may(Permission.EVIDENCE_WRITE):
        raise Void
    return keeper


def take(digest: str, deposit: Deposit, *, note: str, at: datetime, today: date) -> FileRequest:
    """Take in the file from whoever holds the link, which has served.  Raises :class:`Void`."""
    row = standing(digest, at=at, today=today, lock=True)
    made = proposals.propose(
        _keeper(row, at), deposit, title=row.title, by_name=row.to_name, note=note, today=today
    )
    row.state, row.digest, row.evidence_id = RequestState.DEPOSITED, None, made.id
    db.session.flush()
    _note(None, "request.deposited", row)
    return row


def accept(
    actor: Actor,
    edition: Edition,
    request_id: uuid.UUID,
    facts: Facts,
    aim: Aim | None,
    *,
    follows: uuid.UUID | None = None,
    at: datetime,
    today: date,
) -> uuid.UUID:
    """Let what came prove; its id.

    Without an ``aim`` it takes the place of the last of the line it was asked for.  ``follows`` is
    the one that was read, ``None`` for whichever it is: another one raises :class:`Conflict`.
    """
    row, came = _answered(request_id)
    if aim is None:
        row.replaces_id = _followed(row, follows)
        proposals.accept_in_place_of(
            actor, edition, came, facts, old_id=row.replaces_id, today=today
        )
    else:
        proposals.accept(actor, edition, came, facts, aim, today=today)
        row.replaces_id = None
    row.state, row.settled_at = RequestState.ACCEPTED, at
    db.session.flush()
    _note(actor, "request.accepted", row)
    return came


def _followed(row: FileRequest, read: uuid.UUID | None) -> uuid.UUID:
    last = following.head(row.replaces_id)
    if last is None:
        raise Conflict(
            "There is nothing left for this file to follow: say what it proves.", field="codes"
        )
    if read not in {None, last.id}:
        raise Conflict(
            "Another proof has taken that place meanwhile: choose again.", field="follows"
        )
    return last.id


def refuse(actor: Actor, request_id: uuid.UUID, *, reason: str, at: datetime) -> FileRequest:
    """Set aside what came, for a reason."""
    row, came = _answered(request_id)
    if not reason:
        raise Refused("Say why: whoever asks again will need it.", field="reason")
    proposals.refuse(actor, came, reason=reason, at=at)
    row.state, row.reason, row.settled_at = RequestState.REFUSED, reason, at
    db.session.flush()
    _tell_refusal(actor, row, at)
    _note(actor, "request.refused", row, reason=reason)
    return row


def _tell_refusal(actor: Actor, row: FileRequest, at: datetime) -> None:
    """Whoever gave the file, where she has an address, and whoever asked for it."""
    told = [Told.GIVER] if row.to_email else []
    told += [Told.ASKER] if row.asked_by != actor.user_id else []
    outbox.promise_all(
        REFUSED,
        [
            (
                f"{row.id} {row.resent} {whom.value}",
                {"request_id": str(row.id), "whom": whom.value, "by": actor.name},
            )
            for whom in told
        ],
        run_at=at,
    )


def _answered(request_id: uuid.UUID) -> tuple[FileRequest, uuid.UUID]:
    row = queries.request(request_id, lock=True)
    if row.state is not RequestState.DEPOSITED or row.evidence_id is None:
        raise Conflict("This file does not wait for an answer any more.")
    return row, row.evidence_id


def _mail(row: FileRequest, at: datetime) -> None:
    if row.to_email is not None:
        outbox.promise(
            SEND,
            key=row.message_key,
            payload={"request_id": str(row.id), "turn": row.resent},
            run_at=at,
            queue=outbox.Queue.CRITICAL,
        )


def _note(actor: Actor | None, action: str, row: FileRequest, **details: str) -> None:
    told: dict[str, Any] = {"name": row.title, "to": row.to_name, **details}
    audit.record(actor, action, subject="request", subject_id=row.id, **told)
