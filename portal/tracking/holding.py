"""What rests on proofs, told to their pages; and the trace that a lapse leaves."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from portal.evidence.holding import Held
from portal.evidence.models import EvidenceLapse
from portal.guide import loader
from portal.tracking import agenda
from tenants.context import current_tenant_id
from tenants.db import AnyRow, db
from tenants.scoping import new_id

#: As the agenda reads them, for proofs that are asked for by id or by last day.
_LINKED = """
    SELECT e.id, e.valid_until AS due, l.edition_id, l.requirement_code AS code, l.offering_id,
           l.establishment_id
      FROM evidence e
      JOIN evidence_link l ON l.tenant_id = :tenant AND l.evidence_id = e.id
     WHERE e.tenant_id = :tenant AND e.state = 'ready' AND e.withdrawn_at IS NULL
       AND {those}
       AND NOT EXISTS (SELECT 1 FROM evidence n
                        WHERE n.tenant_id = :tenant AND n.id = e.replaced_by
                          AND n.state = 'ready' AND n.withdrawn_at IS NULL
                          AND (n.covers_from IS NULL OR n.covers_from <= e.valid_until + 1))
"""
_BY_ID = text(_LINKED.format(those="e.id = ANY(CAST(:those AS uuid[]))"))
#: What lapsed after its last day only, its renewal taken back, has its trace already.
_LATER = """
    e.valid_until BETWEEN :first AND :last
    AND NOT EXISTS (SELECT 1 FROM evidence_lapse later
                     WHERE later.tenant_id = :tenant AND later.evidence_id = e.id
                       AND later.lapsed_on > e.valid_until + 1)
"""
_LAPSED = text(_LINKED.format(those=_LATER))
_RESTING = text("""
    WITH client AS (
        SELECT id FROM establishment
         WHERE tenant_id = :tenant AND stage = 'client' AND archived_at IS NULL
    )
    SELECT 'proof' AS kind, proof_until AS due, edition_id, requirement_code AS code,
           CASE WHEN origin = 'statement' THEN offering_id END AS offering_id,
           array_agg(establishment_id) AS places
      FROM tracked_requirement
     WHERE tenant_id = :tenant AND proof_until = ANY(CAST(:days AS date[]))
       AND requirement_code = ANY(CAST(:codes AS text[]))
       AND applies AND status IN ('implemented', 'alternative', 'partial')
       AND establishment_id IN (SELECT id FROM client)
     GROUP BY 1, 2, 3, 4, 5
""")


def answer(_sender: object, *, evidence_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Held]:
    """By proof, what no other one proves for longer at today's clients; two SQL statements."""
    links = db.session.execute(
        _BY_ID, {"tenant": current_tenant_id(), "those": sorted(evidence_ids)}
    ).all()
    return {counted.subject_id: _held(counted) for counted in _counted(links)}


def trace(*, first: date, today: date) -> None:
    """Leave the trace of what lapsed from ``first`` on; twice leaves no more than once."""
    window = {"tenant": current_tenant_id(), "first": first, "last": today - timedelta(days=1)}
    rows = [_row(counted) for counted in _counted(db.session.execute(_LAPSED, window).all())]
    if rows:
        db.session.execute(insert(EvidenceLapse).on_conflict_do_nothing(), rows)


def _counted(links: Collection[AnyRow]) -> Iterable[agenda.Counted]:
    if not links:
        return []
    asked = {
        "tenant": current_tenant_id(),
        "days": sorted({link.due for link in links}),
        "codes": sorted({link.code for link in links}),
    }
    resting = db.session.execute(_RESTING, asked).all()
    return [counted for counted in agenda.rest_on(resting, links) if counted.places]


def _held(counted: agenda.Counted) -> Held:
    return Held(sorted(counted.codes), _questions(counted.codes), len(counted.places))


def _questions(codes: Collection[str]) -> list[int]:
    by_code = loader.current().by_code
    return sorted({by_code[code].question for code in codes if code in by_code})


def _row(counted: agenda.Counted) -> dict[str, Any]:
    held = _held(counted)
    return {
        "tenant_id": current_tenant_id(),
        "id": new_id(),
        "evidence_id": counted.subject_id,
        "lapsed_on": counted.due + timedelta(days=1),
        "codes": list(held.codes),
        "questions": list(held.questions),
        "establishments": held.establishments,
    }
