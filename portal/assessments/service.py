"""Opening self-assessments, answering together, handing in.  What is handed in stays as it is."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from portal.assessments import queries
from portal.assessments.models import Answer, Assessment, AssessmentAnswer
from portal.audit import service as audit
from portal.fleet.models import Establishment, Stage
from portal.guide import loader
from portal.kit.errors import Conflict, NotFound, Refused
from tenants.access import Actor
from tenants.db import db
from tenants.scoping import new_id

LONGEST = 2000
HIGHEST = 4


class HandedIn(Conflict):
    """What was being answered is nobody's draft any more."""

    message = "This self-assessment was handed in meanwhile: it changes no more."


def open_one(
    actor: Actor, *, establishment_id: uuid.UUID, edition_id: str, due_on: date | None, today: date
) -> Assessment:
    """Begin a draft; raises :class:`Conflict` while another is being written."""
    _check_day(due_on, today)
    assessment = Assessment(
        establishment_id=establishment_id,
        edition_id=edition_id,
        opened_by_name=actor.name,
        due_on=due_on,
    )
    try:
        with db.session.begin_nested():
            db.session.add(assessment)
    except IntegrityError as error:
        raise Conflict("A self-assessment is under way already: continue it.") from error
    _record(actor, "assessment.opened", establishment_id)
    return assessment


@dataclass(frozen=True)
class Asked:
    """How many houses have one to write for a campaign, and how many had begun it before."""

    places: int
    joined: int


def open_campaign(actor: Actor, *, edition_id: str, due_on: date, today: date) -> Asked:
    """Ask every client in use.

    A draft that is under way, even one begun at this very moment, joins and keeps what it holds;
    of two campaigns, the later one says the day.
    """
    _check_day(due_on, today)
    e = Establishment
    # In one order for all, so that two campaigns at once wait for each other and never both.
    clients = db.session.scalars(
        select(e.id).where(e.stage == Stage.CLIENT, e.archived_at.is_(None)).order_by(e.id)
    ).all()
    if not clients:
        return Asked(0, 0)
    campaign = new_id()
    wanted = [
        {
            "tenant_id": actor.tenant_id,
            "id": new_id(),
            "establishment_id": place,
            "edition_id": edition_id,
            "campaign_id": campaign,
            "opened_by_name": actor.name,
            "due_on": due_on,
        }
        for place in clients
    ]
    fresh = {one["id"] for one in wanted}
    opened: list[uuid.UUID] = []
    joined: list[uuid.UUID] = []
    for row in db.session.execute(_opening_or_joining(), wanted):
        (opened if row.id in fresh else joined).append(row.establishment_id)
    for action, places in (("assessment.opened", opened), ("assessment.asked", joined)):
        audit.record_all(
            actor,
            action,
            [
                audit.Deed("establishment", place, place, None, {"due_on": due_on.isoformat()})
                for place in places
            ],
        )
    return Asked(len(opened) + len(joined), len(joined))


def _opening_or_joining() -> Any:
    """The database tells a draft that is there from one that was handed in meanwhile."""
    opening = insert(Assessment)
    given = opening.excluded
    return opening.on_conflict_do_update(
        index_elements=["tenant_id", "establishment_id"],
        index_where=text("submitted_at IS NULL"),
        set_={"campaign_id": given.campaign_id, "due_on": given.due_on, "updated_at": func.now()},
    ).returning(Assessment.id, Assessment.establishment_id)


def answer(
    actor: Actor,
    *,
    establishment_id: uuid.UUID,
    question: int,
    answer: Answer,
    level: int | None,
    note: str,
    version: int,
) -> None:
    """Answer one question of the draft; each is a deed, for colleagues write over one another.

    ``version`` is that of the answer that was read, 0 for none; of two people who answer at once
    the second is told (:class:`Conflict`).
    """
    if answer is Answer.LEVEL and level is None:
        raise Refused("Choose a level, or say why there is none.", field="choice")
    if answer is Answer.NOT_APPLICABLE and not note:
        raise Refused("Say why this question does not apply to you.", field="note")
    if not 1 <= question <= len(loader.current().questions):
        raise NotFound
    draft = _draft(establishment_id)
    found = queries.answers(draft.id).get(question)
    if (0 if found is None else found.version) != version:
        raise Conflict("Somebody answered this question while you were writing.")
    if found is None:
        found = AssessmentAnswer(
            establishment_id=establishment_id, assessment_id=draft.id, question=question, version=0
        )
        db.session.add(found)
    before = None if version == 0 else _said(found)
    found.answer, found.note, found.answered_by_name = answer, note, actor.name
    found.level = level if answer is Answer.LEVEL else None
    found.version += 1
    db.session.flush()
    # Without the note, which may speak of people.
    _record(
        actor,
        "assessment.answered" if before is None else "assessment.answer_changed",
        establishment_id,
        question=question,
        before=before,
        after=_said(found),
    )


def _said(answer: AssessmentAnswer) -> str:
    """``level 3``, ``unknown``: what was chosen, as the journal keeps it."""
    return answer.answer.value if answer.level is None else f"{answer.answer} {answer.level}"


def submit(actor: Actor, *, establishment_id: uuid.UUID, at: datetime) -> Assessment:
    """Hand the draft in: dated, it changes no more."""
    draft = _draft(establishment_id)
    left = len(loader.current().questions) - len(queries.answers(draft.id))
    if left:
        raise Refused("Some questions have no answer yet: “I don’t know” is one.")
    draft.submitted_at, draft.submitted_by_name = at, actor.name
    db.session.flush()
    _record(actor, "assessment.submitted", establishment_id)
    return draft


def _draft(establishment_id: uuid.UUID) -> Assessment:
    """Locked, so that nobody answers what is being handed in.

    Raises :class:`HandedIn`, or :class:`NotFound` where there never was one.
    """
    draft = queries.draft(establishment_id, lock=True)
    if draft is None:
        raise HandedIn if queries.submitted(establishment_id) else NotFound
    return draft


def _check_day(due_on: date | None, today: date) -> None:
    if due_on is not None and due_on < today:
        raise Refused("Choose a day to come.", field="due_on")


def _record(actor: Actor, action: str, establishment_id: uuid.UUID, **details: Any) -> None:
    audit.record(
        actor,
        action,
        subject="establishment",
        subject_id=establishment_id,
        establishment_id=establishment_id,
        **details,
    )
