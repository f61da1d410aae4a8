"""Promised work of tracking: the daily sweep."""

from portal.audit.service import SYSTEM
from portal.kit import clock, outbox
from portal.tracking.signals import swept
from portal.tracking.sweep import catch_up


@outbox.job("tracking.sweep", seconds=600)
def sweep_day(_held: outbox.Lease) -> None:
    """Sweep up to the present day: a late run must not bring back yesterday's proofs."""
    today = clock.today()
    catch_up(today=today, signature=SYSTEM)
    swept.send(today=today)
