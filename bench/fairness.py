"""How long a tenant's work waits behind another's five thousand documents.

A dispatcher and two workers, each a process of its own, as an installation runs them.
"""

import multiprocessing
import statistics
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import sqlalchemy as sa
from flask import Flask

from bench import orders
from bench.cluster import Servers
from bench.figure import Figure
from bench.stage import BIG, SMALL, Stage
from portal import dispatcher, worker
from portal.app import create_app
from portal.attestations import service
from portal.config import Settings
from portal.kit import clock, outbox
from portal.kit.outbox import Outbox, OutboxState
from tenants.context import tenant_scope
from tenants.db import db
from tenants.models import Tenant

ORDERS, EACH, ROUNDS = 5, 1_000, 40
_WORKERS: Final = 2


def figures(stage: Stage, servers: Servers) -> Iterator[Figure]:
    stage.app.extensions["valkey"].flushdb()
    with _cleared(servers), at_work(servers.settings):
        big, small = (_tenant(stage.app, slug) for slug in (BIG, SMALL))
        alone = [_waited(stage.app, small) for _ in range(ROUNDS // 2)]
        for _ in range(ORDERS):
            _ordered(stage.app, big, EACH)
        behind = [_waited(stage.app, small) for _ in range(ROUNDS)]
        left = _left(stage.app, big)
    assert left > 0, "the others' documents were made before the last round"
    usual, p95 = statistics.median(alone), statistics.quantiles(behind, n=20)[18]
    yield Figure(
        f"a tenant's document delayed by {ORDERS * EACH:,} of another",
        f"p95 {p95 - usual:.2f} s (begun after p50 {statistics.median(behind):.2f} s,"
        f" p95 {p95:.2f} s; alone {usual:.2f} s; {left:,} still waited)",
        "3 s",
        p95 - usual <= 3,
    )


def _waited(app: Flask, tenant_id: uuid.UUID) -> float:
    """Order two documents as others order thousands; seconds until the first is begun."""
    batch = _ordered(app, tenant_id, 2)
    ordered = time.monotonic()
    with app.app_context(), tenant_scope(tenant_id):
        while time.monotonic() - ordered < 120:
            db.session.rollback()
            done = db.session.execute(
                sa.text(
                    "SELECT o.run_at, o.lease_until FROM outbox o JOIN attestation a"
                    " ON a.id = (o.payload->>'attestation_id')::uuid"
                    " WHERE a.batch_id = :batch AND o.state = :done ORDER BY o.lease_until"
                ),
                {"batch": batch, "done": OutboxState.DONE.value},
            ).all()
            if len(done) == 2:
                db.session.remove()
                begun = done[0].lease_until - outbox.LEASED_FOR
                return float((begun - done[0].run_at).total_seconds())
            time.sleep(0.05)
    raise AssertionError("two documents were not made within two minutes")


def _ordered(app: Flask, tenant_id: uuid.UUID, count: int) -> uuid.UUID:
    with app.app_context(), tenant_scope(tenant_id):
        batch_id = orders.order(tenant_id, orders.clients(count))
        db.session.remove()
    return batch_id


def _left(app: Flask, tenant_id: uuid.UUID) -> int:
    with app.app_context(), tenant_scope(tenant_id):
        left = db.session.scalar(
            sa.select(sa.func.count()).where(
                Outbox.kind == service.COMPILE, Outbox.state == OutboxState.READY
            )
        )
        db.session.remove()
    return left or 0


def _tenant(app: Flask, slug: str) -> uuid.UUID:
    with app.app_context():
        found = db.session.execute(sa.select(Tenant.id).where(Tenant.slug == slug)).scalar_one()
        db.session.remove()
    return found


def _dispatch(settings: Settings) -> None:
    dispatcher.run(create_app(settings))


def _work(settings: Settings) -> None:
    app = create_app(settings)
    with app.app_context():
        worker.run(app)


@contextmanager
def at_work(settings: Settings) -> Iterator[None]:
    made = multiprocessing.get_context("spawn")
    family = [made.Process(target=_work, args=(settings,)) for _ in range(_WORKERS)]
    family.append(made.Process(target=_dispatch, args=(settings,)))
    for each in family:
        each.start()
    try:
        yield
    finally:
        for each in family:
            each.kill()
            each.join()


@contextmanager
def _cleared(servers: Servers) -> Iterator[None]:
    """The base is kept from run to run: it must not fill with orders."""
    engine = sa.create_engine(servers.superuser_url)
    began = clock.now()
    try:
        yield
    finally:
        with engine.begin() as connection:
            for statement in (
                (
                    "DELETE FROM issued_document d USING attestation a"
                    " WHERE a.created_at >= :began AND d.code = a.code"
                ),
                "DELETE FROM outbox WHERE created_at >= :began",
                "DELETE FROM attestation WHERE created_at >= :began",
                "DELETE FROM attestation_batch WHERE created_at >= :began",
            ):
                connection.execute(sa.text(statement), {"began": began})
        engine.dispose()
