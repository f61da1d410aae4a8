"""Reads over engagements.  An auditor's are made in the scope of the one she is in."""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import and_, func, select

from portal.audit.models import AuditEvent
from portal.engagements.models import (
    AuditFinding,
    AuditReport,
    AuditRequest,
    Engagement,
    EngagementDraw,
    EngagementEstablishment,
    ReportState,
)
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


def request_that_waits(request_id: uuid.UUID) -> AuditRequest | None:
    """One that nobody answered, of an audit that goes on; both are locked and stay so meanwhile."""
    r, g = AuditRequest, Engagement
    found: AuditRequest | None = db.session.scalar(
        select(r)
        .join(g, and_(g.tenant_id == r.tenant_id, g.id == r.engagement_id))
        .where(
            r.id == request_id,
            r.answered_at.is_(None),
            g.closed_at.is_(None),
            g.revoked_at.is_(None),
        )
        .with_for_update(read=True)
    )
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


def finding_at(
    engagement_id: uuid.UUID, establishment_id: uuid.UUID, code: str
) -> AuditFinding | None:
    """The one on this point, as it stands now, whatever was read before."""
    f = AuditFinding
    found: AuditFinding | None = db.session.scalar(
        select(f)
        .where(
            f.engagement_id == engagement_id,
            f.establishment_id == establishment_id,
            f.requirement_code == code,
        )
        .execution_options(populate_existing=True)
    )
    return found


def finding(engagement_id: uuid.UUID, finding_id: uuid.UUID) -> AuditFinding:
    found = find(AuditFinding, finding_id)
    if found is None or found.engagement_id != engagement_id:
        raise NotFound
    return found


def openings(engagement_id: uuid.UUID, *, limit: int, offset: int) -> Sequence[AnyRow]:
    """What was opened in the room, the latest first; an establishment sees what was of its own.

    Rows (AuditEvent, found), the second of which counts them all.
    """
    a = AuditEvent
    return db.session.execute(
        select(a, func.count().over().label("found"))
        .where(a.subject_type == "engagement", a.subject_id == engagement_id)
        .order_by(a.at.desc(), a.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def closing_asked(engagement_id: uuid.UUID) -> AnyRow | None:
    """When somebody last asked for its end, and who: (at, actor_name), for whoever reads deeds."""
    a = AuditEvent
    return db.session.execute(
        select(a.at, a.actor_name)
        .where(
            a.subject_type == "engagement",
            a.subject_id == engagement_id,
            a.action == "engagement.closed",
        )
        .order_by(a.at.desc(), a.id.desc())
        .limit(1)
    ).first()


def reports(engagement_id: uuid.UUID) -> Sequence[AuditReport]:
    """The closing reports in reach, by number."""
    r = AuditReport
    return db.session.scalars(
        select(r).where(r.engagement_id == engagement_id).order_by(r.number)
    ).all()


def reports_at(establishment_id: uuid.UUID) -> Sequence[AuditReport]:
    """Those of one establishment that were made, by number."""
    r = AuditReport
    return db.session.scalars(
        select(r)
        .where(r.establishment_id == establishment_id, r.state == ReportState.READY)
        .order_by(r.number)
    ).all()


def report(engagement_id: uuid.UUID, establishment_id: uuid.UUID) -> AuditReport:
    """Raises :class:`NotFound` before it is made."""
    r = AuditReport
    found: AuditReport | None = db.session.scalar(
        select(r).where(
            r.engagement_id == engagement_id,
            r.establishment_id == establishment_id,
            r.state == ReportState.READY,
        )
    )
    if found is None:
        raise NotFound
    return found


def report_to_make(report_id: uuid.UUID) -> AuditReport | None:
    """One whose document is still to be made, locked; ``None`` when it is made, or given up."""
    r = AuditReport
    return db.session.scalar(
        select(r).where(r.id == report_id, r.state == ReportState.ASKED).with_for_update()
    )


def reports_given_up(engagement_id: uuid.UUID) -> Sequence[AuditReport]:
    """Those that nobody tries to make any more; locked, by number."""
    r = AuditReport
    return db.session.scalars(
        select(r)
        .where(r.engagement_id == engagement_id, r.state == ReportState.FAILED)
        .order_by(r.number)
        .with_for_update()
    ).all()
