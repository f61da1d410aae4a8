"""What an act would move: whoever keeps states and scores does it, measures, and takes it back."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from portal.contracts.signals import (
    recognitions_asked,
    recognitions_returned,
    rehearsal_asked,
)

#: From what to what, and at how many establishments; what stays as it is counts too.
Passage = Mapping[tuple[str, str], int]


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

    @property
    def declared_up(self) -> int:
        return sum(move.declared[1] > move.declared[0] for move in self.moves)

    @property
    def declared_down(self) -> int:
        return sum(move.declared[1] < move.declared[0] for move in self.moves)


@dataclass(frozen=True)
class Shift:
    """What would become of one requirement, at the establishments where it counts."""

    bearers: Passage = field(default_factory=dict)
    statuses: Passage = field(default_factory=dict)
    #: Establishments where it becomes proven, stops being so, and stays so.
    gained: int = 0
    lost: int = 0
    kept: int = 0
    #: Establishments whose recognition would go.
    unrecognised: int = 0
    #: Those that answer for themselves: their states stay.
    exceptions: int = 0
    #: Why it would not be proven, and at how many: ``exception``, ``undeclared``, ``overdue``, or
    #: ``elsewhere`` where another offering speaks, whose proofs these are not.
    bare: Mapping[str, int] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        proof = self.gained or self.lost or self.unrecognised
        return bool(proof or self.borne_otherwise or self.said_otherwise)

    @cached_property
    def borne_otherwise(self) -> Passage:
        return _changed(self.bearers)

    @cached_property
    def said_otherwise(self) -> Passage:
        return _changed(self.statuses)


@dataclass(frozen=True)
class Rehearsal(Moves):
    """With the scores, what becomes of each requirement, by its code."""

    shifts: Mapping[str, Shift]

    @property
    def exceptions(self) -> int:
        return sum(shift.exceptions for shift in self.shifts.values())

    @property
    def unrecognised(self) -> int:
        return sum(shift.unrecognised for shift in self.shifts.values())


def rehearse(
    act: Callable[[], object],
    *,
    codes: Collection[str],
    establishment_ids: Collection[uuid.UUID] | None = None,
    today: date,
) -> Rehearsal:
    """What ``act`` would move there (``None``: everywhere).

    Raises what it raises; leaves nothing behind.  A fixed number of SQL statements besides its own.
    """
    ((_, answer),) = rehearsal_asked.send(
        act=act, codes=codes, establishment_ids=establishment_ids, today=today
    )
    found: Rehearsal = answer
    return found


def recognitions(codes: Collection[str]) -> Sequence[Mapping[str, Any]]:
    """What of these requirements is recognised now, as :func:`give_back` needs it."""
    if not codes:
        return []
    ((_, answer),) = recognitions_asked.send(codes=codes)
    found: Sequence[Mapping[str, Any]] = answer
    return found


def give_back(kept: Sequence[Mapping[str, Any]], today: date) -> None:
    """Recognise again what an act had cost, where nobody thought it over since."""
    if kept:
        recognitions_returned.send(kept=kept, today=today)


def _changed(passage: Passage) -> Passage:
    return {(was, now): count for (was, now), count in passage.items() if was != now}
