"""Declarations as acts that can be undone: what they replaced is kept, and put back on demand."""

import uuid
from datetime import date, datetime
from typing import Any

from portal.audit import acts
from portal.audit import service as audit
from portal.audit.models import BulkAct
from portal.kit.errors import Conflict, NotFound
from portal.tracking import queries, scores, service, turn, verdicts
from portal.tracking.models import Statement, Status
from tenants.access import Actor

DECLARED = "statement.declared"


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
) -> tuple[BulkAct, int]:
    """Declare, and remember what was said before.  Returns the act and how many follow it."""
    turn.take()
    before = _words(queries.statement(offering_id, edition_id, code))
    recognitions = verdicts.held(edition_id, [code])
    statement = service.declare(
        actor,
        edition_id=edition_id,
        offering_id=offering_id,
        code=code,
        status=status,
        text=text,
        reviewed_on=reviewed_on,
        version=version,
        today=today,
    )
    followers = queries.followers(offering_id, edition_id, code)
    act = acts.remember(
        actor,
        DECLARED,
        summary={"code": code, "offering_id": str(offering_id), "establishments": followers},
        before={
            "statement_id": str(statement.id),
            "edition_id": edition_id,
            "version": statement.version,
            "recognitions": recognitions,
            **before,
        },
    )
    return act, followers


def _words(statement: Statement | None) -> dict[str, Any]:
    if statement is None:
        return {"status": Status.UNKNOWN.value, "text": "", "reviewed_on": None}
    return {
        "status": statement.status.value,
        "text": statement.text,
        "reviewed_on": statement.reviewed_on.isoformat(),
    }


def undo(actor: Actor, *, act_id: uuid.UUID, at: datetime, today: date) -> BulkAct:
    """Put back what a declaration replaced, unless somebody has declared since."""
    turn.take()
    act = acts.take_back(act_id, kinds=[DECLARED], at=at)
    before = act.before
    statement = queries.statement_by_id(uuid.UUID(before["statement_id"]))
    if statement is None:
        raise NotFound
    if statement.version != before["version"]:
        raise Conflict("Somebody changed this declaration since: undoing would erase their words.")
    edition_id, code, day = before["edition_id"], statement.requirement_code, before["reviewed_on"]
    service.say(
        actor,
        statement,
        status=Status(before["status"]),
        text=before["text"],
        reviewed_on=statement.reviewed_on if day is None else date.fromisoformat(day),
        today=today,
    )
    # Those of before several could be given back at once do not say which requirement it was.
    kept = [{"code": code, **one} for one in before.get("recognitions", [])]
    recognised = verdicts.give_back(edition_id, kept)
    if recognised is not None:
        scores.count(recognised, today)
    audit.record(
        actor,
        "statement.undone",
        subject="statement",
        subject_id=statement.id,
        requirement_code=code,
        status=statement.status.value,
        text=statement.text,
    )
    return act
