"""The traces that lapses leave: ended by a renewal, and begun anew when that is taken back.

What was told stays: a trace that a renewal ended says until when, and what is bare again from the
day on which the renewal was taken back is a lapse of its own.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import aliased

from portal.evidence.holding import held
from portal.evidence.models import Evidence, EvidenceLapse, State
from portal.kit import clock
from tenants.db import AnyRow, db
from tenants.scoping import find

#: Work promised once for what versions before left out.
MEND: Final = "evidence.mend"


def end(evidence_id: uuid.UUID, today: date) -> None:
    """End the lapses this proof makes good: its predecessors’, or its own, now it is longer."""
    proof = find(Evidence, evidence_id)
    if proof is None or proof.withdrawn_at is not None or not _would_do(proof, today):
        return
    trace = EvidenceLapse
    before = select(Evidence.id).where(Evidence.replaced_by == evidence_id)
    _say(
        today,
        trace.renewed_on.is_(None),
        or_(trace.evidence_id == evidence_id, trace.evidence_id.in_(before)),
    )


def end_begun(today: date) -> None:
    """End those whose renewal, deposited before, has begun to prove by now: on that day."""
    trace, old, new = EvidenceLapse, Evidence, aliased(Evidence)
    db.session.execute(
        update(trace)
        .where(
            trace.renewed_on.is_(None),
            trace.tenant_id == old.tenant_id,
            trace.evidence_id == old.id,
            new.tenant_id == old.tenant_id,
            new.id == old.replaced_by,
            new.state == State.READY,
            new.withdrawn_at.is_(None),
            new.covers_from.between(trace.lapsed_on, today),
            new.valid_until >= today,
        )
        .values(renewed_on=new.covers_from)
        .execution_options(synchronize_session=False)
    )


def begin_again(evidence_id: uuid.UUID, today: date) -> None:
    """Open what this proof made good and makes good no more: withdrawn, or shorter again.

    To be called once what rests on it has been counted anew.  Taken back on the day of the renewal
    itself, the same lapse goes on.
    """
    proof = find(Evidence, evidence_id)
    if proof is None or (proof.withdrawn_at is None and _would_do(proof, today)):
        return
    lapsed = _lapsed(proof, today)
    trace = EvidenceLapse
    _say(None, trace.renewed_on == today, trace.evidence_id.in_(lapsed))
    _open(dict.fromkeys(_bare(proof, lapsed, today), today))


def mend(today: date) -> None:
    """Add the lapses whose renewal was taken back while nothing told of that.

    Each begins on the day on which it was taken back, which is known; what it held up then is not,
    so that it says what it does today, and that it was noted today.  Where it was taken back on the
    day of the renewal itself, the lapse before goes on.  Twice adds nothing.  A validity that was
    put back is left alone: nobody knows since when.
    """
    missing = {}
    for row in _taken_back(today):
        if (back := clock.day_of(row.withdrawn_at)) == row.renewed_on:
            _say(None, EvidenceLapse.renewed_on == back, EvidenceLapse.evidence_id == row.id)
        elif _was_covered(row, back):
            missing[row.id] = back
    _open(missing, noted_on=today)


def _was_covered(row: AnyRow, back: date) -> bool:
    """Whether it was by the renewal, until that was taken back, and by none other since."""
    begun = row.covers_from is None or row.covers_from <= back
    again = row.renewed_on is not None and row.renewed_on > back
    return begun and row.last_day < back <= row.would_do_until and not again


def _taken_back(today: date) -> Sequence[AnyRow]:
    """What is bare as its last renewal was withdrawn, and has no trace that is open."""
    e, new, trace = Evidence, aliased(Evidence), EvidenceLapse
    going = select(trace.id).where(trace.evidence_id == e.id, trace.renewed_on.is_(None))
    last = select(func.max(trace.renewed_on)).where(trace.evidence_id == e.id).scalar_subquery()
    return db.session.execute(
        select(
            e.id,
            e.valid_until.label("last_day"),
            new.withdrawn_at,
            new.covers_from,
            new.valid_until.label("would_do_until"),
            last.label("renewed_on"),
        )
        .join(new, new.id == e.replaced_by)
        .where(
            e.state == State.READY,
            e.withdrawn_at.is_(None),
            e.valid_until < today,
            new.state == State.READY,
            new.withdrawn_at.is_not(None),
            ~going.exists(),
        )
        .order_by(e.id)
    ).all()


def _open(since: Mapping[uuid.UUID, date], noted_on: date | None = None) -> None:
    """A trace of each of these that still holds something up, ``since`` its day."""
    db.session.add_all(
        EvidenceLapse(
            evidence_id=lapsed_id,
            lapsed_on=since[lapsed_id],
            codes=list(holds.codes),
            questions=list(holds.questions),
            establishments=holds.establishments,
            noted_on=noted_on,
        )
        for lapsed_id, holds in held(list(since)).items()
    )
    db.session.flush()


def _would_do(proof: Evidence, today: date) -> bool:
    """Whether it proves today, unless it was withdrawn."""
    begun = proof.covers_from is None or proof.covers_from <= today
    return proof.state is State.READY and begun and proof.valid_until >= today


def _lapsed(proof: Evidence, today: date) -> Sequence[uuid.UUID]:
    """It and those it took the place of, as far as they are past their last day."""
    e = Evidence
    return db.session.scalars(
        select(e.id).where(
            or_(e.id == proof.id, e.replaced_by == proof.id),
            e.state == State.READY,
            e.withdrawn_at.is_(None),
            e.valid_until < today,
        )
    ).all()


def _bare(proof: Evidence, lapsed: Sequence[uuid.UUID], today: date) -> list[uuid.UUID]:
    """Those of them that were covered until now, and are no more.

    The proof itself was when an earlier lapse of it has ended; a predecessor was when this one
    would still do, had it not been withdrawn.
    """
    trace = EvidenceLapse
    told = db.session.execute(
        select(trace.evidence_id, trace.renewed_on).where(trace.evidence_id.in_(lapsed))
    ).all()
    going = {row.evidence_id for row in told if row.renewed_on is None}
    covered = {row.evidence_id for row in told} & {proof.id}
    if _would_do(proof, today):
        covered |= set(lapsed)
    return sorted(covered - going)


def _say(renewed_on: date | None, *those: ColumnElement[bool]) -> None:
    db.session.execute(
        update(EvidenceLapse)
        .where(*those)
        .values(renewed_on=renewed_on)
        .execution_options(synchronize_session=False)
    )
