"""Promised work of the log.  Workers alone hold its key."""

from urllib.parse import urlsplit

from flask import current_app

from portal.config import Settings
from portal.kit import clock, outbox
from portal.publiclog import growing, queries, service, stamping


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def desk() -> growing.Desk:
    """What this worker signs with; the name is given once, when the key is made."""
    settings = _settings()
    return growing.desk(settings.keys, name=f"{urlsplit(settings.public_url).hostname}/journal")


def proofs_of(*entries: bytes) -> list[queries.Proof]:
    """The proofs, under one checkpoint, that entries are in the log, which grows where need be.

    Commits: the entries and whatever else the caller wrote must be meant to stay.
    """
    if (found := queries.proofs(*entries)) is None:
        service.submit(entries)
        growing.advance(desk(), clock.now())
        found = queries.proofs(*entries)
    assert found is not None  # noqa: S101 - they were logged and signed for just now
    return found


@outbox.job(service.ADVANCE)
def advance(_: outbox.Lease) -> None:
    """Log and sign for what waits.  Twice is once: the second finds nothing that waits."""
    growing.advance(desk(), clock.now())


@outbox.job(service.HEAD)
def note_head(_: outbox.Lease) -> None:
    """Note where the tenant's journal ends.  Twice is once: a head is noted by its position."""
    if service.note_head():
        service.promise_advance(clock.now())


@outbox.job(stamping.STAMP, seconds=60)
def stamp(_: outbox.Lease) -> None:
    """Have the checkpoint stamped by a third party.  Twice is once: a day's is asked for once."""
    stamping.stamp(_settings(), clock.now())
