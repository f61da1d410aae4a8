"""Promised work of briefs: printing what was frozen, sealing it, putting it on record.

In the scope of the tenant, for numbers and its seal are out of an establishment's reach.
"""

import uuid
from typing import Final

from flask import current_app
from typst import TypstError

from portal.attestations import codes
from portal.attestations import service as attestations
from portal.briefs import queries, report, service
from portal.briefs.models import Brief, BriefState
from portal.config import Settings
from portal.kit import clock, outbox, progress, retries, sealing, storage, troubles
from portal.kit.canonical import sha256_hex
from portal.kit.errors import Trouble
from portal.kit.sealing import Means
from portal.kit.setbacks import told_on
from portal.kit.storage import Stored
from tenants.db import db

SERIES: Final = "SYN"
#: In bytes.  Some 200 kB is usual.
LARGEST: Final = 20_000_000
#: Frozen, printed, sealed and kept: what the page counts.
STEPS: Final = 3


class ChangedSinceFrozen(RuntimeError):
    """The snapshot is no longer what its digest says: trying again mends nothing."""

    trouble = Trouble.SPOILT


@outbox.job(
    service.COMPILE,
    tell=told_on(Brief, "brief", {BriefState.REQUESTED}, given_up=BriefState.FAILED),
)
def compile_brief(held: outbox.Lease) -> None:
    """Make the document, unless it is made.  What trying again cannot mend is marked failed."""
    brief_id = uuid.UUID(held.payload["brief"])
    try:
        _compile(brief_id, held.payload["into"])
    except Exception as error:
        lasting = isinstance(error, ChangedSinceFrozen | TypstError)
        if not lasting and not retries.in_vain(held, error, at=clock.now()):
            raise
        db.session.rollback()
        current_app.logger.exception("brief %s could not be made", brief_id)
        if (brief := queries.to_make(brief_id)) is not None:
            service.give_up(brief, troubles.named(error))


@outbox.job(service.AGAIN)
def again(held: outbox.Lease) -> None:
    """Begun anew twice, it is made once: of two workers the second finds it made."""
    brief_id = uuid.UUID(held.payload["brief"])
    service.begin_anew(brief_id, turn=held.outbox_id, at=clock.now())


def _compile(brief_id: uuid.UUID, key: str) -> None:
    """Under a lock on the row: of two workers the second finds it made."""
    means, at = _means(), clock.now()
    brief = queries.to_make(brief_id)
    if brief is None:
        return
    progress.report(brief_id, 1, STEPS)
    taken = attestations.last_number(SERIES, brief.as_of.year, taken=1)
    number, code = f"{SERIES}-{brief.as_of.year}-{taken:04}", codes.new_code()
    address = codes.verify_url(code)
    document = report.render(_source(brief), number, verify_url=address, seal=means, at=at)
    progress.report(brief_id, 2, STEPS)
    stored = _kept(key, sealing.seal(document, means) if means else document)
    level = means.level if means else None
    service.issue(brief, number, stored, code=code, seal=level, at=at)
    progress.report(brief_id, STEPS, STEPS)


def _means() -> Means | None:
    """What seals here; nothing, where production was given no certificate."""
    settings: Settings = current_app.config["SETTINGS"]
    try:
        return sealing.means(settings)
    except sealing.DevelopmentSealError:
        return None


def _source(brief: Brief) -> bytes:
    source = brief.snapshot.encode()
    if sha256_hex(source) != brief.snapshot_sha256:
        raise ChangedSinceFrozen
    return source


def _kept(key: str, document: bytes) -> Stored:
    """Written anew: a worker that died after writing and before committing left the key taken."""
    store = storage.current()
    store.delete(key)
    return store.put(key, document, limit=LARGEST)
