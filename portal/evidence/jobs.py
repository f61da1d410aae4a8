"""Promised work on proofs: examining what was deposited, deleting what is no longer needed.

And telling what rests on a proof, where whoever changed it may not see every other.
"""

import uuid

from flask import current_app

from portal.config import Settings
from portal.evidence import course, house, lapses, pipeline
from portal.evidence.models import Evidence, State
from portal.kit import clock, outbox, storage
from portal.kit.setbacks import told_on
from portal.vault.clamd import Scanner


@outbox.job(
    pipeline.EXAMINE, seconds=180, tell=told_on(Evidence, "evidence_id", {State.QUARANTINE})
)
def examine(held: outbox.Lease) -> None:
    """Twice is no more than once: what was decided stays, and a half-written copy is replaced."""
    settings: Settings = current_app.config["SETTINGS"]
    scanner = Scanner.from_url(settings.clamav_url) if settings.clamav_url else None
    pipeline.examine(held, scanner, at=clock.now(), today=clock.today())


@outbox.job(pipeline.AGAIN)
def again(held: outbox.Lease) -> None:
    """Begun anew twice, it is examined once: the second finds it in hand, or decided on."""
    evidence_id = uuid.UUID(held.payload["evidence_id"])
    pipeline.begin_anew(evidence_id, asked=held.outbox_id, at=clock.now())


@outbox.job(pipeline.DISCARD)
def discard(held: outbox.Lease) -> None:
    """Deleting what is gone is no error."""
    storage.current().delete(held.payload["key"])


@outbox.job(house.MOVED)
def tell(held: outbox.Lease) -> None:
    """Told of the present state: twice is as once."""
    course.tell(uuid.UUID(held.payload["evidence"]), clock.today())


@outbox.job(lapses.MEND, seconds=180)
def mend(_held: outbox.Lease) -> None:
    """Twice is once: what was added is there."""
    lapses.mend(clock.today())
