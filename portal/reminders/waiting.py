"""What waits for somebody: an action, a contest, a file that was asked for, a proof to bring."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from portal.actions.models import LIVE, Action, Origin, Priority
from portal.collecting.models import (
    Collection,
    CollectionTurn,
    Collector,
    FileRequest,
    RequestState,
    TurnState,
)
from portal.contests.models import Contest, ContestMessage, Side
from portal.fleet.models import Establishment, Stage
from portal.kit import clock
from portal.reminders.items import Item, Place, Source, Window
from portal.reminders.kinds import Subject
from tenants.context import Reach
from tenants.db import AnySelect, db

_URGENCY = {Priority.HIGH: 3.0, Priority.NORMAL: 1.0, Priority.LOW: 0.5}


def _actions(window: Window) -> list[Item]:
    """Those of a contest are told as the contest, to who holds them."""
    it, place = Action, Establishment
    rows = db.session.execute(
        _at_clients(
            it.establishment_id, window,
            it.id, it.title, it.due_on, it.requirement_code, it.side, it.owner_id, it.priority,
        )
        .join(it, and_(it.tenant_id == place.tenant_id, it.establishment_id == place.id))
        .where(it.state.in_(LIVE), it.origin != Origin.CONTEST, _within(it.due_on, window))
    )  # fmt: skip
    return [
        Item(
            Subject.ACTION, row.id, row.title, row.due_on,
            [row.requirement_code] if row.requirement_code else [],
            1, row.place, row.establishment_id,
            side=row.side, holder=row.owner_id, urgency=_URGENCY[row.priority],
        )
        for row in rows
    ]  # fmt: skip


def _contests(window: Window) -> list[Item]:
    """Open contests whose last word is the establishment's, due on the day it began to wait.

    The provider's to answer: whoever looks after establishments is not asked for them.
    """
    if window.establishments is not None:
        return []
    c, m, place, it = Contest, ContestMessage, Establishment, Action
    answered = (
        select(m.contest_id, func.max(m.written_at).label("at"))
        .where(m.side == Side.PROVIDER)
        .group_by(m.contest_id)
        .subquery()
    )
    asked_again = and_(
        m.tenant_id == c.tenant_id,
        m.contest_id == c.id,
        m.side == Side.ESTABLISHMENT,
        m.written_at > answered.c.at,
    )
    columns = (place.id, place.name, c.id, c.codes, c.opened_at, answered.c.at, it.owner_id)
    waits_since = case((answered.c.at.is_(None), c.opened_at), else_=func.min(m.written_at))
    rows = db.session.execute(
        _at_clients(
            c.establishment_id, window, c.id, c.codes, it.owner_id, waits_since.label("since")
        )
        .join(c, and_(c.tenant_id == place.tenant_id, c.establishment_id == place.id))
        .outerjoin(answered, answered.c.contest_id == c.id)
        .outerjoin(m, asked_again)
        .outerjoin(it, and_(it.tenant_id == c.tenant_id, it.source_id == c.id))
        .where(c.closed_at.is_(None))
        .group_by(*columns)
    )
    return [
        Item(
            Subject.CONTEST, row.id, row.place, day, sorted(row.codes), 1, row.place,
            row.establishment_id, side=Side.PROVIDER, holder=row.owner_id,
        )
        for row in rows
        if row.since is not None and window.holds(day := clock.day_of(row.since))
    ]  # fmt: skip


def _files(window: Window) -> list[Item]:
    """Files that were asked for and did not come: the provider's alone."""
    if window.establishments is not None:
        return []
    f = FileRequest
    rows = db.session.scalars(
        select(f).where(f.state == RequestState.OPEN, _within(f.due_on, window))
    )
    return [
        Item(Subject.FILE_REQUEST, row.id, row.title, row.due_on, sorted(row.codes), 1,
             row.to_name, None, side=Side.PROVIDER, holder=row.asked_by)
        for row in rows
    ]  # fmt: skip


def _turns(window: Window) -> list[Item]:
    """Proofs to bring again; what a supplier was asked for is told as the file that he owes."""
    t, c, place = CollectionTurn, Collection, Establishment
    rows = db.session.execute(
        select(
            t.id, t.due_on, c.id.label("collection_id"), c.title, c.requirement_code, c.person_id,
            c.house, c.collector, t.establishment_id, place.name.label("place"),
        )
        .join(c, and_(c.tenant_id == t.tenant_id, c.id == t.collection_id))
        .outerjoin(place, and_(place.tenant_id == t.tenant_id, place.id == t.establishment_id))
        .where(
            t.state == TurnState.OPEN, t.file_request_id.is_(None), _within(t.due_on, window),
            place.archived_at.is_(None),
        )
    )  # fmt: skip
    return [
        Item(
            Subject.COLLECTION_TURN, row.collection_id, row.title, row.due_on,
            [row.requirement_code], 1, row.place or "", row.establishment_id,
            side=(
                Side.ESTABLISHMENT
                if row.house or row.collector is Collector.ESTABLISHMENT
                else Side.PROVIDER
            ),
            holder=row.person_id,
        )
        for row in rows
    ]  # fmt: skip


def _at_clients(place_id: Any, window: Window, *columns: Any) -> AnySelect:
    """Of establishments that are clients today."""
    place = Establishment
    here: Sequence[ColumnElement[bool]] = (
        () if window.establishments is None else (place_id.in_(window.establishments),)
    )
    return (
        select(place.id.label("establishment_id"), place.name.label("place"), *columns)
        .select_from(place)
        .where(place.stage == Stage.CLIENT, place.archived_at.is_(None), *here)
    )


def _within(column: Any, window: Window) -> ColumnElement[bool]:
    inside: ColumnElement[bool] = column.between(window.first, window.last)
    return inside if window.days is None else and_(inside, column.in_(window.days))


def _action(item: Item, _reach: Reach) -> Place:
    return "actions.show", {"action_id": item.subject_id}


def _contest(item: Item, _reach: Reach) -> Place:
    here = {"establishment_id": item.establishment_id, "contest_id": item.subject_id}
    return "contests.show", here


def _file(item: Item, _reach: Reach) -> Place:
    return "collecting.show", {"file_request_id": item.subject_id}


def _turn(item: Item, _reach: Reach) -> Place:
    return "collections.show", {"collection_id": item.subject_id}


ACTIONS = Source(frozenset({Subject.ACTION}), _actions, _action)
CONTESTS = Source(frozenset({Subject.CONTEST}), _contests, _contest)
FILES = Source(frozenset({Subject.FILE_REQUEST}), _files, _file)
TURNS = Source(frozenset({Subject.COLLECTION_TURN}), _turns, _turn)
