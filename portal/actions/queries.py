"""Reads over actions.  Lists are rows, those of archived establishments left out."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, union

from portal.actions.models import LIVE, Action, Priority, State
from portal.contests.models import Side
from portal.fleet.models import Establishment
from portal.kit.errors import NotFound
from portal.tracking.models import Status, TrackedRequirement
from tenants.db import AnyRow, AnySelect, db
from tenants.models import Membership, MembershipEstablishment, UserAccount
from tenants.queries import valid
from tenants.roles import PROVIDER_ROLES, Role

#: Who can be given something to do; an auditor reads.
_DOERS = {
    Side.PROVIDER: frozenset(PROVIDER_ROLES),
    Side.ESTABLISHMENT: frozenset({Role.DIRECTOR, Role.MEMBER}),
}
MOST_CHOICES = 200


@dataclass(frozen=True)
class Choice:
    """Which actions; ``None`` and ``False`` ask for nothing in particular."""

    establishment: uuid.UUID | None = None
    owner: uuid.UUID | None = None
    side: Side | None = None
    priority: Priority | None = None
    question: int | None = None
    #: Past their day.
    late: bool = False
    #: Done and dropped ones instead of what is left.
    closed: bool = False


def action(action_id: uuid.UUID, *, lock: bool = False) -> Action:
    """One in reach, as the others have left it when ``lock``.  Raises :class:`NotFound`."""
    query = select(Action).where(Action.id == action_id)
    found: Action | None = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def at_place(establishment_id: uuid.UUID) -> Sequence[Action]:
    """Every action of one establishment, what is left first, archived or not."""
    it = Action
    return db.session.scalars(
        select(it)
        .where(it.establishment_id == establishment_id)
        .order_by(it.closed_at.is_not(None), it.due_on.asc().nulls_last(), it.created_at, it.id)
    ).all()


def _shown(choice: Choice, today: date) -> ColumnElement[bool]:
    it = Action
    live = it.state.in_(LIVE)
    asked: list[ColumnElement[bool]] = [~live if choice.closed else live]
    for column, wanted in (
        (it.establishment_id, choice.establishment),
        (it.owner_id, choice.owner),
        (it.side, choice.side),
        (it.priority, choice.priority),
        (it.question, choice.question),
    ):
        if wanted is not None:
            asked.append(column == wanted)
    if choice.late:
        asked.append(it.due_on < today)
    return and_(*asked)


_URGENCY = case({Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}, value=Action.priority)


def _with_place(*columns: Any) -> AnySelect:
    it, place = Action, Establishment
    return (
        select(
            it.id, it.establishment_id, it.requirement_code, it.question, it.title, it.note,
            it.side, it.owner_id, it.owner_name, it.due_on, it.priority, it.effort, it.state,
            it.origin, it.opened_by_name, it.created_at, it.closed_at, it.closed_by_name,
            it.version, place.name.label("place"), place.city, *columns,
        )
        .join(place, and_(place.tenant_id == it.tenant_id, place.id == it.establishment_id))
        .where(place.archived_at.is_(None))
    )  # fmt: skip


def page(choice: Choice, today: date, *, limit: int, offset: int) -> Sequence[AnyRow]:
    """Actions by nearness, or the last closed first; each tells how many there are (``found``)."""
    it = Action
    order = (
        (it.closed_at.desc(), it.id)
        if choice.closed
        else (it.due_on.asc().nulls_last(), _URGENCY, it.id)
    )
    return db.session.execute(
        _with_place(func.count().over().label("found"))
        .where(_shown(choice, today))
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    ).all()


def board(choice: Choice, today: date, *, since: datetime, most: int) -> Sequence[AnyRow]:
    """Up to ``most`` of each column: what is left, and what was done since; with ``found``."""
    it = Action
    column = case(
        (it.state == State.DOING, "doing"), (it.state == State.TODO, "todo"), else_="done"
    )
    rank = func.row_number().over(
        partition_by=column,
        order_by=(it.due_on.asc().nulls_last(), _URGENCY, it.closed_at.desc(), it.id),
    )
    wanted = or_(
        _shown(choice, today),
        and_(
            _shown(replace(choice, closed=True, late=False), today),
            it.state == State.DONE,
            it.closed_at >= since,
        ),
    )
    ranked = (
        _with_place(
            column.label("column"),
            rank.label("rank"),
            func.count().over(partition_by=column).label("found"),
        )
        .where(wanted)
        .subquery()
    )
    return db.session.execute(
        select(ranked).where(ranked.c.rank <= most).order_by(ranked.c.column, ranked.c.rank)
    ).all()


def counts(today: date) -> AnyRow:
    """How many actions are left, how many are late, how many are high."""
    it, place = Action, Establishment
    return db.session.execute(
        select(
            func.count().label("left"),
            func.count().filter(it.due_on < today).label("late"),
            func.count().filter(it.priority == Priority.HIGH).label("high"),
        )
        .join(place, and_(place.tenant_id == it.tenant_id, place.id == it.establishment_id))
        .where(it.state.in_(LIVE), place.archived_at.is_(None))
    ).one()


def plan(establishment_id: uuid.UUID, *, since: datetime) -> Sequence[AnyRow]:
    """All that is left at an establishment, then what was closed since."""
    it = Action
    return db.session.execute(
        _with_place()
        .where(
            it.establishment_id == establishment_id,
            or_(it.state.in_(LIVE), it.closed_at >= since),
        )
        .order_by(
            it.state.in_(LIVE).desc(), it.due_on.asc().nulls_last(), _URGENCY,
            it.closed_at.desc(), it.id,
        )
    ).all()  # fmt: skip


def gaps(establishment_id: uuid.UUID, edition_id: str) -> Sequence[AnyRow]:
    """What applies, is not proven and has no live action: the heaviest first."""
    t, it = TrackedRequirement, Action
    covered = exists().where(
        it.tenant_id == t.tenant_id,
        it.establishment_id == t.establishment_id,
        it.requirement_code == t.requirement_code,
        it.state.in_(LIVE),
    )
    return db.session.execute(
        select(t.requirement_code, t.question, t.weight, t.status, t.bearer, t.proof_until)
        .where(
            t.establishment_id == establishment_id,
            t.edition_id == edition_id,
            t.applies,
            ~t.proven,
            t.status != Status.NOT_APPLICABLE,
            ~covered,
        )
        .order_by(t.weight.desc(), t.question, t.requirement_code)
    ).all()


def of_calendar(
    user_id: uuid.UUID, side: Side, *, wide: bool, since: datetime, most: int
) -> Sequence[AnyRow]:
    """What a person's calendar tells: hers, and what nobody of her side took when ``wide``.

    What was closed since is told for a while longer; the nearest first, ``most`` of them.
    """
    it = Action
    whose = it.owner_id == user_id
    if wide:
        whose = or_(whose, and_(it.owner_id.is_(None), it.side == side))
    return db.session.execute(
        _with_place(it.updated_at)
        .where(whose, or_(it.state.in_(LIVE), it.closed_at >= since))
        .order_by(it.state.in_(LIVE).desc(), it.due_on.asc().nulls_last(), it.id)
        .limit(most)
    ).all()


def of_sources(source_ids: Sequence[uuid.UUID]) -> Sequence[Action]:
    """The actions that these contests or findings called for, locked to be moved on."""
    return db.session.scalars(
        select(Action).where(Action.source_id.in_(source_ids)).order_by(Action.id).with_for_update()
    ).all()


def doers(establishment_id: uuid.UUID, at: datetime) -> Sequence[AnyRow]:
    """Who can be given something to do there: ``id``, ``name`` and ``side``.

    A listed membership knows of nobody but herself.
    """
    m, reached, person = Membership, MembershipEstablishment, UserAccount
    ours = select(m.user_id, literal(Side.PROVIDER.value).label("side")).where(
        m.whole_tenant, m.role.in_(_DOERS[Side.PROVIDER]), valid(at)
    )
    theirs = (
        select(m.user_id, literal(Side.ESTABLISHMENT.value).label("side"))
        .join(reached, and_(reached.tenant_id == m.tenant_id, reached.membership_id == m.id))
        .where(
            reached.establishment_id == establishment_id,
            m.role.in_(_DOERS[Side.ESTABLISHMENT]),
            valid(at),
        )
    )
    those = union(ours, theirs).subquery()
    return db.session.execute(
        select(person.id, person.name, those.c.side)
        .join(those, those.c.user_id == person.id)
        .order_by(those.c.side.desc(), person.name, person.id)
        .limit(MOST_CHOICES)
    ).all()
