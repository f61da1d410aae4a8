"""Promised work on contests: what versions before left without a thread."""

from portal.contests import service
from portal.kit import clock, outbox


@outbox.job(service.MEND, seconds=180)
def mend(_held: outbox.Lease) -> None:
    """Twice is once: what has a thread is passed over."""
    service.mend(at=clock.now())
