"""What to do first: proof that lapses, points contested, reviews that fall due; worst first."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import text

from tenants.context import current_tenant_id
from tenants.db import db

AHEAD = timedelta(days=30)
BEHIND = timedelta(days=60)


class Kind(StrEnum):
    PROOF = "proof"
    CONTEST = "contest"
    REVIEW = "review"


@dataclass(frozen=True)
class Item:
    """One thing to do.  ``touched``: establishments it lowers, or will lower, on ``due``."""

    kind: Kind
    subject_id: uuid.UUID
    label: str
    words: str
    codes: Sequence[str]
    due: date
    touched: int

    def days(self, today: date) -> int:
        """Days left; negative once it is past."""
        return (self.due - today).days


#: The proofs on which something rests to its last day; the contests; the statements to review.
_ITEMS = text("""
    (SELECT 'proof' AS kind, e.id, e.title AS label, '' AS words,
            array_agg(DISTINCT t.requirement_code) AS codes, e.valid_until AS due,
            count(DISTINCT t.establishment_id) AS touched
       FROM evidence e
       JOIN evidence_link l ON l.tenant_id = e.tenant_id AND l.evidence_id = e.id
       JOIN tracked_requirement t
         ON t.tenant_id = l.tenant_id AND t.edition_id = l.edition_id
        AND t.requirement_code = l.requirement_code AND t.proof_until = e.valid_until
        AND (t.establishment_id = l.establishment_id
             OR (l.establishment_id IS NULL AND t.origin = 'statement'
                 AND (l.offering_id IS NULL OR l.offering_id = t.offering_id)))
      WHERE e.tenant_id = :tenant AND e.withdrawn_at IS NULL AND e.replaced_by IS NULL
        AND e.valid_until BETWEEN :past AND :soon
        AND t.applies AND t.status IN ('implemented', 'alternative', 'partial')
      GROUP BY e.id, e.title, e.valid_until
      ORDER BY e.valid_until LIMIT 40)
    UNION ALL
    (SELECT 'contest', t.establishment_id, e.name, t.verdict_reason,
            ARRAY[t.requirement_code], CAST(t.verdict_at AT TIME ZONE 'Europe/Paris' AS date), 1
       FROM tracked_requirement t
       JOIN establishment e ON e.tenant_id = t.tenant_id AND e.id = t.establishment_id
      WHERE t.tenant_id = :tenant AND t.verdict = 'contested' AND e.archived_at IS NULL
      ORDER BY t.verdict_at LIMIT 40)
    UNION ALL
    (SELECT 'review', t.offering_id, o.name, '', array_agg(DISTINCT t.requirement_code),
            t.review_due, count(DISTINCT t.establishment_id)
       FROM tracked_requirement t
       JOIN offering o ON o.tenant_id = t.tenant_id AND o.id = t.offering_id
      WHERE t.tenant_id = :tenant AND t.origin = 'statement' AND t.applies
        AND t.review_due BETWEEN :past AND :soon
        AND t.status IN ('implemented', 'alternative', 'partial')
      GROUP BY t.offering_id, o.name, t.review_due
      ORDER BY t.review_due LIMIT 40)
""")


def items(today: date, *, limit: int | None = None) -> list[Item]:
    """The agenda, worst first: what is past before what comes, then touched over days left."""
    rows = db.session.execute(
        _ITEMS,
        {"tenant": current_tenant_id(), "past": today - BEHIND, "soon": today + AHEAD},
    )
    found = [
        Item(Kind(r.kind), r.id, r.label, r.words, sorted(r.codes), r.due, r.touched) for r in rows
    ]
    found.sort(key=lambda item: _urgency(item, today))
    return found[:limit]


def _urgency(item: Item, today: date) -> tuple[int, float, str]:
    days = item.days(today)
    late = item.kind is Kind.CONTEST or days < 0
    weight = item.touched * len(item.codes)
    return (0 if late else 1, -weight / (1 if late else days + 1), item.label)
