"""Attestations as they are made in earnest: ordered, then compiled by two workers' own code."""

import multiprocessing
import statistics
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from bench.cluster import Servers
from bench.stage import Stage
from portal.app import create_app
from portal.attestations import service
from portal.attestations.models import Attestation, AttestationState
from portal.attestations.snapshot import Period
from portal.config import Settings
from portal.fleet.models import Establishment
from portal.fleet.models import Stage as FleetStage
from portal.kit import clock, sealing
from portal.kit.outbox import Outbox, OutboxState
from portal.worker import perform
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role

_WORKERS = 2
_app: Flask | None = None


def _wake(settings: Settings) -> None:
    """A worker's process, without Valkey before it."""
    global _app  # noqa: PLW0603 -- one portal a process, which is all that such a process is for
    _app = create_app(settings)


def _perform(promise: tuple[str, str, str]) -> float:
    """Seconds."""
    assert _app
    began = time.perf_counter()
    with _app.app_context():
        perform(*promise)
    return time.perf_counter() - began


@dataclass(frozen=True)
class Made:
    """Seconds: of the order, of all documents together, and of each."""

    ordering: float
    compiling: float
    each: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.each)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.each, n=20)[18]


def made(stage: Stage, servers: Servers, count: int, *, settings: Settings | None = None) -> Made:
    """Order ``count`` attestations, make them all, and take them out of the base again.

    ``settings``: those of the workers, where they are not the portal's, for another seal.
    """
    settings = settings or servers.settings
    level = sealing.means(settings).level
    with stage.app.app_context(), tenant_scope(stage.tenant_id):
        batch_id, ordering, promises = _ordered(stage, count)
    with _cleared(servers, batch_id):
        began = time.perf_counter()
        each = _compiled(settings, promises)
        compiling = time.perf_counter() - began
        with stage.app.app_context(), tenant_scope(stage.tenant_id):
            issued = db.session.scalar(
                sa.select(sa.func.count()).where(
                    Attestation.batch_id == batch_id,
                    Attestation.state == AttestationState.READY,
                    Attestation.seal == level,
                )
            )
            db.session.remove()
        assert issued == count, f"{issued} of {count} issued, sealed {level}"
    return Made(ordering, compiling, each)


def order(tenant_id: uuid.UUID, clients: Sequence[uuid.UUID]) -> uuid.UUID:
    """An order of the last thirty days, inside the tenant's scope; commits.  Its batch's id."""
    today = clock.today()
    batch = service.order(
        Actor(uuid.uuid4(), tenant_id, Role.OWNER, "Essai"),
        batch_id=uuid.uuid4(),
        establishment_ids=clients,
        period=Period(since=today - timedelta(30), until=today),
        as_of=today,
        at=clock.now(),
    )
    batch_id: uuid.UUID = batch.id
    db.session.commit()
    return batch_id


def clients(count: int) -> Sequence[uuid.UUID]:
    """So many of the scope's establishments under contract."""
    asked = sa.select(Establishment.id).where(Establishment.stage == FleetStage.CLIENT)
    return db.session.scalars(asked.limit(count)).all()


def _ordered(stage: Stage, count: int) -> tuple[uuid.UUID, float, list[tuple[str, str, str]]]:
    chosen = clients(count)
    db.session.rollback()
    began = time.perf_counter()
    batch_id = order(stage.tenant_id, chosen)
    seconds = time.perf_counter() - began
    waiting = db.session.scalars(
        sa.select(Outbox.id).where(
            Outbox.kind == service.COMPILE, Outbox.state == OutboxState.READY
        )
    )
    promises = [(str(stage.tenant_id), str(one), service.COMPILE) for one in waiting]
    db.session.remove()
    return batch_id, seconds, promises


def _compiled(settings: Settings, promises: list[tuple[str, str, str]]) -> list[float]:
    workers = multiprocessing.get_context("spawn")
    with workers.Pool(_WORKERS, _wake, (settings,)) as pool:
        return pool.map(_perform, promises, chunksize=1)


@contextmanager
def _cleared(servers: Servers, batch_id: uuid.UUID) -> Iterator[None]:
    """The base is kept from run to run: it must not fill with orders."""
    engine = sa.create_engine(servers.superuser_url)
    try:
        yield
    finally:
        with engine.begin() as connection:
            for statement in (
                """DELETE FROM issued_document d USING attestation a
                    WHERE a.batch_id = :batch AND d.code = a.code""",
                "DELETE FROM outbox WHERE kind = 'attestations.compile'",
                "DELETE FROM attestation WHERE batch_id = :batch",
                "DELETE FROM attestation_batch WHERE id = :batch",
            ):
                connection.execute(sa.text(statement), {"batch": batch_id})
        engine.dispose()
