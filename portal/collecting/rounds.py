"""The turns of collections: when the next proof is due, and whether somebody is at it.

A due date follows from what proves today, so that whatever becomes of a proof, a turn opens, is
done or opens again by itself: nothing has to be told that a collection exists.
"""

import uuid
from collections.abc import Collection as Some
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select, text

from portal.collecting import service
from portal.collecting.models import (
    Collection,
    CollectionTurn,
    Collector,
    Pace,
    RequestState,
    TurnState,
)
from portal.collecting.queries import request
from portal.collecting.service import Asked
from portal.evidence import line
from portal.evidence import queries as evidence
from portal.guide import loader
from portal.kit import outbox
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import Reach, current_scope, current_tenant_id
from tenants.db import db
from tenants.roles import Permission

FOLLOW: Final = "collecting.follow"
#: How long before its day a turn opens; a third of the period where that is shorter.
AHEAD: Final = timedelta(days=30)
#: What a supplier has at least, when a turn opens late.
GRACE: Final = timedelta(days=14)

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


def _standings(those: Some[uuid.UUID]) -> Mapping[uuid.UUID, Standing]:
    db.session.flush()
    told = {"tenant": current_tenant_id(), "those": list(those)}
    return {
        row.id: Standing(row.evidence_id, row.due, row.asleep)
        for row in db.session.execute(_PROOFS, told)
    }


def _open_turns(those: Some[uuid.UUID]) -> Mapping[uuid.UUID, CollectionTurn]:
    t = CollectionTurn
    rows = db.session.scalars(
        select(t).where(t.collection_id.in_(those), t.state == TurnState.OPEN)
    )
    return {row.collection_id: row for row in rows}


def _follow_one(
    row: Collection, found: Standing, turn: CollectionTurn | None, at: datetime, today: date
) -> None:
    row.due_on = found.due or row.first_on
    row.evidence_id = found.evidence_id
    runs = row.pace is Pace.RUNNING and not found.asleep
    if turn is not None:
        turn = _look_at(turn, row, runs=runs, at=at, today=today)
    if runs and turn is None and opens_on(row.due_on, row.months) <= today:
        _open(row, at, today)


def _look_at(
    turn: CollectionTurn, row: Collection, *, runs: bool, at: datetime, today: date
) -> CollectionTurn | None:
    """The turn while it stays open: it is done by a proof that lasts beyond its day."""
    if not runs:
        _close(turn, TurnState.DROPPED, None, at, today)
        return None
    if row.evidence_id is not None and row.due_on > turn.due_on:
        _close(turn, TurnState.DONE, row.evidence_id, at, today)
        return None
    turn.due_on = row.due_on
    return turn


def _close(
    turn: CollectionTurn,
    state: TurnState,
    evidence_id: uuid.UUID | None,
    at: datetime,
    today: date,
) -> None:
    turn.state, turn.evidence_id, turn.closed_on = state, evidence_id, today
    db.session.flush()
    if turn.file_request_id is None:
        return
    if request(turn.file_request_id, lock=True).state is RequestState.OPEN:
        service.revoke(None, turn.file_request_id, at=at)


def _open(row: Collection, at: datetime, today: date) -> None:
    turn = CollectionTurn(
        collection_id=row.id,
        establishment_id=row.establishment_id,
        due_on=row.due_on,
        state=TurnState.OPEN,
        opened_on=today,
    )
    if row.collector is Collector.SUPPLIER:
        turn.file_request_id = _ask(row, at, today)
    db.session.add(turn)
    db.session.flush()


def _ask(row: Collection, at: datetime, today: date) -> uuid.UUID | None:
    """Ask the supplier, in the name of whoever set this up or of somebody who may still."""
    if (keeper := _keeper(row, at)) is None:
        return None
    asked = Asked(
        title=row.title,
        to_name=row.person_name,
        due_on=min(max(row.due_on, today + GRACE), today + service.LONGEST),
        message=row.message,
        to_email=row.to_email,
        codes=(row.requirement_code,),
        offering_id=row.offering_id,
        replaces_id=_to_replace(row.evidence_id),
    )
    return service.ask(keeper, loader.current(), asked, at=at, today=today).id


def _to_replace(evidence_id: uuid.UUID | None) -> uuid.UUID | None:
    """The last of the line, so that what comes takes over all its links.

    What an establishment deposited itself gives way to nobody else's.
    """
    if evidence_id is None:
        return None
    found = evidence.evidence(evidence_id)
    if found.establishment_id is not None:
        return None
    return [found.id, *line.live_successors(found)][-1]


def _keeper(row: Collection, at: datetime) -> Actor | None:
    may = [
        Actor(person.id, row.tenant_id, member.role, person.name)
        for member, person in tenancy.members(at)
        if member.whole_tenant
    ]
    keepers = [one for one in may if one.may(Permission.EVIDENCE_WRITE)]
    return min(keepers, key=lambda one: one.user_id != row.set_by, default=None)
