"""Who promises work or ends it wakes the dispatcher, once it is there to be seen."""

import threading
import time
import uuid

import pytest
from flask import Flask
from redis import Redis

from portal import dispatcher, worker
from portal.kit import bell, clock, outbox
from portal.kit.outbox import Job
from portal.kit.valkey import impatient
from portal.local.process import wait_until
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make

live = alive.live
KIND = "test.work"


@pytest.fixture
def valkey(app: Flask) -> Redis:
    client: Redis = app.extensions["valkey"]
    client.flushdb()
    return client


def _promise(count: int = 1) -> None:
    items: list[tuple[str, dict[str, str]]] = [(str(uuid.uuid4()), {}) for _ in range(count)]
    outbox.promise_all(KIND, items, run_at=clock.now())


def _rang(valkey: Redis) -> bool:
    return bell.hear(valkey, seconds=0.01)


def test_it_rings_once_the_promise_is_kept_and_not_before(owner: Actor, valkey: Redis) -> None:
    _promise()
    before = _rang(valkey)
    db.session.commit()

    assert (before, _rang(valkey), _rang(valkey)) == (False, True, False)


def test_what_is_undone_rings_for_nobody(owner: Actor, valkey: Redis) -> None:
    _promise()
    db.session.rollback()
    db.session.execute(db.select(1))
    db.session.commit()

    assert not _rang(valkey)


def test_many_rings_before_anybody_hears_are_one(owner: Actor, valkey: Redis) -> None:
    for _ in range(5):
        _promise(3)
        db.session.commit()

    assert (_rang(valkey), _rang(valkey)) == (True, False)


def test_ringing_again_makes_no_further_connection(owner: Actor, valkey: Redis) -> None:
    bell.ring()
    before = valkey.info("stats")["total_connections_received"]

    for _ in range(20):
        _promise()
        db.session.commit()

    assert valkey.info("stats")["total_connections_received"] == before


def test_a_bell_whose_connection_was_cut_rings_at_the_next_ring(
    owner: Actor, valkey: Redis
) -> None:
    bell.ring()
    valkey.flushdb()
    valkey.client_kill_filter(_type="normal", skipme=True)

    bell.ring()

    assert _rang(valkey)


def test_work_that_ends_rings_for_the_tenant_s_next(
    owner: Actor, valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(worker.JOBS, KIND, Job(KIND, lambda _held: None, 30))
    _promise()
    db.session.commit()
    asked = _rang(valkey)

    worker.perform(str(owner.tenant_id), str(alive.promised(KIND).id), KIND)

    assert (asked, _rang(valkey)) == (True, True)


def test_without_valkey_the_promise_is_kept_all_the_same(
    owner: Actor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = impatient("redis://127.0.0.1:9")
    monkeypatch.setitem(app.extensions, "valkey_impatient", nowhere)

    _promise()
    db.session.commit()

    assert alive.promised(KIND).handed_until is None


def test_a_dispatcher_that_sleeps_is_woken_by_a_promise(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "ROUND_SECONDS", 60)
    pool = live.extensions["valkey"].connection_pool
    pool.connection_kwargs["socket_timeout"] = 120
    pool.disconnect()
    acme, stop = make.tenant("acme"), threading.Event()
    db.session.commit()
    thread = threading.Thread(
        target=dispatcher.run, args=(live,), kwargs={"stopped": stop.is_set}, daemon=True
    )
    thread.start()
    wait_until(lambda: _asleep(live), 20)

    with tenant_scope(acme.tenant_id):
        _promise()
        db.session.commit()
        began = time.monotonic()
        wait_until(lambda: alive.promised(KIND).handed_until is not None, 20)
        waited = time.monotonic() - began
        db.session.remove()
    stop.set()
    bell.ring()
    thread.join(20)

    assert waited < 20
    assert not thread.is_alive()


def _asleep(app: Flask) -> bool:
    """Whether somebody waits for the bell, and no earlier ring is left to wake her."""
    valkey: Redis = app.extensions["valkey"]
    return any(client["cmd"] == "blpop" for client in valkey.client_list())
