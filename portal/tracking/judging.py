"""A view on a whole question at once, shown beforehand and undone as one.

Whatever the number of points it takes the same few statements.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select, text, update

from portal.audit import acts
from portal.audit import service as audit
from portal.audit.service import Deed
from portal.kit.errors import Conflict, Refused
from portal.tracking import scores, turn
from portal.tracking.effective import Area
from portal.tracking.models import Judgement, Status, TrackedRequirement, Verdict
from portal.tracking.service import PAST
from portal.tracking.signals import judged
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import AnyRow, db

_PUT_BACK = text("""
    UPDATE tracked_requirement t
       SET verdict = CASE WHEN b.verdict = 'recognised' AND t.status <> b.status
                          THEN 'none' ELSE b.verdict END,
           recognised = t.proven AND b.verdict = 'recognised' AND t.status = b.status,
           verdict_reason = b.reason, verdict_by_name = b.name, verdict_at = b.at,
           version = t.version + 1
      FROM jsonb_to_recordset(CAST(:before AS jsonb))
           AS b (code text, status text, verdict text, reason text, name text, at timestamptz)
     WHERE t.tenant_id = :tenant AND t.establishment_id = :place AND t.edition_id = :edition
       AND t.requirement_code = b.code AND t.verdict_at = :at AND t.verdict = :verdict
    RETURNING t.requirement_code
""")


def covered(rows: Sequence[AnyRow], verdict: Verdict) -> Sequence[AnyRow]:
    """Which of a question's rows such a view touches.

    Recognising leaves alone what is contested, contesting what is contested already; nothing is
    said where nobody has answered.
    """
    spared = {Verdict.CONTESTED, verdict}
    return [
        row
        for row in rows
        if row.applies and row.status is not Status.UNKNOWN and row.verdict not in spared
    ]


def judge_question(
    actor: Actor,
    *,
    establishment_id: uuid.UUID,
    edition_id: str,
    question: int,
    verdict: Verdict,
    reason: str,
    versions: Mapping[str, int],
    at: datetime,
    today: date,
) -> Judgement:
    """Recognise or contest all that is said of a question.

    ``versions`` are those that were read, by code; raises :class:`Conflict` when what would be
    judged is no longer exactly that.
    """
    if verdict is Verdict.NONE:
        raise Refused("Choose to recognise or to contest.")
    if verdict is Verdict.CONTESTED and not reason:
        raise Refused("Say in a few words what you contest.", field="reason")
    turn.take()
    rows = covered(_locked(establishment_id, edition_id, question), verdict)
    if {row.requirement_code: row.version for row in rows} != versions:
        raise Conflict("Something changed in this question meanwhile: read it again.")
    if not rows:
        raise Refused("There is nothing left to judge in this question.")
    act = Judgement(
        establishment_id=establishment_id,
        edition_id=edition_id,
        question=question,
        verdict=verdict,
        actor_name=actor.name,
        at=at,
        before={row.requirement_code: _kept(row) for row in rows},
    )
    db.session.add(act)
    db.session.flush()
    _write(act, reason)
    _tell(actor, act, verdict, reason, {row.requirement_code: row.status for row in rows}, at)
    scores.count(Area(edition_id, [establishment_id], list(act.before)), today)
    return act


def _write(act: Judgement, reason: str) -> None:
    """Give the verdict to every requirement that the view touches."""
    t = TrackedRequirement
    db.session.execute(
        update(t)
        .where(
            t.establishment_id == act.establishment_id,
            t.edition_id == act.edition_id,
            t.requirement_code.in_(act.before),
        )
        .values(
            verdict=act.verdict,
            recognised=t.proven if act.verdict is Verdict.RECOGNISED else False,
            verdict_reason=reason,
            verdict_by_name=act.actor_name,
            verdict_at=act.at,
            version=t.version + 1,
        )
        .execution_options(synchronize_session=False)
    )


def undo(
    actor: Actor,
    *,
    establishment_id: uuid.UUID,
    judgement_id: uuid.UUID,
    at: datetime,
    today: date,
) -> Judgement:
    """Put back the verdicts of before, but those that somebody has thought over since."""
    turn.take()
    here = Judgement.establishment_id == establishment_id
    act = acts.undone(Judgement, Judgement.id == judgement_id, here, at=at)
    before = [{"code": code, **kept} for code, kept in act.before.items()]
    told = {
        "tenant": current_tenant_id(),
        "place": establishment_id,
        "edition": act.edition_id,
        "before": json.dumps(before),
        "at": act.at,
        "verdict": act.verdict.value,
    }
    codes = db.session.scalars(_PUT_BACK, told).all()
    db.session.expire_all()
    if codes:
        said = {code: Status(str(act.before[code]["status"])) for code in codes}
        _tell(actor, act, Verdict.NONE, "", said, at)
        scores.count(Area(act.edition_id, [establishment_id], list(codes)), today)
    return act


def _locked(establishment_id: uuid.UUID, edition_id: str, question: int) -> Sequence[AnyRow]:
    t = TrackedRequirement
    return db.session.execute(
        select(
            t.requirement_code, t.applies, t.status, t.verdict, t.version, t.verdict_reason,
            t.verdict_by_name, t.verdict_at,
        )
        .where(
            t.establishment_id == establishment_id,
            t.edition_id == edition_id,
            t.question == question,
        )
        .order_by(t.requirement_code)
        .with_for_update()
    ).all()  # fmt: skip


def _kept(row: AnyRow) -> dict[str, str | None]:
    return {
        "status": row.status.value,
        "verdict": row.verdict.value,
        "reason": row.verdict_reason,
        "name": row.verdict_by_name,
        "at": row.verdict_at.isoformat() if row.verdict_at else None,
    }


def _tell(
    actor: Actor,
    act: Judgement,
    verdict: Verdict,
    reason: str,
    said: Mapping[str, Status],
    at: datetime,
) -> None:
    place = act.establishment_id
    details = {"reason": reason} if reason else {}
    audit.record_all(
        actor,
        f"requirement.{PAST[verdict]}",
        [Deed("establishment", place, place, code, details) for code in sorted(said)],
    )
    judged.send(
        actor=actor,
        establishment_id=place,
        edition_id=act.edition_id,
        said=said,
        verdict=verdict,
        reason=reason,
        at=at,
    )
