"""What becomes of an issued attestation: approved, superseded by a newer one, revoked.

The public register follows in the same transaction, and the public log with the next checkpoint.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError

from portal.attestations import log, queries
from portal.attestations.models import Approval, Attestation, AttestationState, IssuedDocument
from portal.audit import service as audit
from portal.kit import locks
from portal.kit.errors import Conflict, Refused
from portal.publiclog import service as publiclog
from tenants.access import Actor
from tenants.db import db

LONGEST_REASON: Final = 500


class AlreadyRevoked(Conflict):
    message = "This attestation is revoked already."


class AlreadyApproved(Conflict):
    message = "This attestation is approved already."


class NotStanding(Conflict):
    message = "Only an attestation that is in force can be approved."


def standing(establishment_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, uuid.UUID]:
    """The last issued attestation of each, leaving aside those that were revoked."""
    a = Attestation
    rows = db.session.execute(
        select(a.establishment_id, a.id)
        .where(
            a.establishment_id.in_(establishment_ids),
            a.state == AttestationState.READY,
            a.revoked_at.is_(None),
        )
        .ext(distinct_on(a.establishment_id))
        .order_by(a.establishment_id, a.id.desc())
    ).all()
    return {row.establishment_id: row.id for row in rows}


def salted(attestation: Attestation) -> bytes:
    """The salt of its entries in the log; given now to one ordered before there was any."""
    if attestation.salt is None:
        attestation.salt = publiclog.new_salt()
        db.session.flush()
    return attestation.salt


def succeed(issued: Attestation, *, at: datetime) -> None:
    """Have the older ones of its establishment superseded by it, or it by a newer one.

    Documents are made in any order: the last that was ordered stands.  One at a time for each
    establishment: of two made at the same moment neither would see the other.
    """
    locks.take(locks.STANDING, issued.establishment_id)
    a = Attestation
    others = db.session.scalars(
        select(a)
        .where(
            a.establishment_id == issued.establishment_id,
            a.state == AttestationState.READY,
            a.superseded_at.is_(None),
        )
        .order_by(a.id)
        .with_for_update()
    ).all()
    standing_one = others[-1]
    for each in others[:-1]:
        _supersede(each, standing_one, at)


def _supersede(older: Attestation, newer: Attestation, at: datetime) -> None:
    older.superseded_at, older.superseded_by = at, newer.id
    _register(older)
    _log(older, log.SUPERSEDED, at)
    audit.record(
        None,
        "attestation.superseded",
        subject="attestation",
        subject_id=older.id,
        establishment_id=older.establishment_id,
        number=older.number,
        by=newer.number,
    )


def revoke(actor: Actor, attestation_id: uuid.UUID, *, reason: str, at: datetime) -> Attestation:
    """Take an issued attestation back, for good.  Who holds it is told so when she verifies it.

    Raises ``Refused`` without a reason or a document, :class:`AlreadyRevoked` the second time.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Say why: it is kept with the attestation.", field="reason")
    found = queries.attestation(attestation_id, lock=True)
    if found.state is not AttestationState.READY:
        raise Refused("This attestation has not been issued.")
    if found.revoked_at is not None:
        raise AlreadyRevoked
    found.revoked_at, found.revoked_reason = at, reason
    found.revoked_by, found.revoked_by_name = actor.user_id, actor.name
    _register(found)
    _log(found, log.REVOKED, at)
    audit.record(
        actor,
        "attestation.revoked",
        subject="attestation",
        subject_id=found.id,
        establishment_id=found.establishment_id,
        number=found.number,
        reason=reason,
    )
    return found


def approve(actor: Actor, attestation_id: uuid.UUID, *, at: datetime) -> Approval:
    """The director's word on the document as it is.  Once; only while it stands."""
    found = queries.attestation(attestation_id)
    issued = found.state is AttestationState.READY and found.pdf_sha256 is not None
    if not issued or found.revoked_at is not None or found.superseded_at is not None:
        raise NotStanding
    approval = Approval(
        attestation_id=found.id,
        establishment_id=found.establishment_id,
        user_id=actor.user_id,
        name=actor.name,
        pdf_sha256=found.pdf_sha256 or "",
    )
    try:
        with db.session.begin_nested():
            db.session.add(approval)
    except IntegrityError as error:
        raise AlreadyApproved from error
    _log(found, log.APPROVED, at)
    audit.record(
        actor,
        "attestation.approved",
        subject="attestation",
        subject_id=found.id,
        establishment_id=found.establishment_id,
        number=found.number,
        sha256=found.pdf_sha256,
    )
    return approval


def _register(attestation: Attestation) -> None:
    db.session.flush()  # the register says what the attestation says: PostgreSQL compares
    db.session.execute(
        update(IssuedDocument)
        .where(
            IssuedDocument.pdf_sha256 == attestation.pdf_sha256,
            IssuedDocument.code == attestation.code,
        )
        .values(superseded_at=attestation.superseded_at, revoked_at=attestation.revoked_at)
        .execution_options(synchronize_session=False)
    )


def _log(attestation: Attestation, kind: str, at: datetime) -> None:
    """What was issued before there was a log stays out of it."""
    if attestation.salt is not None:
        entry = log.entry(kind, attestation.salt, attestation.snapshot_sha256 or "")
        publiclog.submit([entry])
        publiclog.promise_advance(at)
