"""A lease lasts as long as its worker is heard of, and no longer."""

import time
from datetime import timedelta

import pytest
from flask import Flask

from portal import worker
from portal.kit import clock, outbox
from portal.kit.outbox import Job, Lease
from tenants.access import Actor
from tenants.context import current_tenant_id, tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make

live = alive.live


def _running_long(live: Flask, monkeypatch: pytest.MonkeyPatch, lease: float, beat: float) -> bool:
    """Run work of a second and a half; whether a rival could take it near the end."""
    monkeypatch.setattr(outbox, "LEASED_FOR", timedelta(seconds=lease))
    monkeypatch.setattr(worker, "BEAT_SECONDS", beat)
    stolen: list[bool] = []

    def run(held: Lease) -> None:
        time.sleep(1.5)
        with live.app_context(), tenant_scope(current_tenant_id()):
            stolen.append(outbox.lease(held.outbox_id, at=clock.now()) is not None)
            db.session.commit()

    monkeypatch.setitem(worker.JOBS, "test.work", Job("test.work", run, 30))
    with tenant_scope(make.tenant("acme").tenant_id):
        outbox.promise("test.work", key="once", payload={}, run_at=clock.now())
        db.session.commit()
        worker.perform(str(current_tenant_id()), str(alive.promised("test.work").id), "test.work")
    return stolen[0]


@pytest.mark.parametrize(("beat", "stolen"), [(0.2, False), (60, True)])
def test_a_lease_lasts_as_long_as_its_worker_is_heard_of(
    live: Flask, monkeypatch: pytest.MonkeyPatch, beat: float, stolen: bool
) -> None:
    assert _running_long(live, monkeypatch, lease=0.8, beat=beat) is stolen


def test_work_that_cannot_be_stopped_loses_its_lease(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "OVERRUN_SECONDS", -30)

    assert _running_long(live, monkeypatch, lease=0.8, beat=0.2)


def test_a_lease_taken_over_is_not_renewed(owner: Actor) -> None:
    outbox.promise("test.work", key="once", payload={}, run_at=clock.now())
    db.session.commit()
    outbox_id = alive.promised("test.work").id
    first = outbox.lease(outbox_id, at=clock.now())
    second = outbox.lease(outbox_id, at=clock.now() + timedelta(minutes=5))
    assert first
    assert second

    assert not outbox.renew(first, at=clock.now())
    assert outbox.renew(second, at=clock.now() + timedelta(hours=1))
    db.session.commit()
    assert outbox.lease(outbox_id, at=clock.now() + timedelta(minutes=59)) is None
