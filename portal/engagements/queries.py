"""Reads over engagements.  An auditor's are made in the scope of the one she is in."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import and_, func, or_, select

from portal.audit.models import AuditEvent
from portal.engagements.models import (
    AuditFinding,
    AuditReport,
    AuditRequest,
    Engagement,
    EngagementDraw,
    EngagementEstablishment,
)
from portal.evidence import certificates
from portal.evidence.models import Evidence, EvidenceLink, EvidenceLinkPast, State, Visibility
from portal.fleet.models import Establishment
from portal.guide.edition import Edition
from portal.kit.errors import NotFound
from tenants import queries as tenancy
from tenants.db import AnyRow, db
from tenants.models import Membership, MembershipEstablishment, UserAccount
from tenants.roles import Role
from tenants.scoping import find


def engagement(engagement_id: uuid.UUID) -> Engagement:
    """One in reach; for an auditor, while it lasts.  Raises :class:`NotFound`."""
    if (found := find(Engagement, engagement_id)) is None:
        raise NotFound
    return found


def lasting(found: Engagement, at: datetime) -> bool:
    return found.revoked_at is None and found.starts_at <= at < found.ends_at


def engagements() -> Sequence[Engagement]:
    """Those in reach, the latest first."""
    return db.session.scalars(
        select(Engagement).order_by(Engagement.created_at.desc(), Engagement.id.desc()).limit(200)
    ).all()


def at_place(establishment_id: uuid.UUID) -> Sequence[Engagement]:
    """Every audit of one establishment, the first first."""
    g, p = Engagement, EngagementEstablishment
    return db.session.scalars(
        select(g)
        .join(p, and_(p.tenant_id == g.tenant_id, p.engagement_id == g.id))
        .where(p.establishment_id == establishment_id)
        .order_by(g.created_at, g.id)
    ).all()


def places(engagement_id: uuid.UUID) -> Sequence[AnyRow]:
    """Its establishments that the scope reaches, by name: rows (id, name, city, finess)."""
    e, p = Establishment, EngagementEstablishment
    return db.session.execute(
        select(e.id, e.name, e.city, e.finess)
        .join(p, and_(p.tenant_id == e.tenant_id, p.establishment_id == e.id))
        .where(p.engagement_id == engagement_id)
        .order_by(e.name_key, e.id)
    ).all()


def audited(engagement_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """All that it lists, for its auditors and the provider; an establishment sees its own."""
    p = EngagementEstablishment
    return db.session.scalars(
        select(p.establishment_id).where(p.engagement_id == engagement_id)
    ).all()


def place(engagement_id: uuid.UUID, establishment_id: uuid.UUID) -> AnyRow:
    """One of them.  Raises :class:`NotFound`."""
    found = [row for row in places(engagement_id) if row.id == establishment_id]
    if not found:
        raise NotFound
    return found[0]


def auditors(at: datetime) -> Sequence[AnyRow]:
    """Who may be chosen: rows (id, name, email, ends_at) of the auditors with a valid access."""
    m, u = Membership, UserAccount
    return db.session.execute(
        select(m.id, u.name, u.email, m.ends_at)
        .join(u, u.id == m.user_id)
        .where(m.role == Role.AUDITOR, tenancy.valid(at))
        .order_by(u.name, u.id)
    ).all()


def reached(at: datetime) -> Sequence[AnyRow]:
    """What the accesses of the auditors reach: rows (id, name, city, memberships), by name."""
    e, m, p = Establishment, Membership, MembershipEstablishment
    return db.session.execute(
        select(e.id, e.name, e.city, func.array_agg(m.id).label("memberships"))
        .join(p, and_(p.tenant_id == e.tenant_id, p.establishment_id == e.id))
        .join(m, and_(m.tenant_id == p.tenant_id, m.id == p.membership_id))
        .where(m.role == Role.AUDITOR, tenancy.valid(at), e.archived_at.is_(None))
        .group_by(e.tenant_id, e.id)
        .order_by(e.name_key, e.id)
    ).all()


def codes(found: Engagement, edition: Edition) -> list[str]:
    """The requirements that are audited, in the order of the guide."""
    return [
        requirement.code
        for number in sorted(found.questions)
        for requirement in edition.by_question[number]
    ]


def day(found: Engagement, today: date) -> date:
    """The day whose evening is read."""
    return found.as_of or today


@dataclass(frozen=True)
class Proof:
    """What proved on the day; ``changed``: its facts were written again since."""

    id: uuid.UUID
    title: str
    kind: str
    covers_from: date | None
    covers_until: date | None
    valid_until: date
    sha256: str
    file_name: str | None
    file_size: int | None
    valid: bool
    changed: bool


def proofs(
    establishment_id: uuid.UUID, code: str, *, offering_id: str | None, day: date, until: datetime
) -> Sequence[Proof]:
    """What was linked to a requirement there on ``day``, links gone since included.

    ``offering_id`` is the one whose words were inherited, ``None`` for an own state.  ``until`` is
    the instant that ends the day.
    """
    e = Evidence
    rows = db.session.scalars(
        select(e)
        .where(
            e.id.in_(_linked(establishment_id, code, offering_id, until)),
            e.state == State.READY,
            # As PostgreSQL has it for an auditor: the same is shown to all three, and reported.
            e.visibility != Visibility.PROVIDER,
            e.created_at < until,
            or_(e.withdrawn_at.is_(None), e.withdrawn_at >= until),
        )
        .order_by(e.valid_until.desc(), e.title, e.id)
    ).all()
    return [
        Proof(
            row.id, certificates.titled(row.title, row.certificate, row.number), row.kind.value,
            row.covers_from, row.covers_until, row.valid_until,
            row.sha256, row.file_name, row.file_size,
            valid=row.valid_until >= day and (row.covers_from is None or row.covers_from <= day),
            changed=row.updated_at >= until,
        )
        for row in rows
    ]  # fmt: skip


def _linked(
    establishment_id: uuid.UUID, code: str, offering_id: str | None, until: datetime
) -> list[uuid.UUID]:
    found: list[uuid.UUID] = []
    kinds: tuple[tuple[type[EvidenceLink] | type[EvidenceLinkPast], list[object]], ...] = (
        (EvidenceLink, [EvidenceLink.created_at < until]),
        (
            EvidenceLinkPast,
            [EvidenceLinkPast.linked_at < until, EvidenceLinkPast.unlinked_at >= until],
        ),
    )
    for link, stood in kinds:
        reached = link.establishment_id == establishment_id
        if offering_id is not None:
            own = or_(link.offering_id.is_(None), link.offering_id == uuid.UUID(offering_id))
            reached = or_(reached, and_(link.establishment_id.is_(None), own))
        found += db.session.scalars(
            select(link.evidence_id).where(
                link.requirement_code == code,
                reached,
                *stood,  # type: ignore[arg-type]  # conditions of either model
            )
        ).all()
    return found


def draws(engagement_id: uuid.UUID) -> Sequence[EngagementDraw]:
    """The drawings of lots, the first first: none is taken back."""
    d = EngagementDraw
    return db.session.scalars(
        select(d).where(d.engagement_id == engagement_id).order_by(d.created_at, d.id)
    ).all()


def drawn(seed: str, size: int, establishment_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """The lots that a seed draws: the ``size`` least SHA-256 of « seed:id ».

    Anybody can do it again with any tool: ``printf '%s' "seed:id" | sha256sum``.
    """
    ranked = sorted(establishment_ids, key=lambda one: sha256(f"{seed}:{one}".encode()).hexdigest())
    return ranked[:size]


def requests(engagement_id: uuid.UUID) -> Sequence[AuditRequest]:
    """What was asked for, unanswered first, by due date."""
    r = AuditRequest
    return db.session.scalars(
        select(r)
        .where(r.engagement_id == engagement_id)
        .order_by(r.answered_at.is_not(None), r.due_on, r.created_at, r.id)
    ).all()


def request(engagement_id: uuid.UUID, request_id: uuid.UUID) -> AuditRequest:
    found = find(AuditRequest, request_id)
    if found is None or found.engagement_id != engagement_id:
        raise NotFound
    return found


def waiting() -> Sequence[AnyRow]:
    """By engagement, how many requests wait for an answer, and the first day one is due."""
    r = AuditRequest
    return db.session.execute(
        select(r.engagement_id, func.count().label("number"), func.min(r.due_on).label("due_on"))
        .where(r.answered_at.is_(None))
        .group_by(r.engagement_id)
    ).all()


def findings(engagement_id: uuid.UUID) -> Sequence[AuditFinding]:
    f = AuditFinding
    return db.session.scalars(
        select(f)
        .where(f.engagement_id == engagement_id)
        .order_by(f.establishment_id, f.requirement_code)
    ).all()


def finding(engagement_id: uuid.UUID, finding_id: uuid.UUID) -> AuditFinding:
    found = find(AuditFinding, finding_id)
    if found is None or found.engagement_id != engagement_id:
        raise NotFound
    return found


def openings(engagement_id: uuid.UUID, *, limit: int = 100) -> Sequence[AuditEvent]:
    """What was opened in the room, the latest first; an establishment sees what was of its own."""
    a = AuditEvent
    return db.session.scalars(
        select(a)
        .where(a.subject_type == "engagement", a.subject_id == engagement_id)
        .order_by(a.at.desc(), a.id.desc())
        .limit(limit)
    ).all()


def reports(engagement_id: uuid.UUID) -> Sequence[AuditReport]:
    """The closing reports in reach, by number."""
    r = AuditReport
    return db.session.scalars(
        select(r).where(r.engagement_id == engagement_id).order_by(r.number)
    ).all()


def reports_at(establishment_id: uuid.UUID) -> Sequence[AuditReport]:
    """Those of one establishment, by number."""
    r = AuditReport
    return db.session.scalars(
        select(r).where(r.establishment_id == establishment_id).order_by(r.number)
    ).all()


def report(engagement_id: uuid.UUID, establishment_id: uuid.UUID) -> AuditReport:
    """Raises :class:`NotFound` before the audit is closed."""
    found = [one for one in reports(engagement_id) if one.establishment_id == establishment_id]
    if not found:
        raise NotFound
    return found[0]
