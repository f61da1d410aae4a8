"""Opening actions, changing them, moving them on."""

import uuid
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from portal.actions import queries
from portal.actions.models import LIVE, Action, Effort, Origin, Priority, State
from portal.audit import service as audit
from portal.contests.models import Side
from portal.contracts.models import Bearer
from portal.fleet import queries as fleet
from portal.guide.edition import Edition
from portal.kit import clock
from portal.kit.errors import Conflict, NotFound, Refused
from tenants.access import Actor
from tenants.db import db
from tenants.scoping import new_id

MAX_TITLE, MAX_NOTE = 200, 4000
#: A date further away is a slip of the keyboard.
FURTHEST = timedelta(days=365 * 5)
#: What a gap is given when nobody says otherwise, by the weight of its requirement.
_PRIORITIES = {3: Priority.HIGH, 2: Priority.NORMAL, 1: Priority.LOW}
_AGAIN = "Somebody changed this action while you were writing."


@dataclass(frozen=True)
class Content:
    """What an action says; the day is not asked of what is already late."""

    title: str
    note: str
    side: Side
    owner: uuid.UUID | None
    due_on: date | None
    priority: Priority
    effort: Effort | None


def open_one(
    actor: Actor,
    content: Content,
    *,
    establishment_id: uuid.UUID,
    code: str | None,
    edition: Edition,
    at: datetime,
) -> Action:
    """Something to do at one establishment, on a requirement or not.

    Raises :class:`NotFound` for a place or a requirement that is not there.
    """
    place = fleet.establishment(establishment_id)
    if code is not None and code not in edition.by_code:
        raise NotFound
    made = Action(
        establishment_id=place.id,
        requirement_code=code,
        question=edition.by_code[code].question if code else None,
        opened_by_name=actor.name,
        origin=Origin.HAND,
    )
    _say(made, content, at=at)
    db.session.add(made)
    db.session.flush()
    note(actor, "action.opened", made)
    return made


def open_for_gaps(
    actor: Actor,
    codes: Sequence[str],
    *,
    establishment_id: uuid.UUID,
    due_on: date | None,
    edition: Edition,
    at: datetime,
) -> int:
    """One action for each of the gaps that were ticked; those no longer open are passed over.

    So are those that somebody opens at this very moment; the number is what was opened here.
    """
    _check_day(due_on, clock.day_of(at))
    ticked = set(codes)
    wanted = [
        {
            "tenant_id": actor.tenant_id,
            "id": new_id(),
            "establishment_id": establishment_id,
            "requirement_code": gap.requirement_code,
            "question": gap.question,
            "title": edition.by_code[gap.requirement_code].title[:MAX_TITLE],
            "side": _side(gap.bearer),
            "due_on": due_on,
            "priority": _PRIORITIES.get(gap.weight, Priority.NORMAL),
            "origin": Origin.GAP,
            "opened_by_name": actor.name,
        }
        for gap in queries.gaps(establishment_id, edition.id)
        if gap.requirement_code in ticked
    ]
    if not wanted:
        return 0
    opening = insert(Action).on_conflict_do_nothing().returning(Action)
    opened = db.session.scalars(opening, wanted).all()
    audit.record_all(actor, "action.opened", [_deed(it) for it in opened])
    return len(opened)


def _side(bearer: Bearer) -> Side:
    return Side.ESTABLISHMENT if bearer is Bearer.ESTABLISHMENT else Side.PROVIDER


def edit(actor: Actor, action: Action, content: Content, *, version: int, at: datetime) -> None:
    """Say it otherwise.  Raises :class:`Conflict` when somebody did meanwhile."""
    if action.version != version:
        raise Conflict(_AGAIN)
    _say(action, content, at=at)
    action.version += 1
    db.session.flush()
    note(actor, "action.edited", action)


def move(actor: Actor | None, action: Action, state: State, *, at: datetime) -> State:
    """Take it up, close it, open it again; returns the state before.

    Moving it where it is already does nothing.
    """
    before = action.state
    if before is state:
        return before
    opens_again = state in LIVE and before not in LIVE
    try:
        # Only then another may be open: a savepoint is three journeys, and verdicts close many.
        with db.session.begin_nested() if opens_again else nullcontext():
            action.state = state
            closed = state not in LIVE
            action.closed_at = at if closed else None
            action.closed_by_name = (actor.name if actor else audit.SYSTEM) if closed else ""
            action.version += 1
    except IntegrityError as error:
        # The same gap has called for one since this one was closed: uq_action_live.
        raise Refused(
            "There is another action for this requirement by now: see that one."
        ) from error
    audit.record(
        actor,
        "action.moved",
        subject="action",
        subject_id=action.id,
        establishment_id=action.establishment_id,
        requirement_code=action.requirement_code,
        title=action.title,
        state=state.value,
    )
    return before


def _say(action: Action, content: Content, *, at: datetime) -> None:
    if action.due_on != content.due_on:
        _check_day(content.due_on, clock.day_of(at))
    # A listed membership knows nobody else: who has it already is not asked about again.
    if (content.owner, content.side) != (action.owner_id, action.side):
        action.owner_name = _name(content, action.establishment_id, at)
    action.title, action.note = content.title, content.note
    action.side, action.owner_id = content.side, content.owner
    action.due_on, action.priority = content.due_on, content.priority
    action.effort = content.effort


def _name(content: Content, establishment_id: uuid.UUID, at: datetime) -> str:
    """The name of whoever is to do it, of the right side and with access there."""
    if content.owner is None:
        return ""
    for person in queries.doers(establishment_id, at):
        if person.id == content.owner and person.side == content.side.value:
            return str(person.name)
    raise Refused("Choose somebody of that side who has access to this place.", field="owner")


def _check_day(due_on: date | None, today: date) -> None:
    if due_on is None:
        return
    if due_on < today:
        raise Refused("This day is past.", field="due_on")
    if due_on > today + FURTHEST:
        raise Refused("This day is too far away.", field="due_on")


def note(actor: Actor | None, act: str, action: Action) -> None:
    audit.record_all(actor, act, [_deed(action)])


def _deed(action: Action) -> audit.Deed:
    return audit.Deed(
        "action",
        action.id,
        action.establishment_id,
        action.requirement_code,
        {"title": action.title},
    )
