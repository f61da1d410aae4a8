"""Reads over collections and their turns."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from portal.collecting.models import (
    Collection,
    CollectionTurn,
    Collector,
    FileRequest,
    Pace,
    RequestState,
    TurnState,
)
from portal.contracts.models import Offering
from portal.evidence.models import Evidence
from portal.fleet.models import Establishment
from portal.kit.errors import NotFound
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.db import AnyRow, AnySelect, db
from tenants.roles import PROVIDER_ROLES, Permission


class State(StrEnum):
    """Where a collection stands; ``LIVE`` is the first four together."""

    LIVE = "live"
    LATE = "late"
    OPEN = "open"
    RECEIVED = "received"
    COMING = "coming"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Choice:
    """Which collections; ``None`` and '' ask for nothing in particular."""

    state: State = State.LIVE
    person_id: uuid.UUID | None = None
    code: str = ""
    establishment_id: uuid.UUID | None = None


def collection(collection_id: uuid.UUID, *, lock: bool = False) -> Collection:
    """One in reach.  Raises :class:`NotFound`."""
    wanted = select(Collection).where(Collection.id == collection_id)
    found: Collection | None = db.session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound
    return found


_c, _t, _r = Collection, CollectionTurn, FileRequest
_RECEIVED = _r.state == RequestState.DEPOSITED


def _in_state(state: State, today: date) -> ColumnElement[bool]:
    if state in {State.PAUSED, State.STOPPED}:
        return _c.pace == Pace(state.value)
    runs = _c.pace == Pace.RUNNING
    open_ = _t.id.is_not(None)
    received = func.coalesce(_RECEIVED, False)
    return {
        State.LIVE: runs,
        State.RECEIVED: and_(runs, open_, received),
        State.LATE: and_(runs, open_, ~received, _t.due_on < today),
        State.OPEN: and_(runs, open_, ~received, _t.due_on >= today),
        State.COMING: and_(runs, ~open_),
    }[state]


def state_of(row: AnyRow, today: date) -> State:
    """Of a row of :func:`lines`."""
    if row.pace is not Pace.RUNNING:
        return State(row.pace.value)
    if row.turn_due is None:
        return State.COMING
    if row.request_state is RequestState.DEPOSITED:
        return State.RECEIVED
    return State.LATE if row.turn_due < today else State.OPEN


def _listed(choice: Choice, today: date) -> AnySelect:
    asked = [_in_state(choice.state, today)]
    for column, wanted in (
        (_c.person_id, choice.person_id),
        (_c.requirement_code, choice.code or None),
        (_c.establishment_id, choice.establishment_id),
    ):
        if wanted is not None:
            asked.append(column == wanted)
    return _joined(
        _c.id, _c.title, _c.requirement_code, _c.months, _c.collector, _c.person_id,
        _c.person_name, _c.pace, _c.due_on, _c.house, _c.version, _c.evidence_id,
        _c.offering_id, _c.establishment_id, Establishment.name.label("place"),
        Offering.name.label("offering"), _t.id.label("turn_id"), _t.due_on.label("turn_due"),
        _t.file_request_id, _r.state.label("request_state"), _r.due_on.label("request_due"),
        Evidence.establishment_id.label("proof_of"),
    ).where(*asked)  # fmt: skip


def _joined(*columns: object) -> AnySelect:
    """Each with its open turn, if any, and what was asked for it."""
    found: AnySelect = (
        select(*columns)  # type: ignore[call-overload]  # columns of any kind
        .select_from(_c)
        .outerjoin(
            _t,
            and_(
                _t.tenant_id == _c.tenant_id,
                _t.collection_id == _c.id,
                _t.state == TurnState.OPEN,
            ),
        )
        .outerjoin(_r, and_(_r.tenant_id == _t.tenant_id, _r.id == _t.file_request_id))
        .outerjoin(
            Establishment,
            and_(Establishment.tenant_id == _c.tenant_id, Establishment.id == _c.establishment_id),
        )
        .outerjoin(
            Evidence, and_(Evidence.tenant_id == _c.tenant_id, Evidence.id == _c.evidence_id)
        )
        .outerjoin(
            Offering, and_(Offering.tenant_id == _c.tenant_id, Offering.id == _c.offering_id)
        )
    )
    return found


def lines(
    choice: Choice, today: date, *, offset: int = 0, limit: int | None = None
) -> list[AnyRow]:
    """The collections asked for: what is open by its day, then what comes by its day."""
    found = _listed(choice, today).order_by(
        case((_t.id.is_not(None), 0), else_=1), _c.due_on, _c.title, _c.id
    )
    return list(db.session.execute(found.offset(offset).limit(limit)).all())


def line(collection_id: uuid.UUID, today: date) -> AnyRow:
    """One as the list has it, whatever its state.  Raises :class:`NotFound`."""
    pace = collection(collection_id).pace
    state = State.LIVE if pace is Pace.RUNNING else State(pace.value)
    found = _listed(Choice(state), today).where(_c.id == collection_id)
    return db.session.execute(found).one()


def counts(choice: Choice, today: date) -> dict[State, int]:
    """How many stand in each state, under the other filters."""
    asked = [
        column == wanted
        for column, wanted in (
            (_c.person_id, choice.person_id),
            (_c.requirement_code, choice.code or None),
            (_c.establishment_id, choice.establishment_id),
        )
        if wanted is not None
    ]
    row = db.session.execute(
        _joined(*(func.count().filter(_in_state(state, today)) for state in State)).where(*asked)
    ).one()
    return dict(zip(State, row, strict=True))


def open_turn(collection_id: uuid.UUID) -> CollectionTurn | None:
    found: CollectionTurn | None = db.session.scalar(
        select(_t).where(_t.collection_id == collection_id, _t.state == TurnState.OPEN)
    )
    return found


def turns(collection_id: uuid.UUID, *, limit: int = 50) -> Sequence[CollectionTurn]:
    """The turns of one, the latest first."""
    return db.session.scalars(
        select(_t)
        .where(_t.collection_id == collection_id)
        .order_by(_t.opened_on.desc(), _t.created_at.desc(), _t.id.desc())
        .limit(limit)
    ).all()


def of_request(file_request_id: uuid.UUID) -> Collection | None:
    """The collection that a request was made for, if it was."""
    return db.session.scalar(
        select(_c)
        .join(_t, and_(_t.tenant_id == _c.tenant_id, _t.collection_id == _c.id))
        .where(_t.file_request_id == file_request_id)
    )


def of_calendar(actor: Actor, *, wide: bool, since: date, most: int) -> Sequence[AnyRow]:
    """The turns that are somebody's to do, with those closed since.

    Hers, and when ``wide`` those of her whole side.
    """
    ours = actor.role in PROVIDER_ROLES
    whose: ColumnElement[bool] = _c.person_id == actor.user_id
    if not ours:
        whose = or_(whose, _c.collector == Collector.ESTABLISHMENT)
    if wide:
        whose = or_(whose, _c.house.is_(not ours))
    return db.session.execute(
        select(
            _t.id, _t.due_on, _t.state, _t.closed_on, _t.updated_at, _t.created_at,
            _c.id.label("collection_id"), _c.title, _c.requirement_code, _c.message,
            Establishment.name.label("place"),
        )
        .join(_c, and_(_c.tenant_id == _t.tenant_id, _c.id == _t.collection_id))
        .outerjoin(
            Establishment,
            and_(Establishment.tenant_id == _c.tenant_id, Establishment.id == _c.establishment_id),
        )
        .where(whose, or_(_t.state == TurnState.OPEN, _t.closed_on >= since))
        .order_by(_t.due_on, _t.id)
        .limit(most)
    ).all()  # fmt: skip


def colleagues(actor: Actor, at: datetime) -> Sequence[tuple[uuid.UUID, str]]:
    """Who may be given a collection: of the provider, whoever deposits proofs; else oneself."""
    if actor.role not in PROVIDER_ROLES:
        return [(actor.user_id, actor.name)]
    return [
        (person.id, person.name)
        for member, person in tenancy.members(at)
        if Actor(person.id, actor.tenant_id, member.role, person.name).may(
            Permission.EVIDENCE_WRITE
        )
    ]


#: How long what was done is still told to calendars.
TOLD = timedelta(days=30)
