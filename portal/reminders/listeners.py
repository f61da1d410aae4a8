"""What reminders do once tracking has swept the day; connected in ``portal.app``."""

from datetime import date

from portal.kit import clock, outbox
from portal.tracking.signals import swept

PLAN = "reminders.plan"


def connect() -> None:
    swept.connect(_on_swept)


def _on_swept(_sender: object, *, today: date) -> None:
    """Promised with the sweep's own transaction: reminders never see yesterday's state."""
    outbox.promise(PLAN, key=today.isoformat(), payload={}, run_at=clock.now())
