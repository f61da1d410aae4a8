"""Declaring, making exceptions, judging.  Scores move in the same transaction."""

import uuid
from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from portal.audit import service as audit
from portal.guide import loader
from portal.kit.errors import Conflict, Refused
from portal.tracking import effective, past, queries, scores, turn
from portal.tracking.effective import Area
from portal.tracking.models import Origin, Statement, Status, TrackedRequirement, Verdict
from portal.tracking.signals import judged, restated
from tenants.access import Actor
from tenants.db import db

#: A date of review older than this says nothing about today.
OLDEST_REVIEW_YEARS = 5
MAX_TEXT = 4000


class HouseWord(Refused):
    """What an establishment answered itself, it alone answers otherwise."""

    message = "The establishment answered this itself: it alone can change its word."


def refresh(area: Area, today: date) -> None:
    """Recompute proof and scores where something they rest on has moved."""
    effective.prove(area, today)
    scores.count(area, today)


def declare(
    actor: Actor,
    *,
    edition_id: str,
    offering_id: uuid.UUID,
    code: str,
    status: Status,
    text: str,
    reviewed_on: date,
    version: int,
    today: date,
) -> Statement:
    """Give the provider's word on one requirement for one offering.

    All clients that inherit it move at once.  ``version`` is the one the author read, 0 for a
    first statement; raises :class:`Conflict` when somebody wrote in between.
    """
    check_words(status, text, reviewed_on, today)
    turn.take()
    queries.offered(offering_id, edition_id, code)
    statement = queries.statement(offering_id, edition_id, code)
    before = None if statement is None else statement.status.value
    if (0 if statement is None else statement.version) != version:
        raise Conflict("Somebody changed this declaration while you were writing.")
    if statement is None:
        statement = Statement(
            offering_id=offering_id, edition_id=edition_id, requirement_code=code, version=0
        )
    say(actor, statement, status=status, text=text, reviewed_on=reviewed_on, today=today)
    audit.record(
        actor,
        "statement.declared",
        subject="statement",
        subject_id=statement.id,
        requirement_code=code,
        status=status.value,
        before=before,
        text=text,
    )
    return statement


def say(
    actor: Actor,
    statement: Statement,
    *,
    status: Status,
    text: str,
    reviewed_on: date,
    today: date,
) -> None:
    """Write the words of a statement and let its clients follow.

    Whoever judges does so on words she has read: new words alone make a new version of each state
    that inherits them.
    """
    if statement.version and statement.text != text:
        db.session.execute(
            update(TrackedRequirement)
            .where(
                TrackedRequirement.offering_id == statement.offering_id,
                TrackedRequirement.edition_id == statement.edition_id,
                TrackedRequirement.requirement_code == statement.requirement_code,
            )
            .values(version=TrackedRequirement.version + 1)
            .execution_options(synchronize_session=False)
        )
    statement.status, statement.text, statement.reviewed_on = status, text, reviewed_on
    statement.changed_by_name = actor.name
    statement.version += 1
    _keep(statement)
    past.keep_words(statement, today)
    clients = queries.clients_of(statement.offering_id, today)
    follow(Area(statement.edition_id, clients, [statement.requirement_code]), today)


def _keep(statement: Statement) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(statement)
    except IntegrityError as error:
        raise Conflict("Somebody changed this declaration while you were writing.") from error


def follow(area: Area, today: date) -> None:
    """Let inheriting rows follow their statements, then their proof and scores."""
    if area.establishments is not None and not area.establishments:
        return
    effective.follow(area, today)
    scores.count(area, today)
    restated.send(establishment_ids=area.establishments)


def except_(
    actor: Actor,
    *,
    establishment_id: uuid.UUID,
    edition_id: str,
    code: str,
    status: Status,
    note: str,
    reviewed_on: date,
    version: int,
    today: date,
) -> None:
    """Make an exception at one establishment; the others keep what they inherit."""
    check_words(status, note, reviewed_on, today, field="note")
    current = queries.in_turn(establishment_id, edition_id, code)
    if current.version != version:
        raise Conflict("Somebody changed this requirement while you were writing.")
    if current.house_by_name:
        raise HouseWord
    area = Area(edition_id, [establishment_id], [code])
    effective.except_(
        area,
        status=status,
        note=note,
        reviewed_on=reviewed_on,
        review_due=loader.current().requirement(code).review_due(reviewed_on),
        today=today,
    )
    scores.count(area, today)
    if current.verdict == Verdict.CONTESTED:
        restated.send(establishment_ids=area.establishments)
    _note_change(
        actor,
        "requirement.excepted",
        establishment_id=establishment_id,
        code=code,
        status=status.value,
        before=current.status,
        note=note,
    )


def withdraw_exception(
    actor: Actor,
    *,
    establishment_id: uuid.UUID,
    edition_id: str,
    code: str,
    version: int,
    today: date,
) -> TrackedRequirement:
    """Fall back to what the establishment inherits."""
    turn.take()
    row = queries.tracked(establishment_id, edition_id, code, lock=True)
    if row.version != version:
        raise Conflict("Somebody changed this requirement while you were writing.")
    if row.origin is not Origin.OWN:
        raise Refused("There is no exception to withdraw here.")
    if row.house_by_name:
        raise HouseWord
    before = row.status.value
    row.origin, row.note = Origin.NONE, ""
    row.version = version + 1
    db.session.flush()
    follow(Area(edition_id, [establishment_id], [code]), today)
    db.session.refresh(row)
    _note_change(
        actor,
        "requirement.exception_withdrawn",
        establishment_id=establishment_id,
        code=code,
        status=row.status.value,
        before=before,
    )
    return row


def judge(
    actor: Actor,
    *,
    establishment_id: uuid.UUID,
    edition_id: str,
    code: str,
    verdict: Verdict,
    reason: str,
    version: int,
    at: datetime,
    today: date,
) -> TrackedRequirement:
    """Recognise or contest what is declared; a contest says why."""
    if verdict is Verdict.CONTESTED and not reason:
        raise Refused("Say in a few words what you contest.", field="reason")
    turn.take()
    row = queries.tracked(establishment_id, edition_id, code, lock=True)
    if row.version != version:
        raise Conflict("Your provider changed this requirement meanwhile: read it again.")
    if verdict is Verdict.RECOGNISED and row.status is Status.UNKNOWN:
        raise Refused("Nothing is declared here yet: there is nothing to recognise.")
    row.verdict, row.verdict_reason = verdict, reason
    row.verdict_by_name, row.verdict_at = actor.name, at
    row.recognised = row.proven and verdict is Verdict.RECOGNISED
    row.version = version + 1
    db.session.flush()
    # Scores alone: this scope may not see every proof, and a verdict moves none.
    scores.count(Area(edition_id, [establishment_id], [code]), today)
    _note_change(
        actor,
        f"requirement.{PAST[verdict]}",
        establishment_id=establishment_id,
        code=code,
        reason=reason,
    )
    judged.send(
        actor=actor,
        establishment_id=establishment_id,
        edition_id=edition_id,
        said={code: row.status},
        verdict=verdict,
        reason=reason,
        at=at,
    )
    return row


#: How the journal calls each verdict.
PAST = {
    Verdict.RECOGNISED: "recognised",
    Verdict.CONTESTED: "contested",
    Verdict.NONE: "verdict_withdrawn",
}


def check_words(
    status: Status, words: str, reviewed_on: date, today: date, *, field: str = "text"
) -> None:
    """Raise ``Refused`` on words or a date of review that cannot be."""
    if status is Status.NOT_APPLICABLE and not words:
        raise Refused("Say why this requirement does not apply.", field=field)
    if len(words) > MAX_TEXT:
        raise Refused("This text is too long.", field=field)
    if reviewed_on > today:
        raise Refused("A review cannot be dated in the future.", field="reviewed_on")
    if reviewed_on.year < today.year - OLDEST_REVIEW_YEARS:
        raise Refused("This review is too old to say anything about today.", field="reviewed_on")


def _note_change(
    actor: Actor, action: str, *, establishment_id: uuid.UUID, code: str, **details: str
) -> None:
    audit.record(
        actor,
        action,
        subject="establishment",
        subject_id=establishment_id,
        establishment_id=establishment_id,
        requirement_code=code,
        **details,
    )
