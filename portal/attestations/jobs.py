"""Promised work of the attestations: making the document of one frozen snapshot."""

import uuid
from typing import Final

from flask import current_app
from typst import TypstError

from portal.attestations import queries, report, service
from portal.attestations.models import Attestation, AttestationState
from portal.attestations.snapshot import BadSnapshot, Snapshot
from portal.config import Settings
from portal.kit import outbox, storage
from portal.kit.canonical import sha256_hex
from tenants.db import db

#: In bytes.  Some 250 kB is usual.
LARGEST: Final = 20_000_000


@outbox.job(service.COMPILE, seconds=120)
def compile_attestation(held: outbox.Lease) -> None:
    """Make the document, unless it is made.  What trying again cannot mend is marked failed."""
    attestation_id = uuid.UUID(held.payload["attestation_id"])
    try:
        _compile(attestation_id)
    except Exception as error:
        lasting = isinstance(error, BadSnapshot | TypstError)
        if not lasting and held.attempt < outbox.MAX_ATTEMPTS:
            raise
        db.session.rollback()
        current_app.logger.exception("attestation %s could not be made", attestation_id)
        service.give_up(attestation_id)


def _compile(attestation_id: uuid.UUID) -> None:
    """Under a lock on the row, so that of two workers the second finds the work done."""
    attestation = queries.attestation(attestation_id, lock=True)
    if attestation.state is not AttestationState.REQUESTED:
        return
    snapshot = _snapshot(attestation)
    document = report.render(snapshot, verify_url=verify_url(attestation.code or ""))
    service.issue(attestation, snapshot, _kept(attestation.pdf_key or "", document))


def _snapshot(attestation: Attestation) -> Snapshot:
    written = (attestation.snapshot or "").encode()
    if sha256_hex(written) != attestation.snapshot_sha256:
        raise BadSnapshot(reason="changed since it was frozen")
    return Snapshot.from_json(written)


def _kept(key: str, document: bytes) -> storage.Stored:
    """Written anew: a worker that died after writing and before committing left the key taken."""
    store = storage.current()
    store.delete(key)
    return store.put(key, document, limit=LARGEST)


def verify_url(code: str) -> str:
    """The page that checks a document, as printed on it (``attestations.verify``)."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.public_url}/verifier?code={code}"
