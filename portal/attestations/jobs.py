"""Promised work of the attestations: making the document of one frozen snapshot."""

import uuid
from typing import Final

from flask import current_app
from typst import TypstError

from portal.attestations import log, queries, report, retrying, service, succession
from portal.attestations.codes import verify_url
from portal.attestations.models import Attestation, AttestationState
from portal.attestations.snapshot import BadSnapshot, Snapshot
from portal.config import Settings
from portal.kit import clock, outbox, retries, sealing, storage, troubles
from portal.kit.canonical import sha256_hex
from portal.kit.setbacks import told_on
from portal.publiclog import jobs as publiclog
from portal.publiclog import queries as log_queries
from portal.publiclog import service as publiclog_service
from tenants.db import db

#: In bytes.  Some 250 kB is usual.
LARGEST: Final = 20_000_000


@outbox.job(
    service.COMPILE,
    seconds=120,
    tell=told_on(
        Attestation,
        "attestation_id",
        {AttestationState.REQUESTED},
        given_up=AttestationState.FAILED,
    ),
)
def compile_attestation(held: outbox.Lease) -> None:
    """Make the document, unless it is made.  What trying again cannot mend is marked failed."""
    attestation_id = uuid.UUID(held.payload["attestation_id"])
    try:
        _compile(attestation_id)
    except Exception as error:
        lasting = isinstance(error, BadSnapshot | TypstError)
        if not lasting and not retries.in_vain(held, error, at=clock.now()):
            raise
        db.session.rollback()
        current_app.logger.exception("attestation %s could not be made", attestation_id)
        retrying.give_up(attestation_id, troubles.named(error))


def _compile(attestation_id: uuid.UUID) -> None:
    """Log, print, seal; under a lock on the row, so that of two workers the second finds it done.

    The log has transactions of its own, and comes before the lock.
    """
    means = sealing.means(_settings())
    attestation = queries.attestation(attestation_id)
    salt, digest = succession.salted(attestation), attestation.snapshot_sha256 or ""
    proof, vouched = publiclog.proofs_of(
        log.entry(log.ISSUED, salt, digest), log.seal_entry(means.chain)
    )
    attestation = queries.attestation(attestation_id, lock=True)
    if attestation.state is not AttestationState.REQUESTED:
        return
    snapshot, code = _snapshot(attestation), attestation.code or ""
    document = report.render(
        snapshot,
        verify_url=verify_url(code),
        seal=means,
        carried=log.carried(
            code=code,
            salt=salt,
            sha256=digest,
            proof=proof,
            seal=(means.chain, vouched),
            anchors=log_queries.anchors("log"),
        ),
        previous=_previous(attestation),
    )
    sealed = sealing.seal(document, means)
    publiclog_service.trust("seal", means.anchor, at=clock.now())
    attestation.seal = means.level
    stored = _kept(attestation.pdf_key or "", sealed)
    service.issue(attestation, snapshot, stored, at=clock.now())
    # After the turn that issuing waits for: who holds a promise of ours must not wait for us.
    publiclog_service.submit([log.entry(log.DOCUMENT, salt, stored.sha256)])
    publiclog_service.promise_advance(clock.now())


def _previous(attestation: Attestation) -> Snapshot | None:
    if attestation.previous_id is None:
        return None
    return _snapshot(queries.attestation(attestation.previous_id))


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


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
