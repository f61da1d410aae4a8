"""One establishment's page: its sheet, and its file of tracked requirements.

Written out, for that page opens more often than any other, and SQLAlchemy takes longer to put such
a statement together than PostgreSQL to answer it.
"""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import text

from portal.evidence.queries import ProofRow
from portal.kit.errors import NotFound
from portal.tracking.models import TrackedRequirement
from tenants.context import current_tenant_id
from tenants.db import AnyRow, db

_HEAD = text("""
    SELECT e.id, e.name, e.city, e.finess, e.capacity, e.category_label, e.managing_body_id,
           e.archived_at, e.closed_on, b.name AS managing_body, s.edition_id IS NOT NULL AS scored,
           s.declared, s.proven, s.recognised, s.applicable, s.unanswered,
           s.declared_total, s.proven_total, s.recognised_total,
           s.applicable_total, s.unanswered_total
      FROM establishment e
      LEFT JOIN managing_body b ON b.tenant_id = :tenant AND b.id = e.managing_body_id
      LEFT JOIN scorecard s ON s.tenant_id = :tenant AND s.establishment_id = e.id
     WHERE e.tenant_id = :tenant AND e.id = :establishment
""")


def head(establishment_id: uuid.UUID) -> AnyRow:
    """An establishment, its managing body's name and its scores if it is ``scored``."""
    row = db.session.execute(
        _HEAD, {"tenant": current_tenant_id(), "establishment": establishment_id}
    ).first()
    if row is None:
        raise NotFound
    return row


_ROWS = text("""
    SELECT t.requirement_code, t.question, t.applies, t.status, t.origin, t.bearer, t.note,
           t.reviewed_on, t.review_due, t.proven, t.proof_until, t.verdict, t.recognised,
           t.verdict_by_name, t.verdict_at, t.verdict_reason, t.version, t.offering_id,
           t.house_by_name,
           o.name AS offering_name, s.text AS statement_text
      FROM tracked_requirement t
      LEFT JOIN offering o ON o.tenant_id = :tenant AND o.id = t.offering_id
      LEFT JOIN statement s ON s.tenant_id = :tenant AND s.offering_id = t.offering_id
                           AND s.edition_id = t.edition_id
                           AND s.requirement_code = t.requirement_code
     WHERE t.tenant_id = :tenant AND t.establishment_id = :establishment
       AND t.edition_id = :edition
     ORDER BY t.question, t.requirement_code
""").columns(
    status=TrackedRequirement.status.type,
    origin=TrackedRequirement.origin.type,
    bearer=TrackedRequirement.bearer.type,
    verdict=TrackedRequirement.verdict.type,
)


def rows(establishment_id: uuid.UUID, edition_id: str) -> Sequence[AnyRow]:
    """Every tracked requirement of an establishment, with the words it inherits."""
    return db.session.execute(
        _ROWS,
        {
            "tenant": current_tenant_id(),
            "establishment": establishment_id,
            "edition": edition_id,
        },
    ).all()


def counting(
    rows: Sequence[AnyRow], proofs: Mapping[str, Sequence[ProofRow]]
) -> dict[str, list[ProofRow]]:
    """The proofs that count for what each row says: an exception has its own, or none."""
    return {
        row.requirement_code: [
            proof for proof in proofs.get(row.requirement_code, ()) if proof.proves(row.offering_id)
        ]
        for row in rows
    }
