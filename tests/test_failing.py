"""Failures make work wait longer each time; a worker’s death, or a restart of PostgreSQL, no."""

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from portal import worker
from portal.kit import clock, outbox, retries
from portal.kit.outbox import Job, Lease, Outbox, OutboxState
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make, test_worker
from tests.storm.parts import free_port
from tests.test_worker import Declare, _broken, _perform

live, declare = alive.live, test_worker.declare


def test_whose_workers_died_waits_no_longer_than_what_failed_for_the_first_time(
    owner: Actor, declare: Declare
) -> None:
    outbox_id = declare(_broken)
    for _ in range(3):
        assert outbox.lease(outbox_id, at=clock.now())
        db.session.execute(db.update(Outbox).values(lease_until=clock.now()))
        db.session.commit()
    began = clock.now()

    row = _perform(outbox_id)

    assert (row.state, row.attempts, row.failures) == (OutboxState.READY, 4, 1)
    assert row.run_at - began < timedelta(seconds=1.3 * retries.PAUSE_SECONDS)


def test_a_restart_of_postgresql_under_work_is_no_failure_of_it(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often: the work is tried again within seconds each time."""
    runs: list[Lease] = []

    def interrupted(held: Lease) -> None:
        runs.append(held)
        db.session.execute(text("SELECT 1"))
        alive.cut_off(live)
        db.session.execute(text("SELECT 1"))

    monkeypatch.setitem(worker.JOBS, "test.work", Job("test.work", interrupted, 30))
    with tenant_scope(make.tenant("acme").tenant_id):
        outbox.promise("test.work", key="once", payload={}, run_at=clock.now())
        db.session.commit()
        outbox_id = alive.promised("test.work").id
        waits = []
        for _ in range(4):
            began = clock.now()
            waits.append((_perform(outbox_id).run_at - began).total_seconds())
        row = alive.promised("test.work")

    assert (len(runs), row.state, row.failures) == (4, OutboxState.READY, 0)
    assert max(waits) < 2 * retries.PAUSE_SECONDS


def test_work_that_finds_no_postgresql_keeps_its_place(owner: Actor, declare: Declare) -> None:
    """Put behind what was promised meanwhile, it would wait for all of that as well."""
    nobody = create_engine(f"postgresql+psycopg://127.0.0.1:{free_port()}/none")
    outbox_id = declare(lambda _: nobody.connect().close())
    promised = alive.promised("test.work").run_at

    row = _perform(outbox_id)

    assert (row.state, row.failures, row.run_at) == (OutboxState.READY, 0, promised)
    assert row.handed_until
    assert row.handed_until > clock.now()


@pytest.mark.parametrize("statement", ["SELECT pg_sleep(1)", "SELECT 1 / 0"])
def test_what_postgresql_answers_is_a_failure(
    owner: Actor, declare: Declare, statement: str
) -> None:
    def refused(_held: Lease) -> None:
        db.session.execute(text("SET LOCAL statement_timeout = 10"))
        db.session.execute(text(statement))

    row = _perform(declare(refused))

    assert (row.failures, row.state) == (1, OutboxState.READY)


def test_a_try_knows_when_it_is_the_last() -> None:
    def last(attempt: int, failures: int) -> bool:
        return Lease(uuid.uuid4(), "test.work", {}, 1, attempt, False, failures).last

    most = outbox.MAX_ATTEMPTS
    assert [last(most - 1, most - 2), last(most - 1, 0), last(most, 3)] == [False] * 3
    assert [last(most, most - 1), last(most, 0), last(most + 3, 3)] == [True] * 3
