"""A worker serves what is urgent first, and lets no queue wait for ever."""

from typing import Any

import pytest
from flask import Flask

from portal import dispatcher, worker
from portal.kit import clock, outbox
from portal.kit.outbox import Job, Queue
from tenants.context import tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make

live = alive.live


def _promise(**counts: int) -> None:
    """So many of each queue, all handed over."""
    with tenant_scope(make.tenant("acme").tenant_id):
        for name, count in counts.items():
            items: list[tuple[str, dict[str, Any]]] = [(str(each), {}) for each in range(count)]
            outbox.promise_all(f"test.{name}", items, run_at=clock.now(), queue=Queue(name))
        db.session.commit()
    db.session.remove()
    dispatcher.hand_over()
    db.session.remove()


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queues of what was done, in the order in which it was."""
    done: list[str] = []
    for queue in Queue:
        kind = f"test.{queue}"
        job = Job(kind, lambda held: done.append(held.kind.removeprefix("test.")), 30)
        monkeypatch.setitem(worker.JOBS, kind, job)
    return done


def test_bulk_work_goes_on_while_other_work_never_ends(live: Flask, done: list[str]) -> None:
    _promise(default=8, bulk=2)

    alive.work(live)

    assert done == ["default", "bulk", "default", "bulk", *["default"] * 6]


def test_what_is_critical_is_always_next(live: Flask, done: list[str]) -> None:
    _promise(bulk=2, default=3, critical=3)

    alive.work(live)

    assert done[:3] == ["critical"] * 3
    assert sorted(done[3:]) == ["bulk"] * 2 + ["default"] * 3


def test_a_worker_at_hand_leaves_bulk_work_to_others(live: Flask, done: list[str]) -> None:
    """Were the others at archives of an hour, this one would still be free for an invitation."""
    _promise(bulk=1, default=1, critical=1)

    alive.work(live, bulk=False)
    at_hand = list(done)
    alive.work(live)

    assert at_hand == ["critical", "default"]
    assert done[2:] == ["bulk"]
