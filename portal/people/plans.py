"""What a provider's account runs under: granted by operators, told to its owner.

No plan shuts or deletes anything, ended or not.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from portal.audit import service as audit
from portal.fleet.models import Establishment, Stage
from portal.kit.errors import Refused
from tenants import queries as tenancy
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.models import Tenant
from tenants.plans import Plan


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A plan, until a last day or without an end."""

    plan: Plan
    until: date | None


def grant(granted: Grant, *, by: str, today: date) -> bool:
    """Put the current tenant under a plan, noted in its journal; whether that changed anything.

    Needs the whole tenant's scope and the operator's own besides: PostgreSQL lets nobody else
    change a plan.  The tenant's people read who did it (``by``), under no account of theirs.  A
    plan that only gets another last day began when it began.  Raises :class:`Refused`.
    """
    tenant = tenancy.tenant(current_tenant_id())
    if (tenant.plan, tenant.plan_until) == (granted.plan, granted.until):
        return False
    if granted.plan is Plan.TRIAL and granted.until is None:
        raise Refused("A trial has a last day.", field="until")
    if granted.until is not None and granted.until < today:
        raise Refused("This day is past: choose one to come.", field="until")
    before = _told(tenant)
    since = tenant.plan_since if tenant.plan is granted.plan else today
    db.session.execute(select(func.grant_plan(tenant.id, granted.plan.value, since, granted.until)))
    db.session.refresh(tenant)
    audit.record(
        None,
        "tenant.plan_granted",
        subject="tenant",
        subject_id=tenant.id,
        by=by,
        before=before,
        **_told(tenant),
    )
    return True


def _told(tenant: Tenant) -> dict[str, Any]:
    until = tenant.plan_until
    return {"plan": tenant.plan.value, "until": until.isoformat() if until else None}


def billed_establishments() -> int:
    """Those under contract, of the current tenant: what a plan is reckoned by.  Prospects are free.

    The same that ``tenant_census`` tells operators.
    """
    e = Establishment
    return (
        db.session.scalar(
            select(func.count())
            .select_from(e)
            .where(e.stage == Stage.CLIENT, e.archived_at.is_(None))
        )
        or 0
    )
