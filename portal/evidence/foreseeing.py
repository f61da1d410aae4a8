"""What a proof will prove, and where, told before it is linked."""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select, update

from portal.contracts import queries as contracts
from portal.contracts import rehearsal
from portal.contracts.rehearsal import Rehearsal, Shift
from portal.evidence import linking, reach
from portal.evidence.linking import Aim
from portal.evidence.models import Evidence, State
from portal.guide.edition import Edition
from tenants.db import db

_WAITING = (State.QUARANTINE, State.HELD)


@dataclass(frozen=True)
class Foreseen:
    """What linking some proofs will move, one :class:`Shift` for each requirement.

    ``establishments`` are those it is for; ``waiting`` of the proofs count as if their files had
    been examined, and ``idle`` prove nothing today whatever they are linked to, ``coming`` of them
    because their period has not begun and for no other reason.
    """

    establishments: int
    waiting: int
    idle: int
    coming: int
    shifts: Sequence[tuple[str, Shift]]
    questions: Sequence[int]
    rehearsed: Rehearsal

    @property
    def gains(self) -> bool:
        return any(shift.gained for _, shift in self.shifts)


def foresee(
    deed: Callable[[], Collection[uuid.UUID]],
    edition: Edition,
    aim: Aim,
    *,
    evidence_ids: Collection[uuid.UUID] = (),
    today: date,
) -> Foreseen:
    """What ``deed`` would move; it answers with its proofs, which ``evidence_ids`` are of before.

    Raises what it raises, ``Refused`` and ``NotFound`` on an aim that cannot be; leaves nothing
    behind.  No establishment adds to the SQL statements it takes.
    """
    linking.check(aim, edition)
    waiting = _count(evidence_ids, Evidence.state.in_(_WAITING))
    places = _places(aim, today)
    idle: list[int] = []
    coming: list[int] = []

    def act() -> None:
        _as_if_examined(evidence_ids)
        proofs = deed()
        idle.append(_count(proofs, ~func.coalesce(reach.proving(today), False)))
        coming.append(_count(proofs, reach.coming(today)))

    codes = sorted(set(aim.codes))
    rehearsed = rehearsal.rehearse(act, codes=codes, establishment_ids=places, today=today)
    return Foreseen(
        establishments=len(places),
        waiting=waiting,
        idle=idle[0],
        coming=coming[0],
        shifts=[(code, rehearsed.shifts.get(code, Shift())) for code in codes],
        questions=sorted({edition.requirement(code).question for code in codes}),
        rehearsed=rehearsed,
    )


def _places(aim: Aim, today: date) -> Collection[uuid.UUID]:
    if aim.establishment_ids:
        return set(aim.establishment_ids)
    if aim.offering_id is not None:
        return contracts.clients_of(aim.offering_id, today)
    return contracts.clients(today)


def _as_if_examined(evidence_ids: Collection[uuid.UUID]) -> None:
    """Inside what is taken back: what is to be known is what these will prove, once they may."""
    db.session.execute(
        update(Evidence)
        .where(Evidence.id.in_(evidence_ids), Evidence.state.in_(_WAITING))
        .values(state=State.READY)
    )


def _count(evidence_ids: Collection[uuid.UUID], which: ColumnElement[bool]) -> int:
    asked = select(func.count()).where(Evidence.id.in_(evidence_ids), which)
    return db.session.scalar(asked) or 0
