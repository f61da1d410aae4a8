"""The daily sweep as a promise: up to the present day, and told to whoever stands above."""

from datetime import date, timedelta

import time_machine

from portal.kit import clock
from portal.kit.outbox import Lease, Outbox
from portal.tracking import jobs, queries
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.scoping import new_id
from tests import make
from tests.reminders import scene


def _lease() -> Lease:
    return Lease(new_id(), jobs.sweep_day.kind, {}, fence=1, attempt=1, recovered=False)


def _swept_until(day: date) -> None:
    tenancy.tenant(current_tenant_id()).swept_until = day
    db.session.commit()


def _promised() -> list[tuple[str, str]]:
    rows = db.session.execute(db.select(Outbox.kind, Outbox.dedup_key).order_by(Outbox.kind))
    return [(row[0], row[1]) for row in rows]


def test_the_sweep_promises_the_day_s_reminders_and_collections_in_its_own_transaction(
    owner: Actor,
) -> None:
    jobs.sweep_day.run(_lease())
    promised = _promised()
    db.session.rollback()

    today = clock.today().isoformat()
    assert promised == [("collecting.begin", today), ("reminders.plan", today)]
    assert _promised() == []


def test_a_sweep_that_runs_late_does_not_bring_back_what_has_lapsed(owner: Actor) -> None:
    promised_on = clock.today()
    offering = make.offering(carries=[scene.CODE])
    client = scene.client(offering, today=promised_on)
    scene.declare(owner, offering)
    scene.prove(owner, until=promised_on, offering_id=offering)

    _swept_until(promised_on - timedelta(days=1))

    with time_machine.travel(clock.now() + timedelta(days=2)):
        jobs.sweep_day.run(_lease())
        late = _promised()[-1]

    assert not queries.tracked(client, make.EDITION, scene.CODE).proven
    assert late == ("reminders.plan", (promised_on + timedelta(days=2)).isoformat())
