"""Each day has its sweep and its reminders, whatever two clocks make of midnight."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine

from portal import dispatcher, worker
from portal.kit import clock
from portal.kit.outbox import Outbox, OutboxState
from portal.reminders.jobs import plan_day
from portal.tracking.jobs import sweep_day
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db
from tests import make

DAY = timedelta(days=1)
MOMENT = timedelta(minutes=1)


@pytest.fixture
def acme(isolated: None) -> Actor:
    return make.tenant("acme")


def promised(acme: Actor, kind: str) -> dict[str, OutboxState]:
    """By day."""
    with tenant_scope(acme.tenant_id):
        rows = db.session.execute(
            db.select(Outbox.dedup_key, Outbox.state).where(Outbox.kind == kind)
        ).all()
        db.session.rollback()
    return {row.dedup_key: row.state for row in rows}


def works(acme: Actor, kind: str) -> None:
    """A worker, by its own clock."""
    with tenant_scope(acme.tenant_id):
        ids = db.session.scalars(
            db.select(Outbox.id).where(Outbox.kind == kind, Outbox.state == OutboxState.READY)
        ).all()
        db.session.rollback()
    with entered(NO_SCOPE):
        for each in ids:
            worker.perform(str(acme.tenant_id), str(each), kind)


def noon(after: timedelta = timedelta(0)) -> datetime:
    """Of the day after so many: far from any midnight, whatever the hour of the test."""
    return datetime.combine(clock.today() + after, time(12), clock.PARIS)


def dispatches(at: datetime) -> date:
    """A dispatcher, by its own clock; the day that it has."""
    with entered(NO_SCOPE), time_machine.travel(at):
        dispatcher.promise_sweeps()
        return clock.today()


def test_a_day_promised_before_it_begins_here_waits_for_it(acme: Actor) -> None:
    """Done for the day before, it would be done for no day: what is promised is promised once."""
    here, there = noon(), noon(DAY)
    dispatches(here)
    with time_machine.travel(here):
        for kind in (sweep_day.kind, plan_day.kind):
            works(acme, kind)
    tomorrow = dispatches(there).isoformat()

    with time_machine.travel(here + MOMENT):
        works(acme, sweep_day.kind)
    early = promised(acme, sweep_day.kind)[tomorrow]
    with time_machine.travel(there + MOMENT):
        works(acme, sweep_day.kind)
    with time_machine.travel(here + 2 * MOMENT):
        works(acme, plan_day.kind)
    unplanned = promised(acme, plan_day.kind)[tomorrow]
    with time_machine.travel(there + 2 * MOMENT):
        works(acme, plan_day.kind)

    assert (early, unplanned) == (OutboxState.READY, OutboxState.READY)
    assert promised(acme, sweep_day.kind)[tomorrow] is OutboxState.DONE
    assert promised(acme, plan_day.kind)[tomorrow] is OutboxState.DONE


def test_a_clock_that_once_ran_ahead_keeps_no_day_from_being_swept(acme: Actor) -> None:
    far, today = dispatches(noon(3650 * DAY)), dispatches(noon())

    assert promised(acme, sweep_day.kind).keys() == {far.isoformat(), today.isoformat()}
    with tenant_scope(acme.tenant_id):
        assert tenancy.tenant(acme.tenant_id).swept_on == today
        db.session.rollback()
