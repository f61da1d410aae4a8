"""What collections put into a person's calendar; connected in ``portal.app``."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Final

from flask import url_for

from portal.calendars.entries import Entry, Reader, Standing, entries_wanted
from portal.collecting import recurring_queries as queries
from portal.collecting.models import TurnState
from portal.kit import clock
from tenants.db import AnyRow
from tenants.roles import Permission

MOST: Final = 1000
_STANDINGS: Final = {
    TurnState.OPEN: Standing.OPEN,
    TurnState.DONE: Standing.DONE,
    TurnState.DROPPED: Standing.CANCELLED,
    TurnState.SKIPPED: Standing.CANCELLED,
}


def connect() -> None:
    entries_wanted.connect(_on_wanted)


def _on_wanted(_sender: object, *, reader: Reader) -> Iterator[Entry]:
    if not reader.actor.may(Permission.COLLECTION_WRITE):
        return
    since = clock.today() - queries.TOLD
    for row in queries.of_calendar(reader.actor, wide=reader.wide, since=since, most=MOST):
        yield _entry(row, reader.slug)


def _entry(row: AnyRow, slug: str) -> Entry:
    return Entry(
        uid=f"collection-turn-{row.id}",
        title=row.title,
        day=row.due_on,
        text=row.message,
        place=row.place or "",
        path=url_for("collections.show", tenant_slug=slug, collection_id=row.collection_id),
        changed_at=row.updated_at,
        # Whole seconds since it opened: it grows with each change, and needs no column.
        sequence=int((row.updated_at - row.created_at).total_seconds()),
        standing=_STANDINGS[row.state],
        done_at=(
            datetime.combine(row.closed_on, time(12), row.updated_at.tzinfo)
            if row.closed_on
            else None
        ),
    )
