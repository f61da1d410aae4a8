"""Making the document of one report from what was frozen, sealing it, putting it on record."""

import json
import uuid
from datetime import date
from typing import Any, Final

from flask import current_app

from portal.attestations import register
from portal.attestations.models import DocumentKind
from portal.attestations.snapshot import Period
from portal.audit import service as audit
from portal.config import Settings
from portal.engagements import printing, queries
from portal.engagements.models import AuditReport, ReportState
from portal.kit import sealing, storage
from portal.kit.canonical import sha256_hex
from portal.kit.errors import Trouble
from tenants.db import db

#: In bytes.  Some 150 kB is usual.
LARGEST: Final = 20_000_000


class ChangedSinceFrozen(RuntimeError):
    """The snapshot is no longer what its digest says: trying again mends nothing."""

    trouble = Trouble.SPOILT


def issue(report_id: uuid.UUID) -> None:
    """Make it, unless it is made; under a lock on the row, so that a second worker finds it done.

    Raises :class:`ChangedSinceFrozen`.
    """
    found = queries.report_to_make(report_id)
    if found is None:
        return
    settings: Settings = current_app.config["SETTINGS"]
    means = sealing.means(settings)
    document = sealing.seal(printing.printed(found, _source(found), means), means)
    stored = _kept(found.pdf_key, document)
    found.state, found.seal = ReportState.READY, means.level
    found.no_trouble()
    found.pdf_sha256, found.pdf_size = stored.sha256, stored.size
    told = json.loads(found.snapshot)
    _register(found, told, stored.sha256)
    audit.record(
        None,
        "engagement.reported",
        subject="engagement",
        subject_id=found.engagement_id,
        establishment_id=found.establishment_id,
        name=told["title"],
        number=found.number,
        sha256=stored.sha256,
    )
    db.session.flush()


def give_up(report_id: uuid.UUID, trouble: Trouble) -> None:
    """It could not be made; somebody may have it tried again."""
    if (found := queries.report_to_make(report_id)) is not None:
        found.state, found.trouble, found.retry_at = ReportState.FAILED, trouble, None
        db.session.flush()


def _source(found: AuditReport) -> bytes:
    source = found.snapshot.encode()
    if sha256_hex(source) != found.snapshot_sha256:
        raise ChangedSinceFrozen(found.number)
    return source


def _kept(key: str, document: bytes) -> storage.Stored:
    """Written anew: a worker that died after writing and before committing left the key taken."""
    store = storage.current()
    store.delete(key)
    return store.put(key, document, limit=LARGEST)


def _register(found: AuditReport, told: dict[str, Any], sha256: str) -> None:
    """What the page that checks documents may tell its bearer: what it shows itself, no more."""
    if found.code is None:
        return
    since, until = (date.fromisoformat(day) for day in told["period"])
    register.enter(
        register.Entry(
            kind=DocumentKind.REPORT,
            code=found.code,
            sha256=sha256,
            number=found.number,
            provider=told["provider"],
            establishment=told["place"]["name"],
            period=Period(since=since, until=until),
            as_of=date.fromisoformat(told["day"]),
            at=found.issued_at,
        )
    )
