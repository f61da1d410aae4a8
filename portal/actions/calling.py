"""What a contest, a finding, a request or a former plan calls for: one action for each of them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.actions import queries, service
from portal.actions.models import LIVE, Action, Effort, Origin, Priority, State
from portal.actions.service import MAX_NOTE, MAX_TITLE
from portal.contests.models import Side
from portal.guide.edition import Edition
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db

#: Until when a contest wants an answer.
ANSWERED_WITHIN = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a contest, a finding, an auditor's request or a former plan asks somebody to do."""

    source_id: uuid.UUID
    origin: Origin
    establishment_id: uuid.UUID
    code: str | None
    question: int | None
    title: str
    note: str
    side: Side
    due_on: date | None
    priority: Priority
    author: str
    effort: Effort | None = None


def answer_contest(
    *,
    contest_id: uuid.UUID,
    establishment_id: uuid.UUID,
    codes: Sequence[str],
    reason: str,
    author: str,
    edition: Edition,
    at: datetime,
) -> None:
    """The provider has to answer what its client contests; the same action for the same contest."""
    question = edition.requirement(codes[0]).question
    one = edition.requirement(codes[0]) if len(codes) == 1 else None
    call_for(
        Call(
            source_id=contest_id,
            origin=Origin.CONTEST,
            establishment_id=establishment_id,
            code=one.code if one else None,
            question=question,
            title=one.title if one else edition.question(question).title,
            note=reason,
            side=Side.PROVIDER,
            due_on=clock.day_of(at) + ANSWERED_WITHIN,
            priority=Priority.HIGH,
            author=author,
        ),
        at=at,
    )


def is_called_for(source_id: uuid.UUID) -> bool:
    """Whether somebody still has to do what this source called for."""
    return any(action.state in LIVE for action in queries.of_sources([source_id]))


def call_for(call: Call, *, at: datetime, actor: Actor | None = None) -> Action:
    """Open the action that a source calls for, or open it again: there is one for each source.

    ``actor`` is ``None`` where the portal does it by itself.
    """
    known = queries.of_sources([call.source_id])
    if known:
        _call_again(known[0], call, at=at, actor=actor)
        return known[0]
    made = Action(
        establishment_id=call.establishment_id,
        requirement_code=call.code,
        question=call.question,
        title=call.title[:MAX_TITLE],
        note=call.note[:MAX_NOTE],
        side=call.side,
        due_on=call.due_on,
        priority=call.priority,
        effort=call.effort,
        origin=call.origin,
        source_id=call.source_id,
        opened_by_name=call.author,
    )
    db.session.add(made)
    db.session.flush()
    service.note(actor, "action.opened", made)
    return made


def _call_again(action: Action, call: Call, *, at: datetime, actor: Actor | None) -> None:
    """Let it say what its source says by now: what it said, and people added, stays below.

    Opened again it has the days that the source gives it now.
    """
    if action.state not in LIVE:
        service.move(actor, action, State.TODO, at=at)
        action.due_on = call.due_on or action.due_on
    if call.note not in action.note:
        action.note = f"{call.note}\n\n{action.note}".strip()[:MAX_NOTE]
        action.priority = call.priority
        action.version += 1
        service.note(actor, "action.edited", action)
    db.session.flush()


def close_sources(source_ids: Sequence[uuid.UUID], *, answered: bool, at: datetime) -> None:
    """Nothing is left to do for these: it was answered, or is asked no more."""
    for action in queries.of_sources(source_ids):
        if action.state in LIVE:
            service.move(None, action, State.DONE if answered else State.DROPPED, at=at)
