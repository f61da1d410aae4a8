"""The daily sweep: time wears proof, reviews and contracts down without anybody writing."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import or_, select, text, union

from portal.audit import chaining
from portal.contracts.models import Contract
from portal.contracts.signing import refresh_stages
from portal.evidence import lapses
from portal.evidence.models import Evidence, EvidenceLink
from portal.tracking import effective, holding, service, turn
from portal.tracking.effective import Area
from portal.tracking.models import TrackedRequirement
from tenants import queries as tenancy
from tenants.context import current_tenant_id
from tenants.db import db

#: A portal stopped longer than this recomputes everything at its first sweep, as does one whose
#: clock once ran ahead.
LOOK_BACK = timedelta(days=31)

_TRACE = text("""
    INSERT INTO audit_event (
        tenant_id, id, actor_id, actor_name, action, subject_type, subject_id,
        establishment_id, requirement_code, details)
    SELECT :tenant, gen_random_uuid(), NULL, :signature, 'requirement.proof_lapsed',
           'establishment', t.establishment_id, t.establishment_id, t.requirement_code,
           jsonb_build_object('proof_until', t.proof_until, 'review_due', t.review_due)
      FROM tracked_requirement t
     WHERE t.tenant_id = :tenant AND t.edition_id = :edition AND t.proven AND t.applies
       AND (t.proof_until < :today OR t.review_due < :today)
    RETURNING id
""")


def sweep(edition_id: str, *, today: date, since: date | None, signature: str) -> int:
    """Recompute exactly what lapsed or began since the last sweep; running twice is harmless.

    Returns the number of establishments recomputed, or -1 for all of them.
    """
    turn.take()
    told = {
        "tenant": current_tenant_id(),
        "edition": edition_id,
        "today": today,
        "signature": signature,
    }
    chaining.follow(db.session.scalars(_TRACE, told).all())
    holding.trace(first=min(since or today, today) - LOOK_BACK, today=today)
    lapses.end_begun(today)
    if since is None or not timedelta(0) <= today - since <= LOOK_BACK:
        refresh_stages(None, today)
        _recompute(Area(edition_id), today)
        return -1
    turned = _contracts_turned(today, since)
    worn = _worn(edition_id, today, since)
    refresh_stages(turned, today)
    if turned:
        _recompute(Area(edition_id, turned), today)
    if worn:
        service.refresh(Area(edition_id, worn), today)
    return len({*turned, *worn})


def catch_up(*, today: date, signature: str) -> int:
    """Sweep the current tenant from where its last sweep ended, and remember how far it came.

    Both commit together: a sweep that dies half way leaves its days to the next.
    """
    turn.take()
    tenant = tenancy.tenant(current_tenant_id())
    found = sweep(tenant.edition_id, today=today, since=tenant.swept_until, signature=signature)
    tenant.swept_until = today
    db.session.flush()
    return found


def _recompute(area: Area, today: date) -> None:
    effective.open_files(area, today)
    effective.share_out(area, today)
    service.follow(area, today)


def _contracts_turned(today: date, since: date) -> Sequence[uuid.UUID]:
    began = Contract.starts_on.between(since, today)
    ended = Contract.ends_on.between(since - timedelta(days=1), today)
    return db.session.scalars(
        select(Contract.establishment_id).where(or_(began, ended)).distinct()
    ).all()


def _worn(edition_id: str, today: date, since: date) -> Sequence[uuid.UUID]:
    t = TrackedRequirement
    lapsed = select(t.establishment_id).where(
        t.edition_id == edition_id,
        t.proven,
        or_(t.proof_until < today, t.review_due < today),
    )
    # Without a proof nothing was proven, and yet an overdue review is to be told.
    overdue = select(t.establishment_id).where(
        t.edition_id == edition_id,
        t.review_due.between(since - timedelta(days=1), today - timedelta(days=1)),
    )
    begun = (
        select(t.establishment_id)
        .join(EvidenceLink, EvidenceLink.requirement_code == t.requirement_code)
        .join(Evidence, Evidence.id == EvidenceLink.evidence_id)
        .where(t.edition_id == edition_id, Evidence.covers_from.between(since, today))
    )
    return db.session.scalars(union(lapsed, overdue, begun)).all()
