"""Reads over evidence: the shelf, one proof, what serves an establishment, what lapses."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, func, or_, select, text

from portal.contracts.models import Offering
from portal.evidence import certificates, reach
from portal.evidence.models import Evidence, EvidenceLink, Kind, State
from portal.fleet.models import Establishment
from portal.kit.errors import NotFound
from portal.kit.folding import fold
from tenants.context import current_tenant_id
from tenants.db import db


def evidence(evidence_id: uuid.UUID, *, lock: bool = False) -> Evidence:
    """One proof in reach.  Raises :class:`NotFound`."""
    wanted = select(Evidence).where(Evidence.id == evidence_id)
    found: Evidence | None = db.session.scalar(wanted.with_for_update() if lock else wanted)
    if found is None:
        raise NotFound
    return found


def links(evidence_id: uuid.UUID) -> Sequence[EvidenceLink]:
    return db.session.scalars(
        select(EvidenceLink).where(EvidenceLink.evidence_id == evidence_id)
    ).all()


@dataclass(frozen=True)
class Target:
    """What a proof serves at one level: the tenant (both ``None``), an offering or a client."""

    offering_id: uuid.UUID | None
    establishment_id: uuid.UUID | None
    name: str | None
    codes: Sequence[str]

    @property
    def level(self) -> str:
        if self.establishment_id:
            return "establishment"
        return "offering" if self.offering_id else "tenant"


def targets(evidence_id: uuid.UUID) -> Sequence[Target]:
    """Everything a proof is linked to, one row per target, the widest first."""
    link = EvidenceLink
    name = func.coalesce(Offering.name, Establishment.name)
    rows = db.session.execute(
        select(
            link.offering_id,
            link.establishment_id,
            name,
            func.array_agg(func.distinct(link.requirement_code)),
        )
        .outerjoin(
            Offering,
            and_(Offering.tenant_id == link.tenant_id, Offering.id == link.offering_id),
        )
        .outerjoin(
            Establishment,
            and_(
                Establishment.tenant_id == link.tenant_id,
                Establishment.id == link.establishment_id,
            ),
        )
        .where(link.evidence_id == evidence_id)
        .group_by(link.offering_id, link.establishment_id, name)
        .order_by(
            link.establishment_id.is_not(None),
            link.offering_id.is_not(None),
            name,
            link.establishment_id,
        )
    )
    return [Target(*row[:3], sorted(row[3])) for row in rows]


@dataclass(frozen=True)
class ProofRow:
    """A proof that serves one requirement of an establishment, and by which links."""

    code: str
    evidence_id: uuid.UUID
    title: str
    kind: Kind
    valid_until: date
    #: Linked to the establishment itself, to the whole tenant, to these offerings.
    own: bool
    tenant_wide: bool
    offering_ids: frozenset[uuid.UUID]
    #: It covers days to come, and proves nothing yet.
    coming: bool

    @property
    def level(self) -> str:
        """The nearest of its links: establishment, offering or tenant."""
        return "establishment" if self.own else "offering" if self.offering_ids else "tenant"

    def proves(self, inherited_from: uuid.UUID | None) -> bool:
        """Whether it counts for a state inherited from that offering, or for an exception.

        What proves the statement of an offering says nothing of an establishment that is an
        exception to it.
        """
        if self.own or inherited_from is None:
            return self.own
        return self.tenant_wide or inherited_from in self.offering_ids


#: Written out, for its page opens often and SQLAlchemy takes longer to put such a statement
#: together than PostgreSQL to answer it.  What is on show is what ``reach.on_show`` says.
_PROOFS_OF = text("""
    WITH running AS (
        SELECT c.offering_id FROM contract c
         WHERE c.tenant_id = :tenant AND c.establishment_id = :establishment
           AND c.starts_on <= :today AND (c.ends_on IS NULL OR c.ends_on >= :today)
    ),
    had AS (
        SELECT o.id FROM offering o
         WHERE o.tenant_id = :tenant
           AND (o.id IN (SELECT offering_id FROM running)
                OR (o.included AND o.archived_at IS NULL AND EXISTS (SELECT FROM running)))
    )
    SELECT l.requirement_code, e.id, e.title, e.certificate, e.number, e.kind, e.valid_until,
           bool_or(l.establishment_id IS NOT NULL) AS own,
           bool_or(l.establishment_id IS NULL AND l.offering_id IS NULL) AS tenant_wide,
           array_remove(array_agg(l.offering_id), NULL) AS offering_ids,
           COALESCE(e.covers_from > :today, FALSE) AS coming
      FROM evidence_link l
      JOIN evidence e ON e.tenant_id = :tenant AND e.id = l.evidence_id
     WHERE l.tenant_id = :tenant AND l.edition_id = :edition
       AND (l.establishment_id = :establishment
            OR (l.establishment_id IS NULL
                AND (l.offering_id IS NULL OR l.offering_id IN (SELECT id FROM had))))
       AND e.state = 'ready' AND e.withdrawn_at IS NULL
       AND NOT EXISTS (SELECT FROM evidence n
                        WHERE n.tenant_id = :tenant AND n.id = e.replaced_by
                          AND n.state = 'ready' AND n.withdrawn_at IS NULL
                          AND (n.covers_from IS NULL
                               OR n.covers_from <= GREATEST(e.valid_until + 1, :today)))
     GROUP BY l.requirement_code, e.id, e.title, e.certificate, e.number, e.kind, e.valid_until,
              e.covers_from
     ORDER BY l.requirement_code, e.valid_until DESC, e.id
""").columns(kind=Evidence.kind.type, certificate=Evidence.certificate.type)


def proofs_of(
    establishment_id: uuid.UUID, *, edition_id: str, today: date
) -> dict[str, list[ProofRow]]:
    """By requirement code, what proves it at one establishment, lapsed and coming ones included.

    Its own links, those of its offerings in force and those of the whole tenant, in one SQL
    statement; a proof linked twice to the same requirement comes once, by its nearest link.
    """
    rows = db.session.execute(
        _PROOFS_OF,
        {
            "tenant": current_tenant_id(),
            "establishment": establishment_id,
            "edition": edition_id,
            "today": today,
        },
    )
    found: dict[str, list[ProofRow]] = {}
    for row in rows:
        code, proof_id, title, certificate, no, kind, until, own, wide, offerings, coming = row
        named = certificates.titled(title, certificate, no)
        proof = ProofRow(
            code, proof_id, named, kind, until, own, wide, frozenset(offerings), coming
        )
        found.setdefault(proof.code, []).append(proof)
    return found


@dataclass(frozen=True)
class Lapsing:
    """A proof about to lapse, what it serves and how many establishments it touches."""

    id: uuid.UUID
    title: str
    kind: Kind
    valid_until: date
    added_by: uuid.UUID
    codes: Sequence[str]
    establishments: int


def lapsing(today: date, within_days: int, *, since_days: int = 0) -> Sequence[Lapsing]:
    """Proofs whose last day falls within ``within_days``, soonest first; two SQL statements.

    ``since_days`` adds those lapsed that many days ago at most.  Withdrawn and superseded ones
    are left out: nobody waits for them.
    """
    rows = db.session.execute(
        select(
            Evidence.id,
            Evidence.title,
            Evidence.kind,
            Evidence.valid_until,
            Evidence.added_by,
            func.array_agg(func.distinct(EvidenceLink.requirement_code)),
        )
        .join(
            EvidenceLink,
            and_(
                EvidenceLink.tenant_id == Evidence.tenant_id,
                EvidenceLink.evidence_id == Evidence.id,
            ),
        )
        .where(
            Evidence.valid_until.between(
                today - timedelta(since_days), today + timedelta(within_days)
            ),
            reach.on_show(today),
            Evidence.state == State.READY,
        )
        .group_by(Evidence.tenant_id, Evidence.id)
        .order_by(Evidence.valid_until, Evidence.title, Evidence.id)
    ).all()
    reached = reach.touched([row[0] for row in rows], today)
    return [Lapsing(*row[:5], sorted(row[5]), reached.get(row[0], 0)) for row in rows]


@dataclass(frozen=True)
class Candidate:
    """An establishment that a proof may be linked to."""

    id: uuid.UUID
    name: str
    city: str
    ticked: bool


def candidates(ticked: Collection[uuid.UUID], text: str, *, limit: int = 20) -> Sequence[Candidate]:
    """The establishments ticked so far, then those whose name, number or city has every word."""
    e = Establishment
    words = fold(text[:80]).replace("\0", "").split()[:6]
    found = select(e.id, e.name, e.city).where(e.archived_at.is_(None))
    kept: list[Candidate] = []
    if ticked:
        first = db.session.execute(found.where(e.id.in_(ticked)).order_by(e.name_key, e.id))
        kept = [Candidate(*row, ticked=True) for row in first]
    if not words:
        return kept
    matching = [e.search.contains(word, autoescape=True) for word in words]
    more = db.session.execute(
        found.where(*matching, e.id.not_in(ticked)).order_by(e.name_key, e.id).limit(limit)
    )
    return [*kept, *(Candidate(*row, ticked=False) for row in more)]


def neighbours(found: Evidence) -> tuple[Evidence | None, Evidence | None]:
    """The proof that this one replaced, and the one that replaced it."""
    e = Evidence
    before = e.replaced_by == found.id
    either = before if found.replaced_by is None else or_(before, e.id == found.replaced_by)
    rows = db.session.scalars(
        select(e).where(either).order_by(e.created_at.desc(), e.id.desc())
    ).all()
    previous = next((row for row in rows if row.replaced_by == found.id), None)
    following = next((row for row in rows if row.id == found.replaced_by), None)
    return previous, following
