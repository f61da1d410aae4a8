"""Closing an audit: the report of each establishment is frozen, all of them at one instant.

Afterwards nothing is said in it any more; the documents are made of what was frozen, one by one
(``issuing``).
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, update

from portal.actions import calling as actions
from portal.attestations import codes
from portal.attestations import service as attestations
from portal.engagements import queries, service, telling, turns
from portal.engagements.models import AuditReport, Engagement, ReportState
from portal.kit import clock, outbox, progress, storage
from portal.kit.canonical import canonical_json, sha256_hex
from portal.kit.setbacks import Setback
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import AnyRow, db
from tenants.scoping import new_id

SERIES: Final = "RAP"


def close(found: Engagement, *, by: str | None, at: datetime) -> None:
    """Freeze a report for each establishment and promise its document; done already, nothing.

    ``by`` is ``None`` for an audit that ended without anybody closing it: its reports say so, and
    are of its last day.  One that was taken back meanwhile has none.
    """
    turns.wait_to_close(found)
    if found.closed_at is not None or (by is None and found.revoked_at is not None):
        return
    places = queries.places(found.id)
    rows = list(_frozen(found, places, _numbers(len(places), at), by=by, at=at))
    if rows:
        db.session.execute(insert(AuditReport), rows)
    found.closed_at, found.close_failed_at = at, None
    _ask_no_more(found, at)
    db.session.flush()
    have_made([row["id"] for row in rows], turn="made", at=at)


def _numbers(count: int, at: datetime) -> list[str]:
    year = clock.day_of(at).year
    last = attestations.last_number(SERIES, year, taken=count)
    return [f"{SERIES}-{year}-{number:04}" for number in range(last - count + 1, last + 1)]


def _frozen(
    found: Engagement,
    places: Sequence[AnyRow],
    numbers: Sequence[str],
    *,
    by: str | None,
    at: datetime,
) -> Iterator[dict[str, Any]]:
    told = telling.told(found, places, numbers, by=by, at=at)
    for done, (place, number, one) in enumerate(zip(places, numbers, told, strict=True)):
        progress.report(found.id, done, len(places))
        source = canonical_json(one)
        yield {
            "id": new_id(),
            "engagement_id": found.id,
            "establishment_id": place.id,
            "state": ReportState.ASKED,
            "number": number,
            "code": codes.new_code(),
            "snapshot": source.decode(),
            "snapshot_sha256": sha256_hex(source),
            "pdf_key": storage.new_key(current_tenant_id(), "report"),
            "seal": "",
            "closed_by_name": by or "",
            "issued_at": at,
        }


def _ask_no_more(found: Engagement, at: datetime) -> None:
    """What was asked and not answered can no longer be: nobody is left something to do for it."""
    left = [one.id for one in queries.requests(found.id) if one.answered_at is None]
    actions.close_sources(left, answered=False, at=at)


def tell(payload: Mapping[str, Any], setback: Setback) -> None:
    """It could not be closed, and nobody tries any more: whoever may sees it and asks again."""
    if setback.retry_at is None:
        db.session.execute(
            update(Engagement)
            .where(
                Engagement.id == uuid.UUID(payload["engagement"]), Engagement.closed_at.is_(None)
            )
            .values(close_failed_at=clock.now())
            .execution_options(synchronize_session=False)
        )


def retry(actor: Actor, found: Engagement, *, at: datetime) -> None:
    """Have tried again what could not be made: the closing itself, or some of its documents.

    What somebody asked for is under way from then on, and its page says so.
    """
    if found.closed_at is not None:
        _make_again(found, at)
    else:
        if queries.closing_asked(found.id) is not None:
            found.close_failed_at = None
        outbox.promise(
            service.REMAKE,
            key=f"{found.id}:{new_id()}",
            payload={"engagement": str(found.id)},
            run_at=at,
        )
    service.note_everywhere(actor, "engagement.remade", found)


def remake(found: Engagement, *, at: datetime) -> None:
    """Close it if that was asked for in vain, and have every document made that was not.

    An audit that goes on, and that nobody asked to close, is left alone.
    """
    if found.closed_at is None:
        asked = queries.closing_asked(found.id)
        if asked is not None or found.ends_at <= at:
            close(found, by=asked.actor_name if asked else None, at=at)
        return
    _make_again(found, at)


def _make_again(found: Engagement, at: datetime) -> None:
    again = queries.reports_given_up(found.id)
    for one in again:
        one.state = ReportState.ASKED
        one.no_trouble()
    db.session.flush()
    have_made([one.id for one in again], turn=str(new_id()), at=at)


def have_made(report_ids: Sequence[Any], *, turn: str, at: datetime) -> None:
    """Have these documents made: at once if it is one, behind what people wait for if several."""
    outbox.promise_all(
        service.ISSUE,
        [(f"{one}:{turn}", {"report": str(one)}) for one in report_ids],
        run_at=at,
        queue=outbox.Queue.BULK if len(report_ids) > 1 else outbox.Queue.DEFAULT,
    )
