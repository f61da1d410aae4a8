"""The turns of collections: when the next proof is due, and whether somebody is at it.

A due date follows from what proves today, so that whatever becomes of a proof, a turn opens, is
done or opens again by itself: nothing has to be told that a collection exists.

Days that two proofs leave between them open no turn.  What a turn waits for is a proof that lasts
beyond its day, and the one to come does already: nothing brought for those days alone would end it,
and a supplier would be asked for a period that is nobody's rhythm.  They are told as any lapse is,
from the first of them on, with what they hold up; whoever has proof of them deposits it.
"""

import uuid
from collections.abc import Collection as Some
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import and_, select, text

from portal.collecting import suppliers
from portal.collecting.models import (
    Collection,
    CollectionTurn,
    Collector,
    FileRequest,
    Pace,
    TurnState,
)
from portal.kit import outbox
from tenants.context import Reach, current_scope, current_tenant_id
from tenants.db import db

FOLLOW: Final = "collecting.follow"
#: How long before its day a turn opens; a third of the period where that is shorter.
AHEAD: Final = timedelta(days=30)

#: A proof for a wider circle counts for an offering, never for a place: it says nothing of it.
#: What was deposited without a period covers the day of its deposit, in France.
_PROOFS = text("""
    SELECT c.id, p.id AS evidence_id, p.due,
           (place.archived_at IS NOT NULL OR sold.archived_at IS NOT NULL) AS asleep
      FROM collection c
      LEFT JOIN establishment place
             ON place.tenant_id = :tenant AND place.id = c.establishment_id
      LEFT JOIN offering sold ON sold.tenant_id = :tenant AND sold.id = c.offering_id
      LEFT JOIN LATERAL (
            SELECT e.id,
                   LEAST(e.valid_until,
                         CAST(COALESCE(e.covers_until,
                                       CAST(e.created_at AT TIME ZONE 'Europe/Paris' AS date))
                              + make_interval(months => c.months) AS date)) AS due
              FROM evidence_link l
              JOIN evidence e ON e.tenant_id = :tenant AND e.id = l.evidence_id
             WHERE l.tenant_id = :tenant AND l.edition_id = c.edition_id
               AND l.requirement_code = c.requirement_code
               AND (l.establishment_id = c.establishment_id
                    OR (c.establishment_id IS NULL AND l.establishment_id IS NULL
                        AND (l.offering_id IS NULL OR l.offering_id = c.offering_id)))
               AND e.state = 'ready' AND e.withdrawn_at IS NULL
             ORDER BY due DESC, e.valid_until DESC, e.id DESC
             LIMIT 1
           ) p ON TRUE
     WHERE c.tenant_id = :tenant AND c.id = ANY(CAST(:those AS uuid[]))
""")


@dataclass(frozen=True)
class Standing:
    """What proves for longest, and until when it does for this collection.

    ``asleep``: for an establishment or an offering that is archived.
    """

    evidence_id: uuid.UUID | None
    due: date | None
    asleep: bool


def opens_on(due_on: date, months: int) -> date:
    """When a turn opens: early enough to be done in time, not as soon as the last one is."""
    return due_on - min(AHEAD, timedelta(days=10 * months))


def of_codes(codes: Some[str]) -> list[uuid.UUID]:
    """The collections that a proof of these requirements may concern, as far as one sees them."""
    live = select(Collection.id).where(
        Collection.requirement_code.in_(codes), Collection.pace != Pace.STOPPED
    )
    return list(db.session.scalars(live))


def follow_or_promise(those: Some[uuid.UUID], *, key: str, at: datetime, today: date) -> None:
    """Now where all proofs are seen, else by promised work that sees them."""
    if not those:
        return
    if current_scope().reach is Reach.TENANT:
        follow(those, at=at, today=today)
    else:
        payload = {"those": [str(one) for one in those]}
        outbox.promise(FOLLOW, key=key, payload=payload, run_at=at)


def follow_all(*, at: datetime, today: date) -> None:
    """Every collection, as a day begins; twice a day is as once."""
    live = db.session.scalars(select(Collection.id).where(Collection.pace != Pace.STOPPED))
    follow(list(live), at=at, today=today)


def follow(those: Some[uuid.UUID], *, at: datetime, today: date) -> None:
    """Let their due dates and turns follow what proves; needs a whole-tenant scope.

    Of two who follow at once the second waits, and finds the turn that the first has opened.
    """
    rows = db.session.scalars(
        select(Collection)
        .where(Collection.id.in_(those))
        .order_by(Collection.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    found = _standings([row.id for row in rows])
    turns = _open_turns([row.id for row in rows])
    for row in rows:
        _follow_one(row, found[row.id], turns.get(row.id), at, today)
    db.session.flush()


@dataclass(frozen=True)
class Begun:
    """An open turn, and what was asked of a supplier for it."""

    turn: CollectionTurn
    asked: FileRequest | None


def _standings(those: Some[uuid.UUID]) -> Mapping[uuid.UUID, Standing]:
    db.session.flush()
    told = {"tenant": current_tenant_id(), "those": list(those)}
    return {
        row.id: Standing(row.evidence_id, row.due, row.asleep)
        for row in db.session.execute(_PROOFS, told)
    }


def _open_turns(those: Some[uuid.UUID]) -> Mapping[uuid.UUID, Begun]:
    t, r = CollectionTurn, FileRequest
    rows = db.session.execute(
        select(t, r)
        .outerjoin(r, and_(r.tenant_id == t.tenant_id, r.id == t.file_request_id))
        .where(t.collection_id.in_(those), t.state == TurnState.OPEN)
    )
    return {turn.collection_id: Begun(turn, asked) for turn, asked in rows}


def _follow_one(
    row: Collection, found: Standing, begun: Begun | None, at: datetime, today: date
) -> None:
    row.due_on = max(found.due or row.first_on, row.waits_until or date.min)
    row.evidence_id = found.evidence_id
    runs = row.pace is Pace.RUNNING and not found.asleep
    goes_on = begun is not None and _goes_on(begun, row, runs=runs, at=at, today=today)
    if runs and not goes_on and opens_on(row.due_on, row.months) <= today:
        _open(row, at, today)


def _goes_on(begun: Begun, row: Collection, *, runs: bool, at: datetime, today: date) -> bool:
    """Whether the turn stays open: it is done by a proof that lasts beyond its day."""
    turn, state, proof = begun.turn, None, None
    if not runs:
        state = TurnState.DROPPED
    elif row.waits_until is not None and turn.due_on < row.waits_until:
        state, turn.reason = TurnState.SKIPPED, row.reason
    elif row.evidence_id is not None and row.due_on > turn.due_on:
        state, proof = TurnState.DONE, row.evidence_id
    if state is None:
        turn.due_on = row.due_on
        suppliers.follow(turn, row, begun.asked, at, today)
        return True
    turn.state, turn.evidence_id, turn.closed_on = state, proof, today
    db.session.flush()
    suppliers.call_off(begun.asked, at)
    return False


def _open(row: Collection, at: datetime, today: date) -> None:
    turn = CollectionTurn(
        collection_id=row.id,
        establishment_id=row.establishment_id,
        due_on=row.due_on,
        state=TurnState.OPEN,
        opened_on=today,
    )
    if row.collector is Collector.SUPPLIER:
        turn.file_request_id = suppliers.ask(row, at, today)
    db.session.add(turn)
    db.session.flush()
