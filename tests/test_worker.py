"""Promised work is done once: failures, deaths and rivals included."""

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from redis import Redis
from rq import Queue, Worker
from rq.serializers import JSONSerializer
from sqlalchemy import text

from portal import dispatcher, worker
from portal.kit import clock, outbox
from portal.kit.outbox import Job, Lease, Outbox, OutboxState
from tenants import queries as tenancy
from tenants import selfcheck
from tenants.access import Actor
from tenants.context import current_tenant_id, tenant_scope
from tenants.db import db
from tests import doomed, make
from tests import live as alive

live = alive.live
Declare = Callable[[Callable[[Lease], None]], uuid.UUID]


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Declare what « test.work » does, and promise it once in the current tenant."""

    def promise(run: Callable[[Lease], None]) -> uuid.UUID:
        monkeypatch.setitem(worker.JOBS, "test.work", Job("test.work", run, 30))
        outbox.promise("test.work", key="once", payload={"n": 1}, run_at=clock.now())
        db.session.commit()
        return alive.promised("test.work").id

    return promise


def _perform(outbox_id: uuid.UUID) -> Outbox:
    worker.perform(str(current_tenant_id()), str(outbox_id), "test.work")
    return alive.promised("test.work")


def _rename(name: str) -> None:
    tenancy.tenant(current_tenant_id()).name = name
    db.session.flush()


def _name() -> str:
    db.session.rollback()
    return tenancy.tenant(current_tenant_id()).name


def _broken(_held: Lease) -> None:
    _rename("Half done")
    raise LookupError("the server is away")


def test_work_and_its_effect_are_settled_together(owner: Actor, declare: Declare) -> None:
    outbox_id = declare(lambda _held: _rename("Renamed"))

    row = _perform(outbox_id)

    assert (row.state, row.attempts, row.last_error) == (OutboxState.DONE, 1, None)
    assert _name() == "Renamed"


def test_work_done_is_not_done_again(owner: Actor, declare: Declare) -> None:
    runs: list[Lease] = []
    outbox_id = declare(runs.append)

    for _ in range(3):
        _perform(outbox_id)

    assert len(runs) == 1


def test_a_failure_leaves_no_effect_and_waits_before_the_next_try(
    owner: Actor, declare: Declare
) -> None:
    row = _perform(declare(_broken))

    assert _name() == "Acme"
    assert row.state is OutboxState.READY
    assert row.handed_until is None
    assert row.run_at > clock.now() + timedelta(seconds=10)
    assert "the server is away" in (row.last_error or "")


def test_work_that_keeps_failing_waits_longer_each_time_and_dies_after_eight(
    owner: Actor, declare: Declare
) -> None:
    outbox_id = declare(_broken)
    waits: list[float] = []

    due = clock.now()
    for _ in range(outbox.MAX_ATTEMPTS):
        with time_machine.travel(due, tick=False):
            tried, due = due, _perform(outbox_id).run_at
        waits.append((due - tried).total_seconds())

    spent = _perform(outbox_id)
    least = [min(3600, 5 * 3**attempt) for attempt in range(1, outbox.MAX_ATTEMPTS)]
    assert all(low <= wait <= 1.3 * low for low, wait in zip(least, waits[:-1], strict=True))
    assert sum(waits[:-1]) > 2 * 3600
    assert waits[-1] == 0  # given up there and then: it is not due in an hour
    assert (spent.state, spent.attempts) == (OutboxState.DEAD, outbox.MAX_ATTEMPTS)


def test_a_second_copy_of_what_failed_waits_its_time(owner: Actor, declare: Declare) -> None:
    """Valkey holds the same row several times when workers were busy for long."""
    outbox_id = declare(_broken)

    for _ in range(outbox.MAX_ATTEMPTS):
        _perform(outbox_id)
    row = _perform(outbox_id)

    assert (row.state, row.attempts, row.failures) == (OutboxState.READY, 1, 1)
    with time_machine.travel(row.run_at):
        assert _perform(outbox_id).failures == 2


def test_what_failed_together_does_not_come_back_together(owner: Actor, declare: Declare) -> None:
    outbox_id = declare(_broken)
    waits = set()

    for _ in range(5):
        db.session.execute(db.update(Outbox).values(attempts=0, failures=0, run_at=clock.now()))
        began = clock.now()
        waits.add(round((_perform(outbox_id).run_at - began).total_seconds(), 2))

    assert len(waits) > 1


def test_work_that_kills_every_worker_is_given_up(owner: Actor, declare: Declare) -> None:
    outbox_id = declare(_broken)
    db.session.execute(
        db.update(Outbox).values(
            state=OutboxState.LEASED, attempts=outbox.MAX_ATTEMPTS, lease_until=clock.now()
        )
    )
    db.session.commit()

    row = _perform(outbox_id)

    assert (row.state, row.attempts) == (OutboxState.DEAD, outbox.MAX_ATTEMPTS)
    assert _name() == "Acme"


def test_a_worker_overtaken_by_another_commits_nothing(owner: Actor, declare: Declare) -> None:
    def overtaken(_held: Lease) -> None:
        _rename("Too late")
        db.session.execute(db.update(Outbox).values(fence=Outbox.fence + 1))

    row = _perform(declare(overtaken))

    assert _name() == "Acme"
    assert row.state is OutboxState.LEASED


def test_a_kind_nobody_declares_fails_loudly(owner: Actor) -> None:
    with pytest.raises(worker.UnknownKindError):
        worker.perform(str(current_tenant_id()), str(uuid.uuid4()), "test.unknown")


def test_a_promise_is_kept_for_its_own_tenant_alone(owner: Actor, declare: Declare) -> None:
    outbox_id = declare(lambda _held: _rename("Renamed"))
    db.session.rollback()

    worker.perform(str(uuid.uuid4()), str(outbox_id), "test.work")

    assert alive.promised("test.work").state is OutboxState.READY


def test_every_kind_is_declared_under_its_own_name() -> None:
    assert {kind: job.kind for kind, job in worker.JOBS.items()} == {k: k for k in worker.JOBS}
    assert {"tracking.sweep", "reminders.plan", "reminders.send"} <= set(worker.JOBS)


def test_a_worker_makes_itself_known_again_after_valkey_was_emptied(app: Flask) -> None:
    valkey: Redis = app.extensions["valkey_blocking"]
    valkey.flushdb()
    waiting = worker.Listener(
        [Queue("default", connection=valkey, serializer=JSONSerializer)], connection=valkey
    )
    waiting.register_birth()  # type: ignore[no-untyped-call]  # of rq
    before = Worker.count(connection=valkey)
    valkey.flushdb()

    waiting.heartbeat()

    assert (before, Worker.count(connection=valkey)) == (1, 1)
    waiting.register_death()  # type: ignore[no-untyped-call]  # of rq


def test_work_that_outlasts_its_time_is_stopped_and_tried_again(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(_held: Lease) -> None:
        db.session.execute(text("SELECT pg_sleep(30)"))

    monkeypatch.setitem(worker.JOBS, "test.work", Job("test.work", sleep, 1))
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        outbox.promise("test.work", key="once", payload={}, run_at=clock.now())
        db.session.commit()
        began = time.monotonic()

        dispatcher.hand_over()
        alive.work(live)

        assert time.monotonic() - began < 10
        row = alive.promised("test.work")
        assert (row.state, row.attempts) == (OutboxState.READY, 1)
        assert "Timeout" in (row.last_error or "")


def test_work_handed_over_after_a_restart_of_postgresql_is_done_at_once(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Lease] = []
    monkeypatch.setitem(worker.JOBS, "test.work", Job("test.work", done.append, 30))
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        outbox.promise("test.work", key="once", payload={}, run_at=clock.now())
        db.session.commit()
        selfcheck.require(live)
        dispatcher.hand_over()
        alive.cut_off(live)

        alive.work(live)

        assert alive.promised("test.work").state is OutboxState.DONE
    assert len(done) == 1


def test_thousands_are_promised_at_once(owner: Actor) -> None:
    items: list[tuple[str, dict[str, Any]]] = [(str(n), {"n": n}) for n in range(7000)]

    outbox.promise_all("test.work", [*items, *items[:2500]], run_at=clock.now())

    assert db.session.scalar(db.select(db.func.count()).select_from(Outbox)) == 7000


def test_what_a_killed_worker_held_is_done_by_the_next(
    live: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Lease] = []
    monkeypatch.setitem(worker.JOBS, doomed.KIND, Job(doomed.KIND, done.append, 60))
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        outbox.promise(doomed.KIND, key="once", payload={}, run_at=clock.now())
        db.session.commit()
        dispatcher.hand_over()
        alive.killed(live, "tests.doomed", flag=tmp_path / "begun")
        held = alive.promised(doomed.KIND)
        until = max(each for each in (held.lease_until, held.handed_until) if each)
        db.session.rollback()

        with time_machine.travel(until - timedelta(seconds=1), tick=False):
            at_once = dispatcher.hand_over()
        with time_machine.travel(until + timedelta(seconds=1)):
            later = dispatcher.hand_over()
            alive.work(live)

        assert (at_once, later) == (0, 1)
        assert [(each.recovered, each.attempt) for each in done] == [(True, 2)]
        assert alive.promised(doomed.KIND).state is OutboxState.DONE
