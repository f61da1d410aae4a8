"""Promised work of tracking: the daily sweep, and the proofs of what a place answers."""

import uuid

from portal.audit.service import SYSTEM
from portal.kit import clock, days, outbox
from portal.tracking import service, turn
from portal.tracking.answering import PROVE
from portal.tracking.effective import Area
from portal.tracking.signals import swept
from portal.tracking.sweep import catch_up


@outbox.job("tracking.sweep", seconds=600)
def sweep_day(held: outbox.Lease) -> None:
    """Sweep up to the present day: a late run must not bring back yesterday's proofs."""
    today = days.begun(held.payload)
    catch_up(today=today, signature=SYSTEM)
    swept.send(today=today)


@outbox.job(PROVE)
def prove(held: outbox.Lease) -> None:
    """Tell what is proven of an answer whose author may not see every proof; twice is as once."""
    said = held.payload
    turn.take()
    service.refresh(
        Area(said["edition"], [uuid.UUID(said["place"])], [said["code"]]), clock.today()
    )
