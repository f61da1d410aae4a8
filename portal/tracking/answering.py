"""An establishment answers its own requirements: those it bears, alone or in part.

Its word is its own: the provider reads it as such and cannot write over it.  Of a shared
requirement it may not say more than the provider says of the provider's part.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from portal.audit import acts
from portal.audit import service as audit
from portal.contracts.models import Bearer
from portal.guide import loader
from portal.kit import outbox
from portal.kit.errors import Conflict, Refused
from portal.tracking import effective, queries, scores, service, turn
from portal.tracking.effective import Area
from portal.tracking.models import HouseAnswer, Origin, Status, TrackedRequirement, Verdict
from portal.tracking.signals import restated
from tenants.access import Actor
from tenants.db import db

PROVE = "tracking.prove"
#: How much each state says is done; what does not apply says nothing of it.
_WEIGHT = {
    Status.UNKNOWN: 0,
    Status.PLANNED: 0,
    Status.PARTIAL: 1,
    Status.IMPLEMENTED: 2,
    Status.ALTERNATIVE: 2,
    Status.NOT_APPLICABLE: 0,
}


def answers(establishment_id: uuid.UUID, code: str, *, limit: int = 20) -> Sequence[HouseAnswer]:
    """What was answered to one requirement, the latest first."""
    h = HouseAnswer
    return db.session.scalars(
        select(h)
        .where(h.establishment_id == establishment_id, h.requirement_code == code)
        .order_by(h.answered_at.desc(), h.id.desc())
        .limit(limit)
    ).all()


def answer(
    actor: Actor,
    *,
    establishment_id: uuid.UUID,
    edition_id: str,
    code: str,
    status: Status,
    note: str,
    reviewed_on: date,
    version: int,
    at: datetime,
    today: date,
) -> HouseAnswer:
    """Answer one requirement, or take back one's answer (``unknown``).

    ``version`` is the one the author read; of two people who answer at once the second is told
    (:class:`Conflict`).  Raises ``Refused`` where it is the provider who answers.
    """
    turn.take()
    row = queries.tracked(establishment_id, edition_id, code, lock=True)
    service.check_words(status, note, reviewed_on, today, field="note")
    if row.version != version:
        raise Conflict("Somebody changed this requirement while you were writing.")
    _check_place(row, status, today)
    before = _kept(row)
    act = HouseAnswer(
        establishment_id=establishment_id,
        edition_id=edition_id,
        requirement_code=code,
        status=status,
        note=note,
        reviewed_on=reviewed_on,
        answered_by_name=actor.name,
        answered_at=at,
        made=0,
        before=before,
    )
    # First what it replaces, which PostgreSQL compares with what stands there; then itself.
    db.session.add(act)
    db.session.flush()
    _say(row, status, note, reviewed_on, actor.name, today)
    act.made = row.version
    db.session.flush()
    _tell(actor, act, "requirement.answered", status=status, before=before, note=note, at=at)
    return act


def undo(
    actor: Actor,
    *,
    establishment_id: uuid.UUID,
    answer_id: uuid.UUID,
    at: datetime,
    today: date,
) -> HouseAnswer:
    """Put back what an answer replaced; raises :class:`Conflict` when it is no longer the last."""
    turn.take()
    mine = HouseAnswer.establishment_id == establishment_id
    act = acts.undone(HouseAnswer, HouseAnswer.id == answer_id, mine, at=at)
    row = queries.tracked(establishment_id, act.edition_id, act.requirement_code, lock=True)
    if row.version != act.made:
        raise Conflict("Something changed here since: answer again instead.")
    db.session.flush()  # marked, it may put back an exception of the provider's
    was, before = act.before, _kept(row)
    reviewed_on = was.get("reviewed_on")
    own = was.get("origin") == Origin.OWN.value
    _say(
        row,
        Status(str(was["status"])) if own else Status.UNKNOWN,
        was.get("note") or "",
        date.fromisoformat(reviewed_on) if reviewed_on else today,
        was.get("house"),
        today,
    )
    _tell(actor, act, "requirement.answer_undone", status=row.status, before=before, at=at)
    return act


def _check_place(row: TrackedRequirement, status: Status, today: date) -> None:
    if row.bearer is Bearer.PROVIDER:
        raise Refused("This one is for your provider to answer: recognise or contest it.")
    if row.house_by_name is None and status is Status.UNKNOWN:
        raise Refused("There is no answer of yours to take back here.", field="status")
    if row.bearer is Bearer.SHARED and _says_more(row, status, today):
        raise Refused(
            "Your provider says less of its part: your answer cannot say more.", field="status"
        )


def _says_more(row: TrackedRequirement, status: Status, today: date) -> bool:
    """Than its provider does, whom an earlier answer may hide; free where it is silent."""
    theirs = _theirs(row, today)
    if not theirs:
        return False
    return status is Status.NOT_APPLICABLE or _WEIGHT[status] > max(_WEIGHT[it] for it in theirs)


def _theirs(row: TrackedRequirement, today: date) -> Sequence[Status]:
    """What its provider says there: an exception, or what its offerings in force say."""
    if row.origin is Origin.OWN:
        excepted = row.status if row.house_by_name is None else _excepted(row)
        if excepted is not None:
            return [excepted]
    return queries.declared(row.establishment_id, row.edition_id, row.requirement_code, today)


def _excepted(row: TrackedRequirement) -> Status | None:
    """The provider's exception that the establishment's present answer took the place of."""
    h = HouseAnswer
    first: HouseAnswer | None = db.session.scalar(
        select(h)
        .where(
            h.establishment_id == row.establishment_id,
            h.requirement_code == row.requirement_code,
            h.undone_at.is_(None),
            h.before["house"].as_string().is_(None),
        )
        .order_by(h.answered_at.desc(), h.id.desc())
        .limit(1)
    )
    own = first is not None and first.before.get("origin") == Origin.OWN.value
    return Status(str(first.before["status"])) if first is not None and own else None


def _say(
    row: TrackedRequirement,
    status: Status,
    note: str,
    reviewed_on: date,
    house: str | None,
    today: date,
) -> None:
    """Write a state of the place's own, or let it inherit again; its scores follow."""
    contested = row.verdict is Verdict.CONTESTED
    area = Area(row.edition_id, [row.establishment_id], [row.requirement_code])
    if status is Status.UNKNOWN:
        effective.fall_back(area, today)
    else:
        effective.except_(
            area,
            status=status,
            note=note,
            reviewed_on=reviewed_on,
            review_due=loader.current().requirement(row.requirement_code).review_due(reviewed_on),
            house=house,
            today=today,
        )
    scores.count(area, today)
    db.session.refresh(row)
    if contested:
        restated.send(establishment_ids=area.establishments)


def _kept(row: TrackedRequirement) -> dict[str, str | None]:
    return {
        "status": row.status.value,
        "origin": row.origin.value,
        "note": row.note,
        "reviewed_on": row.reviewed_on.isoformat() if row.reviewed_on else None,
        "house": row.house_by_name,
    }


def _tell(
    actor: Actor,
    act: HouseAnswer,
    action: str,
    *,
    status: Status,
    before: dict[str, str | None],
    at: datetime,
    note: str = "",
) -> None:
    """Journal it, and promise to look for proofs that the establishment may not see."""
    place = act.establishment_id
    audit.record(
        actor,
        action,
        subject="establishment",
        subject_id=place,
        establishment_id=place,
        requirement_code=act.requirement_code,
        status=status.value,
        before=before["status"],
        note=note,
    )
    outbox.promise(
        PROVE,
        key=f"{PROVE}:{act.id}:{action}",
        payload={"place": str(place), "edition": act.edition_id, "code": act.requirement_code},
        run_at=at,
    )
