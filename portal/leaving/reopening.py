"""What the former provider had left to do, taken up by the new one: chosen, opened, undone.

An imported action by itself is history.  Taken up it is an action of this register like any other:
one for each that came, however often it is asked for.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portal.actions import calling
from portal.actions import queries as actions
from portal.actions import service as acting
from portal.actions.calling import Call
from portal.actions.models import LIVE, Action, Effort, Origin, Priority, State
from portal.audit import acts
from portal.contests.models import Side
from portal.guide.edition import Edition
from portal.kit import clock
from portal.kit.errors import Refused
from portal.kit.i18n import format_date, gettext
from portal.leaving import queries, voices
from portal.leaving.models import PriorRecord, PriorState
from portal.leaving.record import Record
from tenants.access import Actor

REOPENED: Final = "leaving.reopened"
_LIVE: Final = frozenset(state.value for state in LIVE)


@dataclass(frozen=True)
class Left:
    """An action of a prior record.  ``here`` is what came of it.

    ``twin`` is another one that is open here on the same requirement.
    """

    id: uuid.UUID
    told: voices.Action
    provider: str
    here: Action | None
    twin: Action | None

    @property
    def open(self) -> bool:
        """Whether it was left to do, and nobody has taken it up."""
        return self.told.state in _LIVE and (self.here is None or self.here.state not in LIVE)


def left(prior: PriorRecord) -> list[Left]:
    """All that its plans held, what was left to do first, as they were told."""
    chapters = Record.from_json((prior.record or "").encode()).chapters
    told = [
        (uuid.uuid5(prior.id, f"{at}:{place}"), one, chapter.provider.name)
        for at, chapter in enumerate(chapters)
        for place, one in enumerate(chapter.actions)
    ]
    came = {it.source_id: it for it in actions.of_sources([source for source, _, _ in told])}
    here = [it for it in actions.at_place(prior.establishment_id) if it.state in LIVE]
    open_on = {it.requirement_code: it for it in here}
    found = [
        Left(source, one, name, came.get(source), _twin(open_on, one, came.get(source)))
        for source, one, name in told
    ]
    return sorted(found, key=lambda it: it.told.state not in _LIVE)


def _twin(
    open_on: dict[str | None, Action], one: voices.Action, came: Action | None
) -> Action | None:
    found = open_on.get(one.code) if one.code else None
    return None if found is None or (came and came.id == found.id) else found


def reopen(
    actor: Actor,
    prior_id: uuid.UUID,
    chosen: Collection[uuid.UUID] | None,
    *,
    edition: Edition,
    at: datetime,
) -> tuple[int, uuid.UUID]:
    """Take up those that were chosen, ``None``: all that were left to do.

    Returns how many, and the act that undoes it.  Raises ``Refused`` when there is none.
    """
    prior = queries.kept_one(prior_id)
    wanted = [it for it in left(prior) if (it.open if chosen is None else it.id in chosen)]
    wanted = [it for it in wanted if it.here is None or it.here.state not in LIVE]
    if not wanted:
        raise Refused("Tick at least one action that is not open here already.", field="ids")
    made = [
        calling.call_for(_call(it, prior, edition, actor, at), at=at, actor=actor) for it in wanted
    ]
    act = acts.remember(
        actor,
        REOPENED,
        summary={"actions": len(made), "provider": prior.provider_name},
        before={"actions": {str(it.id): it.version for it in made}},
    )
    return len(made), act.id


def _call(it: Left, prior: PriorRecord, edition: Edition, actor: Actor, at: datetime) -> Call:
    """As it was told, under the present guide; a day that is past is told in words instead."""
    told = it.told
    requirement = edition.by_code.get(told.code or "")
    late = told.due_on is not None and told.due_on < clock.day_of(at)
    return Call(
        source_id=it.id,
        origin=Origin.PRIOR,
        establishment_id=prior.establishment_id,
        code=requirement.code if requirement else None,
        question=requirement.question if requirement else told.question,
        title=told.title,
        note=_note(it, late=late),
        side=Side(told.side),
        due_on=None if late else told.due_on,
        priority=Priority(told.priority),
        author=actor.name,
        effort=Effort(told.effort) if told.effort else None,
    )


def _note(it: Left, *, late: bool) -> str:
    """What it said, then where it comes from."""
    told = it.told
    origin = [gettext("Taken up from the plan of %(provider)s.", provider=it.provider)]
    if told.owner:
        origin.append(gettext("It was with %(person)s.", person=told.owner))
    if late and told.due_on:
        origin.append(gettext("It was due on %(day)s.", day=format_date(told.due_on, "long")))
    return "\n\n".join(part for part in (told.note, " ".join(origin)) if part)


def undo(actor: Actor, act_id: uuid.UUID, *, at: datetime) -> Sequence[Action]:
    """Drop what one act took up; returns those that stay, for somebody has touched them since.

    Raises ``NotFound``, or ``AlreadyUndone``.
    """
    act = acts.take_back(act_id, kinds=(REOPENED,), at=at)
    versions = {uuid.UUID(one): version for one, version in act.before["actions"].items()}
    stay = []
    for action_id, version in versions.items():
        found = actions.action(action_id)
        if found.version != version:
            stay.append(found)
        else:
            acting.move(actor, found, State.DROPPED, at=at)
    return stay


def count(prior: PriorRecord) -> int:
    """How many were left to do, of those that nobody has taken up."""
    return sum(it.open for it in left(prior)) if prior.state is PriorState.KEPT else 0
