"""Promises are handed over fairly, in the order of their time, and tell nothing of themselves."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from redis import Redis

from portal import dispatcher, worker
from portal.kit import clock, outbox
from portal.kit.outbox import Job, Lease, OutboxState, Queue
from portal.worker import queues
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import NO_SCOPE, current_tenant_id, entered, tenant_scope
from tenants.db import db
from tests import handing, make
from tests import live as alive

live = alive.live
valkey = handing.valkey


def _settle(actor: Actor, count: int) -> None:
    """As many of the tenant's rows in hand are done."""
    with tenant_scope(actor.tenant_id):
        rows = db.session.scalars(
            db.select(outbox.Outbox)
            .where(outbox.Outbox.handed_until.is_not(None))
            .order_by(outbox.Outbox.id)
            .limit(count)
        ).all()
        for row in rows:
            row.state = OutboxState.DONE
        db.session.commit()


@pytest.mark.parametrize(
    ("queue", "most"), [(Queue.BULK, dispatcher.BULK), (Queue.DEFAULT, dispatcher.PER_TENANT)]
)
def test_a_tenant_with_thousands_leaves_room_for_the_next(
    isolated: None, valkey: Redis, queue: Queue, most: int
) -> None:
    big, small = make.tenant("big"), make.tenant("small")
    handing.promise(big, 3000, queue=queue)
    handing.promise(small, 2, queue=queue)

    handing.hand()

    assert handing.waiting(valkey) == {str(big.tenant_id): most, str(small.tenant_id): 2}


def test_work_is_handed_over_in_the_order_of_its_time(isolated: None, valkey: Redis) -> None:
    acme, now = make.tenant("acme"), clock.now()
    with tenant_scope(acme.tenant_id):
        for minutes in (3, 1, 4, 2, 5):
            at = now - timedelta(minutes=minutes)
            outbox.promise(handing.KIND, key=str(minutes), payload={}, run_at=at)
        wanted = db.session.scalars(
            db.select(outbox.Outbox.id).order_by(outbox.Outbox.run_at)
        ).all()
        db.session.commit()

    handing.hand()

    assert [job.args[1] for queue in queues(valkey) for job in queue.get_jobs()] == [
        str(outbox_id) for outbox_id in wanted
    ]


def test_what_kills_its_workers_waits_longer_each_time(isolated: None, valkey: Redis) -> None:
    acme = make.tenant("acme")
    handing.promise(acme, 1)
    waits = []

    for attempts in range(1, 6):
        with tenant_scope(acme.tenant_id):
            db.session.execute(
                sa.update(outbox.Outbox).values(
                    state=OutboxState.LEASED,
                    attempts=attempts,
                    lease_until=clock.now(),
                    handed_until=None,
                )
            )
            db.session.commit()
        waits.append(next(s for s in range(1, 200, 20) if handing.hand(timedelta(seconds=s))))

    assert waits == [1, 1, 21, 61, 141]


def test_what_a_tenant_has_in_hand_counts_against_it_until_it_is_done(
    isolated: None, valkey: Redis
) -> None:
    big = make.tenant("big")
    handing.promise(big, 100, queue=Queue.DEFAULT)
    first, second = handing.hand(), handing.hand()
    _settle(big, 5)

    third = handing.hand()

    assert (first, second, third) == (dispatcher.PER_TENANT, 0, 5)


def test_when_room_is_short_tenants_take_turns_and_urgency_goes_first(
    isolated: None, valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "BACKLOG", 4)
    first, second, hurried = (make.tenant(slug) for slug in ("first", "second", "hurried"))
    handing.promise(first, 10)
    handing.promise(second, 10)
    handing.promise(hurried, 2, queue=Queue.CRITICAL)

    handing.hand()

    tenants = (first, second, hurried)
    assert [handing.waiting(valkey)[str(actor.tenant_id)] for actor in tenants] == [1, 1, 2]


def test_nothing_is_handed_over_while_enough_waits(
    isolated: None, valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "BACKLOG", 1)
    acme = make.tenant("acme")
    handing.promise(acme, 2)

    assert [handing.hand(), handing.hand()] == [1, 0]


def test_however_much_bulk_work_waits_what_somebody_waits_for_is_handed_over(
    isolated: None, valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "BACKLOG", 2)
    first, second, hurried = (make.tenant(slug) for slug in ("first", "second", "hurried"))
    for actor in (first, second):
        handing.promise(actor, 10)
    handing.hand()
    handing.promise(hurried, 1, queue=Queue.CRITICAL)
    handing.promise(hurried, 1, queue=Queue.DEFAULT)
    handing.promise(hurried, 1)

    assert [handing.hand(), handing.hand()] == [2, 0]
    assert handing.waiting(valkey)[str(hurried.tenant_id)] == 2


def test_work_for_later_waits_for_its_time(isolated: None, valkey: Redis) -> None:
    acme = make.tenant("acme")
    with tenant_scope(acme.tenant_id):
        tomorrow = clock.now() + timedelta(days=1)
        outbox.promise(handing.KIND, key="later", payload={}, run_at=tomorrow)
        db.session.commit()

    assert [handing.hand(), handing.hand(timedelta(days=1, seconds=1))] == [0, 1]


def test_the_hand_over_tells_no_payload(isolated: None, valkey: Redis) -> None:
    acme = make.tenant("acme")
    handing.promise(acme, 1)
    call = sa.text("SELECT * FROM outbox_hand(10, 10, 10, clock_timestamp(), 'infinity')")
    with entered(NO_SCOPE):
        told = db.session.execute(call).mappings().one()
        seen = db.session.scalar(sa.text("SELECT count(*) FROM outbox"))
        db.session.rollback()

    assert set(told) == {"tenant_id", "id", "kind", "queue"}
    assert seen == 0


def test_valkey_holds_ids_and_kinds_alone(isolated: None, valkey: Redis) -> None:
    acme = make.tenant("acme")
    handing.promise(acme, 1)

    handing.hand()

    (job,) = [job for queue in queues(valkey) for job in queue.get_jobs()]
    tenant_id, outbox_id, kind = job.args
    assert (tenant_id, kind) == (str(acme.tenant_id), handing.KIND)
    assert str(uuid.UUID(outbox_id)) == outbox_id
    assert [key for key in valkey.scan_iter() if b"secret" in (valkey.dump(key) or b"")] == []


def test_each_tenant_s_sweep_is_promised_once_a_day(isolated: None) -> None:
    acme = make.tenant("acme")
    today = clock.today()
    with entered(NO_SCOPE):
        dispatcher.promise_sweeps()
        dispatcher.promise_sweeps()
        with time_machine.travel(clock.now() + timedelta(days=3)):
            dispatcher.promise_sweeps()

    with tenant_scope(acme.tenant_id):
        promised = db.session.scalars(
            db.select(outbox.Outbox.dedup_key).order_by(outbox.Outbox.dedup_key)
        ).all()
        later = today + timedelta(days=3)
        assert promised == [today.isoformat(), later.isoformat()]
        assert tenancy.tenant(acme.tenant_id).swept_on == later


def test_done_work_is_forgotten_after_ninety_days(isolated: None) -> None:
    acme = make.tenant("acme")
    handing.promise(acme, 3)
    kept = []

    for days in (0, 89, 91):
        with entered(NO_SCOPE), time_machine.travel(clock.now() + timedelta(days=days)):
            dispatcher.promise_sweeps()
        with tenant_scope(acme.tenant_id):
            db.session.execute(sa.update(outbox.Outbox).values(state="done"))
            count = sa.select(sa.func.count()).where(outbox.Outbox.kind == handing.KIND)
            kept.append(db.session.scalar(count))
            db.session.commit()

    assert kept == [3, 3, 0]


def test_a_small_tenant_does_not_wait_behind_a_big_one(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[uuid.UUID] = []

    def note(_held: Lease) -> None:
        ended.append(current_tenant_id())

    monkeypatch.setitem(worker.JOBS, handing.KIND, Job(handing.KIND, note, 30))
    big, small = make.tenant("big"), make.tenant("small")
    handing.promise(big, 500)
    handing.hand()
    handing.promise(small, 1)
    handing.hand()

    alive.work(live)

    assert ended.index(small.tenant_id) <= dispatcher.BULK
