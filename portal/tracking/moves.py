"""What an act would move: done for real inside a savepoint, measured, taken back."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from sqlalchemy import select, text

from portal.contracts.rehearsal import Move, Moves, Rehearsal, Shift
from portal.fleet.models import Establishment
from portal.kit import arrays
from portal.tracking import turn
from portal.tracking.effective import Area
from portal.tracking.models import Origin, Scorecard
from tenants.context import current_tenant_id
from tenants.db import db

T = TypeVar("T")
_Totals = dict[uuid.UUID, tuple[int, int, int]]
_NOTHING = (0, 0, 0)
_PROVABLE = frozenset({"implemented", "alternative", "partial"})

#: One text a state: a fleet has a hundred thousand of them, compared whole.
_STATES = """
    SELECT t.requirement_code, CAST(t.establishment_id AS text),
           concat_ws('|', t.bearer, t.status, t.origin, CAST(t.proven AS int),
                     CAST(t.verdict = 'recognised' AS int),
                     CAST(COALESCE(t.review_due < :today, FALSE) AS int))
      FROM tracked_requirement t
      JOIN establishment e ON e.tenant_id = :tenant AND e.id = t.establishment_id
                          AND e.archived_at IS NULL
     WHERE t.tenant_id = :tenant AND t.edition_id = :edition AND t.applies
       AND t.requirement_code = ANY(CAST(:codes AS text[])){some}
"""
_EVERYWHERE = text(_STATES.format(some=""))
_SOMEWHERE = text(_STATES.format(some=" AND t.establishment_id = ANY(CAST(:ests AS uuid[]))"))
_States = Mapping[tuple[str, str], str]


class _State(NamedTuple):
    bearer: str
    status: str
    origin: str
    proven: bool
    recognised: bool
    overdue: bool


def rehearse(act: Callable[[], object]) -> Moves:
    """What ``act`` would move.  Raises what it raises; leaves nothing behind."""
    return Moves(_compared(*_measured(act, _totals)))


def rehearse_in(area: Area, act: Callable[[], object], today: date) -> Rehearsal:
    """The same, and what would become of the area's requirements, one by one."""

    def measure() -> tuple[_Totals, _States]:
        return _totals(), _states(area, today)

    (totals, states), (totals_after, states_after) = _measured(act, measure)
    return Rehearsal(_compared(totals, totals_after), _shifts(states, states_after))


def _measured(act: Callable[[], object], measure: Callable[[], T]) -> tuple[T, T]:
    savepoint = db.session.begin_nested()
    try:
        # Nobody else writes between the two readings: all that differs is the act's doing.
        turn.take()
        before = measure()
        act()
        db.session.flush()
        return before, measure()
    finally:
        savepoint.rollback()
        db.session.expire_all()


def _totals() -> _Totals:
    s = Scorecard
    rows = db.session.execute(
        select(s.establishment_id, s.declared_total, s.proven_total, s.recognised_total)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _states(area: Area, today: date) -> _States:
    bound = {
        "tenant": current_tenant_id(),
        "edition": area.edition_id,
        "codes": arrays.literal(area.codes or ()),
        "today": today,
    }
    if area.establishments is None:
        rows = db.session.execute(_EVERYWHERE, bound)
    else:
        ests = arrays.literal(area.establishments)
        rows = db.session.execute(_SOMEWHERE, {**bound, "ests": ests})
    return {(code, place): state for code, place, state in rows}


def _compared(before: _Totals, after: _Totals) -> Sequence[Move]:
    changed = [key for key, totals in after.items() if before.get(key, _NOTHING) != totals]
    names = db.session.execute(
        select(Establishment.id, Establishment.name).where(
            Establishment.id.in_(changed), Establishment.archived_at.is_(None)
        )
    )
    moves = [
        Move(key, name, *zip(before.get(key, _NOTHING), after[key], strict=True))
        for key, name in names
    ]
    return sorted(moves, key=lambda m: (m.proven[1] - m.proven[0], m.name, m.establishment_id))


def _shifts(before: _States, after: _States) -> Mapping[str, Shift]:
    """By code; alike passages are counted before they are looked at."""
    alike = Counter((key[0], before.get(key, ""), state) for key, state in after.items())
    found: dict[str, list[tuple[_State, _State, int]]] = defaultdict(list)
    for (code, was, now), count in alike.items():
        found[code].append((_read(was or now), _read(now), count))
    return {code: _shift(passages) for code, passages in found.items()}


def _read(state: str) -> _State:
    bearer, status, origin, *flags = state.split("|")
    return _State(bearer, status, origin, *(flag == "1" for flag in flags))


def _shift(passages: Collection[tuple[_State, _State, int]]) -> Shift:
    bearers: Counter[tuple[str, str]] = Counter()
    statuses: Counter[tuple[str, str]] = Counter()
    told: Counter[str] = Counter()
    bare: Counter[str] = Counter()
    for was, now, count in passages:
        bearers[was.bearer, now.bearer] += count
        statuses[was.status, now.status] += count
        told[_PROOF[was.proven, now.proven]] += count
        told["unrecognised"] += count * (was.recognised and not now.recognised)
        told["exceptions"] += count * (now.origin == Origin.OWN)
        if not now.proven:
            bare[_why(now)] += count
    told.pop("", None)
    return Shift(bearers, statuses, bare=bare, **told)


_PROOF = {
    (False, True): "gained", (True, False): "lost", (True, True): "kept", (False, False): "",
}  # fmt: skip


def _why(state: _State) -> str:
    if state.origin == Origin.OWN:
        return "exception"
    if state.status not in _PROVABLE:
        return "undeclared"
    return "overdue" if state.overdue else "elsewhere"
