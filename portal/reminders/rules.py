"""How a tenant reminds, and by whose clock a person lives: said, and noted.  Never commits."""

from collections.abc import Mapping
from datetime import time

from sqlalchemy import delete, select

from portal.audit import service as audit
from portal.reminders import queries
from portal.reminders.kinds import Kind, KindRules
from portal.reminders.models import ReminderClock, ReminderKindRule, ReminderRule
from portal.reminders.workdays import Calendar, Zone
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db


def set_rule(
    actor: Actor,
    *,
    calendar: Calendar,
    zone: Zone = Zone.PARIS,
    opens_at: time = queries.OPENS_AT,
    weekly_on: int | None = 0,
) -> ReminderRule:
    """Say when the tenant reminds."""
    rule = db.session.merge(queries.rule())
    rule.calendar, rule.zone, rule.opens_at, rule.weekly_on = calendar, zone, opens_at, weekly_on
    db.session.flush()
    audit.record(
        actor, "reminder.rule_changed", subject="tenant", subject_id=actor.tenant_id,
        calendar=calendar.value, zone=zone.value, opens_at=f"{opens_at:%H:%M}", weekly_on=weekly_on,
    )  # fmt: skip
    return rule


def set_kind_rules(actor: Actor, chosen: Mapping[Kind, KindRules]) -> None:
    """Say how these kinds are told; those that are told as before are left alone."""
    before = queries.kind_rules()
    rows = {row.kind: row for row in db.session.scalars(select(ReminderKindRule))}
    for kind, rules in chosen.items():
        if rules == before[kind]:
            continue
        row = rows.get(kind) or ReminderKindRule(kind=kind)
        row.steps = list(rules.steps)
        gaps = {rung.value: gap for rung, gap in rules.gaps.items()}
        for rung, gap in gaps.items():
            setattr(row, rung, gap)
        db.session.add(row)
        db.session.flush()
        audit.record(
            actor, "reminder.kind_rule_changed", subject="tenant", subject_id=actor.tenant_id,
            kind=kind.value, steps=row.steps, gaps=gaps,
        )  # fmt: skip


def live_by(actor: Actor, zone: Zone | None) -> None:
    """The clock by which a person is not woken up; ``None``: the tenant's."""
    db.session.execute(
        delete(ReminderClock)
        .where(
            ReminderClock.tenant_id == current_tenant_id(), ReminderClock.user_id == actor.user_id
        )
        .execution_options(synchronize_session=False)
    )
    if zone is not None:
        db.session.add(ReminderClock(user_id=actor.user_id, zone=zone))
    db.session.flush()
