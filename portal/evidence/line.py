"""The versions of one proof: each took the place of the one before, and none is ever lost."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import select, text

from portal.evidence.models import Evidence, EvidenceLapse, State
from tenants.context import current_tenant_id
from tenants.db import db

_LINE = text("""
    WITH RECURSIVE line AS (
        SELECT id, replaced_by FROM evidence WHERE tenant_id = :tenant AND id = :evidence
        UNION
        SELECT e.id, e.replaced_by
          FROM evidence e
          JOIN line ON e.replaced_by = line.id OR e.id = line.replaced_by
         WHERE e.tenant_id = :tenant
    )
    SELECT id FROM line
""")


class Standing(StrEnum):
    """What a version is today.  ``PAST``: it proved for its own dates, and those stay readable."""

    WAITING = "waiting"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    PAST = "past"
    LAPSED = "lapsed"
    COMING = "coming"
    CURRENT = "current"


@dataclass(frozen=True)
class Version:
    """One version.  ``number`` counts from the oldest."""

    number: int
    proof: Evidence
    standing: Standing
    lapses: Sequence[EvidenceLapse]


def ids(evidence_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """All versions of a proof, itself included, as far as one may see them."""
    told = {"tenant": current_tenant_id(), "evidence": evidence_id}
    return db.session.scalars(_LINE, told).all()


def versions(evidence_id: uuid.UUID, today: date) -> Sequence[Version]:
    """The line that a proof belongs to, the latest first; three SQL statements."""
    those = ids(evidence_id)
    proofs = db.session.scalars(
        select(Evidence)
        .where(Evidence.id.in_(those))
        .order_by(Evidence.created_at, Evidence.valid_until, Evidence.id)
    ).all()
    lapses = _lapses(those)
    by_id = {proof.id: proof for proof in proofs}
    line = [
        Version(
            number,
            proof,
            standing(proof, by_id.get(proof.replaced_by) if proof.replaced_by else None, today),
            [lapse for lapse in lapses if lapse.evidence_id == proof.id],
        )
        for number, proof in enumerate(proofs, 1)
    ]
    return line[::-1]


def standing(proof: Evidence, successor: Evidence | None, today: date) -> Standing:
    """``successor`` is the proof that took its place, if any."""
    told = _own(proof)
    if told is not None:
        return told
    if successor is not None and _own(successor) is None and _follows(successor, proof, today):
        return Standing.PAST
    if proof.valid_until < today:
        return Standing.LAPSED
    coming = proof.covers_from is not None and proof.covers_from > today
    return Standing.COMING if coming else Standing.CURRENT


def _follows(successor: Evidence, proof: Evidence, today: date) -> bool:
    """Whether it has begun, or begins no later than the day after the other's last."""
    begun = successor.covers_from
    return begun is None or begun <= max(proof.valid_until + timedelta(1), today)


def _own(proof: Evidence) -> Standing | None:
    """What it is whatever the day; ``None`` for one that counts or counted."""
    if proof.withdrawn_at is not None:
        return Standing.WITHDRAWN
    if proof.state is State.REJECTED:
        return Standing.REJECTED
    return None if proof.state is State.READY else Standing.WAITING


def _lapses(evidence_ids: Collection[uuid.UUID]) -> Sequence[EvidenceLapse]:
    return db.session.scalars(
        select(EvidenceLapse)
        .where(EvidenceLapse.evidence_id.in_(evidence_ids))
        .order_by(EvidenceLapse.lapsed_on.desc())
    ).all()


def live_successors(found: Evidence) -> Sequence[uuid.UUID]:
    """The versions after this one that count or may come to count, the next one first."""
    after: list[uuid.UUID] = []
    while found.replaced_by is not None and found.replaced_by not in after:
        successor = db.session.get(Evidence, (current_tenant_id(), found.replaced_by))
        if successor is None or _own(successor) in {Standing.WITHDRAWN, Standing.REJECTED}:
            break
        after.append(successor.id)
        found = successor
    return after


def is_replaced(found: Evidence) -> bool:
    """Whether a version that counts, or waits to, has its place already."""
    return bool(live_successors(found))
