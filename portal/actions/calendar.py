"""What actions put into a person's calendar; connected in ``portal.app``."""

from collections.abc import Iterator
from datetime import timedelta

from flask import url_for

from portal.actions import queries
from portal.actions.models import Priority, State
from portal.calendars import entries
from portal.calendars.entries import Entry, Reader, Standing, entries_wanted
from portal.contests.models import Side
from portal.kit import clock
from tenants.db import AnyRow
from tenants.roles import PROVIDER_ROLES, Permission

#: How long what was closed is still told: software that was off meanwhile learns it.
TOLD = timedelta(days=30)
MOST = 1000
_STANDINGS = {
    State.TODO: Standing.OPEN,
    State.DOING: Standing.STARTED,
    State.DONE: Standing.DONE,
    State.DROPPED: Standing.CANCELLED,
}
_PRIORITIES = {
    Priority.HIGH: entries.HIGH,
    Priority.NORMAL: entries.NORMAL,
    Priority.LOW: entries.LOW,
}


def connect() -> None:
    entries_wanted.connect(_on_wanted)


def _on_wanted(_sender: object, *, reader: Reader) -> Iterator[Entry]:
    if not reader.actor.may(Permission.ACTION_READ):
        return
    ours = reader.actor.role in PROVIDER_ROLES
    rows = queries.of_calendar(
        reader.actor.user_id,
        Side.PROVIDER if ours else Side.ESTABLISHMENT,
        wide=reader.wide,
        since=clock.now() - TOLD,
        most=MOST,
    )
    for row in rows:
        yield _entry(row, reader.slug)


def _entry(row: AnyRow, slug: str) -> Entry:
    return Entry(
        uid=f"action-{row.id}",
        title=row.title,
        day=row.due_on,
        text=row.note,
        place=", ".join(part for part in (row.place, row.city) if part),
        path=url_for("actions.show", tenant_slug=slug, action_id=row.id),
        changed_at=row.updated_at,
        sequence=row.version - 1,
        standing=_STANDINGS[row.state],
        done_at=row.closed_at,
        priority=_PRIORITIES[row.priority],
    )
