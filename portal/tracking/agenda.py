"""What to do first: proof that lapses, points contested, reviews that fall due; worst first."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import text

from portal.tracking import kept
from tenants.context import Scope, current_tenant_id
from tenants.db import AnyRow, db

AHEAD = timedelta(days=30)
BEHIND = timedelta(days=60)
#: Of each kind.
_AT_MOST = 40


class Kind(StrEnum):
    PROOF = "proof"
    CONTEST = "contest"
    REVIEW = "review"


@dataclass(frozen=True)
class Item:
    """One thing to do.  ``touched``: establishments it lowers, or will lower, on ``due``.

    What is contested in the same words on the same day is one.
    """

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


#: The states that rest on a proof or a review to its last day, gathered by that day, requirement
#: and offering, with their establishments.  Which proof it is, is found beside: joined here, the
#: planner would loop over whole fleets.
_RESTING = text("""
    WITH client AS (
        SELECT id FROM establishment
         WHERE tenant_id = :tenant AND stage = 'client' AND archived_at IS NULL
    ),
    resting AS (
        SELECT 'proof' AS kind, proof_until AS due, edition_id, requirement_code,
               CASE WHEN origin = 'statement' THEN offering_id END AS offering_id,
               establishment_id
          FROM tracked_requirement
         WHERE tenant_id = :tenant AND proof_until BETWEEN :past AND :soon
           AND applies AND status IN ('implemented', 'alternative', 'partial')
        UNION ALL
        SELECT 'review', review_due, edition_id, requirement_code, offering_id, establishment_id
          FROM tracked_requirement
         WHERE tenant_id = :tenant AND review_due BETWEEN :past AND :soon
           AND origin = 'statement' AND applies
           AND status IN ('implemented', 'alternative', 'partial')
    )
    SELECT kind, due, edition_id, requirement_code AS code, offering_id,
           array_agg(establishment_id) AS places
      FROM resting
     WHERE establishment_id IN (SELECT id FROM client)
     GROUP BY 1, 2, 3, 4, 5
""")
_LINKED = text("""
    SELECT e.id, e.valid_until AS due, l.edition_id, l.requirement_code AS code, l.offering_id,
           l.establishment_id
      FROM evidence e
      JOIN evidence_link l ON l.tenant_id = :tenant AND l.evidence_id = e.id
     WHERE e.tenant_id = :tenant AND e.state = 'ready' AND e.withdrawn_at IS NULL
       AND e.valid_until BETWEEN :past AND :soon
       AND NOT EXISTS (SELECT 1 FROM evidence n
                        WHERE n.tenant_id = :tenant AND n.id = e.replaced_by
                          AND n.state = 'ready' AND n.withdrawn_at IS NULL
                          AND (n.covers_from IS NULL OR n.covers_from <= e.valid_until + 1))
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


@dataclass
class Counted:
    """What rests on a proof or a review: requirements, and the establishments they are of."""

    kind: Kind
    subject_id: uuid.UUID
    due: date
    codes: set[str] = field(default_factory=set)
    places: set[uuid.UUID] = field(default_factory=set)

    def rests(self, code: str, places: Iterable[uuid.UUID]) -> None:
        found = set(places)
        if found:
            self.codes.add(code)
            self.places |= found


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
    contested: dict[tuple[uuid.UUID, str, str, date], list[str]] = defaultdict(list)
    for row in _named(counted):
        if row.kind == Kind.CONTEST:
            contested[row.id, row.label, row.words, row.due].append(row.code)
        else:
            names[row.kind, row.id] = row.label
    found = [
        Item(Kind.CONTEST, place, label, words, sorted(codes), due, 1)
        for (place, label, words, due), codes in contested.items()
    ]
    for it in counted:
        label = names[it.kind, it.subject_id]
        codes = sorted(it.codes)
        found.append(Item(it.kind, it.subject_id, label, "", codes, it.due, len(it.places)))
    return sorted(found, key=lambda item: _urgency(item, today))


def _count(today: date) -> Sequence[Counted]:
    """The soonest of each kind, those on which nothing rests left out."""
    window = {"tenant": current_tenant_id(), "past": today - BEHIND, "soon": today + AHEAD}
    resting = db.session.execute(_RESTING, window).all()
    proofs = rest_on(resting, db.session.execute(_LINKED, window))
    return [*_soonest(proofs), *_soonest(_reviews(resting))]


def _soonest(counted: Iterable[Counted]) -> Sequence[Counted]:
    return sorted((it for it in counted if it.places), key=lambda it: it.due)[:_AT_MOST]


def rest_on(resting: Sequence[AnyRow], links: Iterable[AnyRow]) -> Iterable[Counted]:
    """What rests on each proof: at one establishment, or wherever its offering is followed."""
    held: dict[tuple[date, str, str], list[AnyRow]] = defaultdict(list)
    for row in resting:
        if row.kind == Kind.PROOF:
            held[row.due, row.edition_id, row.code].append(row)
    found: dict[uuid.UUID, Counted] = {}
    for link in links:
        it = found.setdefault(link.id, Counted(Kind.PROOF, link.id, link.due))
        for row in held[link.due, link.edition_id, link.code]:
            if link.establishment_id is not None:
                it.rests(link.code, {link.establishment_id}.intersection(row.places))
            elif row.offering_id is not None and link.offering_id in {None, row.offering_id}:
                it.rests(link.code, row.places)
    return found.values()


def _reviews(resting: Iterable[AnyRow]) -> Iterable[Counted]:
    """The statements of one offering to review by one day."""
    found: dict[tuple[uuid.UUID, date], Counted] = {}
    for row in resting:
        if row.kind == Kind.REVIEW:
            key = row.offering_id, row.due
            found.setdefault(key, Counted(Kind.REVIEW, *key)).rests(row.code, row.places)
    return found.values()


def _named(counted: Sequence[Counted]) -> Sequence[AnyRow]:
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
