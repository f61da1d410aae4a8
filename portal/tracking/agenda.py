"""What to do first: proof that lapses, points contested, reviews that fall due; worst first."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import text

from portal.tracking import kept
from tenants.context import Scope, current_tenant_id
from tenants.db import AnyRow, db

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


#: The proofs on which something rests to its last day, then the statements to review, each with
#: the establishments it touches.  Found through the codes it bears on, not through every row.
_COUNTED = text("""
    WITH client AS (
        SELECT id FROM establishment
         WHERE tenant_id = :tenant AND stage = 'client' AND archived_at IS NULL
    )
    (SELECT 'proof' AS kind, e.id, array_agg(DISTINCT t.requirement_code) AS codes,
            e.valid_until AS due, count(DISTINCT t.establishment_id) AS touched
       FROM evidence e
       JOIN evidence_link l ON l.tenant_id = :tenant AND l.evidence_id = e.id
       JOIN tracked_requirement t
         ON t.tenant_id = :tenant AND t.edition_id = l.edition_id
        AND t.requirement_code = l.requirement_code AND t.proof_until = e.valid_until
        AND (t.establishment_id = l.establishment_id
             OR (l.establishment_id IS NULL AND t.origin = 'statement'
                 AND (l.offering_id IS NULL OR l.offering_id = t.offering_id)))
       JOIN client c ON c.id = t.establishment_id
      WHERE e.tenant_id = :tenant AND e.withdrawn_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM evidence n
                         WHERE n.tenant_id = :tenant AND n.id = e.replaced_by
                           AND n.withdrawn_at IS NULL)
        AND e.valid_until BETWEEN :past AND :soon
        AND t.applies AND t.status IN ('implemented', 'alternative', 'partial')
      GROUP BY e.id, e.valid_until
      ORDER BY e.valid_until LIMIT 40)
    UNION ALL
    (SELECT 'review', t.offering_id, array_agg(DISTINCT t.requirement_code),
            t.review_due, count(DISTINCT t.establishment_id)
       FROM statement s
       JOIN requirement r ON r.edition_id = s.edition_id AND r.code = s.requirement_code
       JOIN tracked_requirement t
         ON t.tenant_id = :tenant AND t.edition_id = s.edition_id
        AND t.requirement_code = s.requirement_code AND t.offering_id = s.offering_id
       JOIN client c ON c.id = t.establishment_id
      WHERE s.tenant_id = :tenant
        AND CAST(s.reviewed_on + make_interval(months => r.review_months) AS date)
            BETWEEN :past AND :soon
        AND t.origin = 'statement' AND t.applies AND t.review_due BETWEEN :past AND :soon
        AND t.status IN ('implemented', 'alternative', 'partial')
      GROUP BY t.offering_id, t.review_due
      ORDER BY t.review_due LIMIT 40)
""")
#: What those are called; and the contests.
_NAMES = text("""
    SELECT 'proof' AS kind, id, title AS label, '' AS words, '' AS code, CAST(NULL AS date) AS due
      FROM evidence WHERE tenant_id = :tenant AND id = ANY(CAST(:proofs AS uuid[]))
    UNION ALL
    SELECT 'review', id, name, '', '', NULL
      FROM offering WHERE tenant_id = :tenant AND id = ANY(CAST(:offerings AS uuid[]))
    UNION ALL
    (SELECT 'contest', e.id, e.name, t.verdict_reason, t.requirement_code,
            CAST(t.verdict_at AT TIME ZONE 'Europe/Paris' AS date)
       FROM scorecard s
       JOIN establishment e ON e.tenant_id = :tenant AND e.id = s.establishment_id
       JOIN tracked_requirement t
         ON t.tenant_id = :tenant AND t.establishment_id = s.establishment_id
        AND t.edition_id = s.edition_id
      WHERE s.tenant_id = :tenant AND s.contested_total > 0
        AND t.verdict = 'contested' AND t.applies AND e.stage = 'client' AND e.archived_at IS NULL
      ORDER BY t.verdict_at LIMIT 40)
""")


@dataclass(frozen=True)
class _Counted:
    kind: Kind
    subject_id: uuid.UUID
    codes: Sequence[str]
    due: date
    touched: int


def items(today: date, moved: str, *, limit: int | None = None) -> Sequence[Item]:
    """The agenda, worst first: what is past before what comes, then touched over days left.

    ``moved`` is ``kept.mark()``, read before: at a thousand clients counting takes a
    while, and is done again only once something has moved.
    """
    return _items(kept.audience(), moved, today)[:limit]


@lru_cache(maxsize=1024)
def _items(_audience: Scope, _moved: str, today: date) -> Sequence[Item]:
    counted = _count(today)
    names: dict[tuple[str, uuid.UUID], str] = {}
    found: list[Item] = []
    for row in _named(counted):
        if row.kind == Kind.CONTEST:
            found.append(Item(Kind.CONTEST, row.id, row.label, row.words, [row.code], row.due, 1))
        else:
            names[row.kind, row.id] = row.label
    for it in counted:
        label = names[it.kind, it.subject_id]
        found.append(Item(it.kind, it.subject_id, label, "", it.codes, it.due, it.touched))
    return sorted(found, key=lambda item: _urgency(item, today))


def _count(today: date) -> Sequence[_Counted]:
    rows = db.session.execute(
        _COUNTED,
        {"tenant": current_tenant_id(), "past": today - BEHIND, "soon": today + AHEAD},
    )
    return [_Counted(Kind(r.kind), r.id, sorted(r.codes), r.due, r.touched) for r in rows]


def _named(counted: Sequence[_Counted]) -> Sequence[AnyRow]:
    ids = {kind: [it.subject_id for it in counted if it.kind is kind] for kind in Kind}
    return db.session.execute(
        _NAMES,
        {
            "tenant": current_tenant_id(),
            "proofs": ids[Kind.PROOF],
            "offerings": ids[Kind.REVIEW],
        },
    ).all()


def _urgency(item: Item, today: date) -> tuple[int, float, date, str, uuid.UUID]:
    days = item.days(today)
    late = item.kind is Kind.CONTEST or days < 0
    weight = item.touched * len(item.codes)
    share = -weight / (1 if late else days + 1)
    return (0 if late else 1, share, item.due, item.label, item.subject_id)
