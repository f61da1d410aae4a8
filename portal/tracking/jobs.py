"""Promised work of tracking: the daily sweep."""

from datetime import date

from portal.audit.service import SYSTEM
from portal.kit import clock, outbox
from portal.tracking import listeners
from portal.tracking.signals import swept
from portal.tracking.sweep import sweep


@outbox.job("tracking.sweep", seconds=600)
def sweep_day(held: outbox.Lease) -> None:
    """Sweep up to the present day: a late run must not bring back yesterday's proofs."""
    today, since = clock.today(), held.payload.get("since")
    sweep(
        listeners.edition_id(),
        today=today,
        since=date.fromisoformat(since) if since else None,
        signature=SYSTEM,
    )
    swept.send(today=today)
