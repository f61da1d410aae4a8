"""Promises, and how the dispatcher hands them over: for tests of what becomes of them."""

import uuid
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from redis import Redis

from portal import dispatcher
from portal.kit import clock, outbox
from portal.kit.outbox import Queue
from portal.worker import queues
from tenants.access import Actor
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db

KIND = "test.work"
PAST_TRUST = dispatcher.HANDED + timedelta(seconds=1)


@pytest.fixture
def valkey(app: Flask) -> Redis:
    """This process's Valkey, empty."""
    client: Redis = app.extensions["valkey"]
    client.flushdb()
    return client


def promise(actor: Actor, count: int, *, queue: Queue = Queue.BULK) -> None:
    with tenant_scope(actor.tenant_id):
        outbox.promise_all(
            KIND,
            [(str(uuid.uuid4()), {"secret": "what is promised"}) for _ in range(count)],
            run_at=clock.now(),
            queue=queue,
        )
        db.session.commit()


def hand(at: timedelta = timedelta(0)) -> int:
    """One hand-over by the dispatcher, who works in no tenant's scope."""
    with entered(NO_SCOPE), time_machine.travel(clock.now() + at):
        handed = dispatcher.hand_over()
        db.session.rollback()
    return handed


def recall() -> None:
    with entered(NO_SCOPE):
        dispatcher.recall()
        db.session.rollback()


def waiting(valkey: Redis) -> Counter[str]:
    """How many jobs of each tenant RQ holds."""
    return Counter(job.args[0] for queue in queues(valkey) for job in queue.get_jobs())
