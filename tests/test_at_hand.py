"""The worker that is kept for what somebody waits for and that is soon done."""

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


def test_a_worker_at_hand_leaves_imports_and_archives_to_others_though_somebody_waits(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many at once as there are workers would otherwise keep everybody's codes waiting."""
    done = _handed(
        monkeypatch,
        {
            "test.archive": (Queue.DEFAULT, 3600),
            "test.import": (Queue.DEFAULT, 900),
            "test.batch": (Queue.BULK, 120),
            "test.code": (Queue.CRITICAL, 90),
            "test.day": (Queue.CRITICAL, 600),
            "test.document": (Queue.DEFAULT, worker.LONG_SECONDS),
        },
    )

    alive.work(live, bulk=False)
    at_hand = list(done)
    alive.work(live)

    assert at_hand == ["test.code", "test.day", "test.document"]
    assert done[3:] == ["test.archive", "test.batch", "test.import"]


def test_what_takes_long_leaves_room_for_what_somebody_waits_for(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much of it RQ holds already."""
    monkeypatch.setattr(dispatcher, "BACKLOG", 1)
    done = _handed(monkeypatch, {"test.archive": (Queue.DEFAULT, 3600)})
    _handed(monkeypatch, {"test.code": (Queue.CRITICAL, 90)}, tenant="other", done=done)

    alive.work(live, bulk=False)

    assert done == ["test.code"]


def _handed(
    monkeypatch: pytest.MonkeyPatch,
    kinds: dict[str, tuple[Queue, int]],
    *,
    tenant: str = "acme",
    done: list[str] | None = None,
) -> list[str]:
    """Promise one of each kind, with its queue and longest time, hand over; what will be done."""
    noted: list[str] = [] if done is None else done
    with tenant_scope(make.tenant(tenant).tenant_id):
        for kind, (queue, seconds) in kinds.items():
            job = Job(kind, lambda held: noted.append(held.kind), seconds)
            monkeypatch.setitem(worker.JOBS, kind, job)
            outbox.promise(kind, key="once", payload={}, run_at=clock.now(), queue=queue)
        db.session.commit()
    db.session.remove()
    dispatcher.hand_over()
    db.session.remove()
    return noted
