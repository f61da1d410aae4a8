"""How many scores an act would move: done for real inside a savepoint, measured, taken back."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.fleet.models import Establishment
from portal.tracking.models import Scorecard
from tenants.db import db


@dataclass(frozen=True)
class Move:
    """One establishment's totals before and after, per mille."""

    establishment_id: uuid.UUID
    name: str
    declared: tuple[int, int]
    proven: tuple[int, int]
    recognised: tuple[int, int]


@dataclass(frozen=True)
class Moves:
    """Every establishment in use whose totals would change, the largest loss of proof first."""

    moves: Sequence[Move]

    @property
    def up(self) -> int:
        return sum(move.proven[1] > move.proven[0] for move in self.moves)

    @property
    def down(self) -> int:
        return sum(move.proven[1] < move.proven[0] for move in self.moves)


_Totals = dict[uuid.UUID, tuple[int, int, int]]
_NOTHING = (0, 0, 0)


def rehearse(act: Callable[[], object]) -> Moves:
    """What ``act`` would move.  Raises what it raises; leaves nothing behind."""
    before = _totals()
    savepoint = db.session.begin_nested()
    try:
        act()
        db.session.flush()
        after = _totals()
    finally:
        savepoint.rollback()
        db.session.expire_all()
    return _compared(before, after)


def _totals() -> _Totals:
    s = Scorecard
    rows = db.session.execute(
        select(s.establishment_id, s.declared_total, s.proven_total, s.recognised_total)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _compared(before: _Totals, after: _Totals) -> Moves:
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
    return Moves(
        sorted(moves, key=lambda m: (m.proven[1] - m.proven[0], m.name, m.establishment_id))
    )
