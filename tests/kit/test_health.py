"""Whoever watches over the portal is answered at once, whatever is away."""

import socket
import time

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from portal.kit import health
from portal.kit.valkey import impatient
from portal.local.process import wait_until
from portal.worker import Listener
from tenants.db import db


def test_a_valkey_that_hangs_is_told_within_two_seconds(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the connection and says nothing, as a machine under load does."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        monkeypatch.setitem(app.extensions, "valkey_impatient", impatient(address))
        begun = time.monotonic()
        answer = client.get("/readyz")
        taken = time.monotonic() - begun

    assert answer.status_code == 503
    assert answer.json == {
        "ready": False,
        "database": True,
        "valkey": False,
        "dispatcher": False,
        "workers": False,
    }
    assert taken < 2


@pytest.mark.parametrize("asked_before", [True, False])
def test_a_database_that_hangs_up_is_told_as_every_part_is(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, *, asked_before: bool
) -> None:
    """After it answered and before its transaction ended; and where it was never asked before."""

    def hang_up(connection: sa.Connection, *_told: object) -> None:
        process = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        with engine.connect() as another:
            another.execute(sa.text("SELECT pg_terminate_backend(:it, 5000)"), {"it": process})

    with app.app_context():
        engine = db.engine
    client.get("/readyz")
    monkeypatch.setattr(app.extensions["selfcheck"], "_passed", asked_before)
    sa.event.listen(engine, "after_cursor_execute", hang_up, once=True)
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.is_json, answer.text
    assert answer.json
    assert answer.json["database"] is False


def test_a_page_that_follows_work_knows_whether_somebody_does_it(app: Flask) -> None:
    """A dispatcher that hands it over, and a worker that takes it."""
    valkey: Redis = app.extensions["valkey_blocking"]
    valkey.flushdb()
    worker = Listener(
        [Queue("default", connection=valkey, serializer=JSONSerializer)], connection=valkey
    )
    with app.app_context():
        told = [health.hands_at_work()]
        valkey.set(health.DISPATCHER_BEAT, "now")
        told.append(health.hands_at_work())
        worker.register_birth()  # type: ignore[no-untyped-call]  # of rq
        told.append(health.hands_at_work())
        valkey.delete(health.DISPATCHER_BEAT)
        told.append(health.hands_at_work())
        worker.register_death()  # type: ignore[no-untyped-call]  # of rq

    assert told == [False, False, True, False]


def test_a_worker_that_was_killed_is_not_counted_once_it_has_been_silent(app: Flask) -> None:
    """Its name stays in RQ's list: only those that live tidy it."""
    valkey: Redis = app.extensions["valkey_blocking"]
    valkey.flushdb()
    queue = Queue("default", connection=valkey, serializer=JSONSerializer)
    killed, lives = (Listener([queue], connection=valkey) for _ in range(2))
    killed.register_birth()  # type: ignore[no-untyped-call]  # of rq
    told = [health.workers(valkey)]
    valkey.pexpire(killed.key, 1)
    wait_until(lambda: not valkey.exists(killed.key), 5)
    told.append(health.workers(valkey))
    lives.register_birth()  # type: ignore[no-untyped-call]  # of rq
    told.append(health.workers(valkey))
    lives.register_death()  # type: ignore[no-untyped-call]  # of rq
    told.append(health.workers(valkey))
    still_named = valkey.scard("rq:workers")
    valkey.flushdb()

    assert told == [1, 0, 1, 0]
    assert still_named == 1


def test_of_a_valkey_that_is_away_nobody_is_said_to_work(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setitem(app.extensions, "valkey", Redis(port=port))

    with app.app_context():
        assert not health.hands_at_work()
