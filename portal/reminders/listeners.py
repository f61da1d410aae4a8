"""What reminders do once the day is swept, and what they put into calendars.

Connected in ``portal.app``.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from portal.calendars.entries import Entry, Reader, entries_wanted
from portal.kit import clock, days, outbox
from portal.reminders import agenda
from portal.tracking.signals import swept
from tenants.roles import Permission

PLAN = "reminders.plan"
#: How far a calendar looks ahead.
AHEAD = timedelta(days=90)


def connect() -> None:
    swept.connect(_on_swept)
    entries_wanted.connect(_on_wanted)


def _on_swept(_sender: object, *, today: date) -> None:
    """Promised with the sweep's own transaction: reminders never see yesterday's state."""
    outbox.promise(
        PLAN,
        key=today.isoformat(),
        payload=days.of(today),
        run_at=clock.now(),
        queue=outbox.Queue.BULK,
    )


def _on_wanted(_sender: object, *, reader: Reader) -> Iterator[Entry]:
    """Lapses and reviews; actions, contests and requests tell their own days."""
    if reader.actor.may(Permission.MAILBOX_READ):
        yield from agenda.entries(reader, clock.today(), ahead=AHEAD)
