"""Nothing that was promised is lost, whatever becomes of Valkey and of workers."""

from datetime import timedelta

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import ConnectionError as ValkeyAwayError

from portal import dispatcher, worker
from portal.kit import clock, outbox
from portal.kit.outbox import Job, Lease, Queue
from tenants.context import tenant_scope
from tenants.db import db
from tests import handing, make
from tests import live as alive

live = alive.live
valkey = handing.valkey


def test_what_valkey_lost_is_handed_over_again(isolated: None, valkey: Redis) -> None:
    acme = make.tenant("acme")
    handing.promise(acme, 3, queue=Queue.DEFAULT)
    handed = handing.hand()
    valkey.flushall()

    assert (handed, handing.hand(), handing.hand(handing.PAST_TRUST)) == (3, 0, 3)


def test_what_a_valkey_that_was_emptied_lost_is_handed_over_at_once(
    isolated: None, valkey: Redis
) -> None:
    acme = make.tenant("acme")
    handing.recall()
    handing.promise(acme, 3, queue=Queue.DEFAULT)
    handed = handing.hand()
    handing.recall()
    trusted = handing.hand()

    valkey.flushall()
    handing.recall()

    assert (handed, trusted, handing.hand()) == (3, 0, 3)


def test_what_a_worker_is_at_is_hers_whatever_valkey_forgot(isolated: None, valkey: Redis) -> None:
    acme = make.tenant("acme")
    handing.promise(acme, 1)
    handing.hand()
    with tenant_scope(acme.tenant_id):
        outbox.lease(db.session.scalars(db.select(outbox.Outbox.id)).one(), at=clock.now())
        db.session.commit()

    valkey.flushall()
    handing.recall()

    assert handing.hand() == 0


def test_what_a_dead_worker_held_is_handed_over_when_its_lease_ends(
    isolated: None, valkey: Redis
) -> None:
    acme = make.tenant("acme")
    handing.promise(acme, 1)
    handing.hand()
    with tenant_scope(acme.tenant_id):
        outbox.lease(db.session.scalars(db.select(outbox.Outbox.id)).one(), at=clock.now())
        db.session.commit()

    over = outbox.LEASED_FOR + timedelta(seconds=1)
    assert over < dispatcher.HANDED
    assert (handing.hand(), handing.hand(over)) == (0, 1)


def test_what_could_not_be_handed_over_is_handed_over_later(
    isolated: None, app: Flask, valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = make.tenant("acme")
    handing.promise(acme, 3, queue=Queue.DEFAULT)
    with monkeypatch.context() as patched:
        nobody = Redis.from_url("redis://127.0.0.1:9", socket_timeout=1)
        patched.setitem(app.extensions, "valkey", nobody)
        with pytest.raises(ValkeyAwayError):
            handing.hand()
        nobody.close()

    assert handing.hand(handing.PAST_TRUST) == 3


def test_a_promise_survives_valkey_emptied_before_the_work(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Lease] = []
    monkeypatch.setitem(worker.JOBS, handing.KIND, Job(handing.KIND, done.append, 30))
    acme = make.tenant("acme")
    handing.promise(acme, 5, queue=Queue.DEFAULT)
    handing.hand()
    live.extensions["valkey"].flushall()
    alive.work(live)
    lost = len(done)
    handing.hand(handing.PAST_TRUST)

    alive.work(live)
    alive.work(live)

    assert (lost, len(done), len({held.outbox_id for held in done})) == (0, 5, 5)
