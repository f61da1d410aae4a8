"""A dispatcher outlives what it leans on, and stands by while another one works."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from redis import Redis

from portal import dispatcher
from portal.kit.health import DISPATCHER_BEAT
from portal.local.process import wait_until
from tenants.db import db
from tests import live as alive

live = alive.live


@pytest.fixture
def dispatching(live: Flask) -> Iterator[Flask]:
    """A dispatcher at work in a thread of its own."""
    stop = threading.Event()
    thread = threading.Thread(
        target=dispatcher.run, args=(live,), kwargs={"stopped": stop.is_set}, daemon=True
    )
    thread.start()
    yield live
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def _beats(app: Flask) -> bool:
    valkey: Redis = app.extensions["valkey"]
    return bool(valkey.exists(DISPATCHER_BEAT))


def test_one_dispatcher_works_and_the_others_stand_by(dispatching: Flask) -> None:
    wait_until(lambda: _beats(dispatching), 10)
    with db.engine.connect() as other:
        assert not dispatcher._lock(other)


def test_a_dispatcher_survives_the_loss_of_its_database_and_of_valkey_s_memory(
    dispatching: Flask,
) -> None:
    wait_until(lambda: _beats(dispatching), 10)
    alive.cut_off(dispatching)
    db.session.remove()
    dispatching.extensions["valkey"].flushdb()

    wait_until(lambda: _beats(dispatching), 15)

    assert _beats(dispatching)
