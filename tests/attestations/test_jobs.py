"""Compiling: once, from what was frozen, whole or not at all."""

import io
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
import time_machine
from flask import Flask, url_for
from sqlalchemy import func, select

from portal import dispatcher, worker
from portal.app import create_app
from portal.attestations import codes, jobs, report, retrying, service
from portal.attestations.models import Attestation, AttestationState, IssuedDocument
from portal.attestations.snapshot import Snapshot
from portal.audit.models import AuditEvent
from portal.evidence.models import Evidence, Visibility
from portal.kit import clock, outbox, storage
from portal.kit.canonical import sha256_hex
from portal.kit.outbox import Outbox, OutboxState
from portal.tracking.models import Status
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import conftest, make
from tests import live as alive
from tests.attestations import scene
from tests.attestations.scene import CODE
from tests.kit import pdf_reading

ROOT = Path(__file__).parents[2]


def followed(owner: Actor) -> tuple[uuid.UUID, uuid.UUID]:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, offering_id=offering, title="Rapport du mois")
    return offering, place


def document_of(attestation_id: uuid.UUID) -> bytes:
    return storage.current().read(scene.one(attestation_id).pdf_key or "")


def words_of(attestation_id: uuid.UUID) -> str:
    return pdf_reading.text_of(pikepdf.open(io.BytesIO(document_of(attestation_id))))


def test_a_compiled_attestation_is_kept_registered_and_journalled(owner: Actor) -> None:
    (attestation_id,) = scene.issued(owner, followed(owner)[1])

    row, content = scene.one(attestation_id), document_of(attestation_id)
    assert row.state is AttestationState.READY
    assert (row.pdf_sha256, row.pdf_size) == (sha256_hex(content), len(content))
    registered = db.session.get(IssuedDocument, row.pdf_sha256)
    assert registered is not None
    assert (registered.code, registered.number, registered.issued_at) == (
        row.code, row.number, row.issued_at
    )  # fmt: skip
    assert (registered.provider_name, registered.establishment_name) == ("Acme", "EHPAD Les Ajoncs")
    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "attestation.issued")
    ).one()
    assert event.establishment_id == row.establishment_id
    assert event.details["sha256"] == row.pdf_sha256


def test_the_document_tells_the_day_of_the_order_whatever_happens_before_it_is_made(
    owner: Actor,
) -> None:
    offering, place = followed(owner)
    (attestation_id,) = scene.order(owner, place)
    frozen = (scene.one(attestation_id).snapshot or "").encode()
    scene.declare(owner, offering, Status.PLANNED, version=1)
    db.session.execute(Evidence.__table__.update().values(title="Tout autre chose"))
    db.session.commit()

    scene.compile_now(attestation_id)

    document = pikepdf.open(io.BytesIO(document_of(attestation_id)))
    attached = document.attachments[f"{scene.one(attestation_id).number}.json"]
    words = pdf_reading.text_of(document)
    assert attached.get_file().read_bytes() == frozen
    assert "Rapport du mois" in words
    assert "Tout autre chose" not in words
    assert scene.WORDS in words


def test_making_it_again_changes_nothing(owner: Actor) -> None:
    (attestation_id,) = scene.issued(owner, followed(owner)[1])
    before, row = document_of(attestation_id), scene.one(attestation_id)
    kept = (row.pdf_sha256, row.issued_at, row.updated_at)

    scene.compile_now(attestation_id)

    row = scene.one(attestation_id)
    assert (row.pdf_sha256, row.issued_at, row.updated_at) == kept
    assert document_of(attestation_id) == before
    events = select(func.count()).where(AuditEvent.action == "attestation.issued")
    assert db.session.scalar(events) == 1


def test_a_late_document_has_the_bytes_it_would_have_had_at_once(owner: Actor) -> None:
    (attestation_id,) = scene.issued(owner, followed(owner)[1])
    row = scene.one(attestation_id)
    written, code = row.snapshot or "", row.code or ""

    def made() -> bytes:
        snapshot = Snapshot.from_json(written.encode())
        return report.render(snapshot, verify_url=codes.verify_url(code))

    at_once = made()
    with time_machine.travel("2031-05-06"):
        assert made() == at_once


def test_a_proof_kept_by_the_provider_is_named_as_such(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, offering_id=offering, title="Zirconium", visibility=Visibility.PROVIDER)

    (attestation_id,) = scene.issued(owner, place)

    assert "preuve non communiquée" in words_of(attestation_id)
    assert "Zirconium" not in words_of(attestation_id)


def test_the_printed_address_is_that_of_the_page_that_checks(app: Flask, owner: Actor) -> None:
    public = app.config["SETTINGS"].public_url

    with app.test_request_context(base_url=public):
        page = url_for("attestations.verify", code="K7QD2M5X4TRAP3HW", _external=True)

    assert codes.verify_url("K7QD2M5X4TRAP3HW") == page


def test_what_was_frozen_and_has_changed_is_never_printed(owner: Actor) -> None:
    (attestation_id,) = scene.order(owner, followed(owner)[1])
    row = scene.one(attestation_id)
    row.snapshot = (row.snapshot or "").replace('"status":"implemented"', '"status":"alternative"')
    db.session.commit()

    scene.compile_now(attestation_id)

    assert scene.one(attestation_id).state is AttestationState.FAILED
    assert db.session.scalar(select(func.count()).select_from(IssuedDocument)) == 0


def test_a_passing_failure_is_left_to_the_next_try_and_the_last_one_gives_up(owner: Actor) -> None:
    (attestation_id,) = scene.order(owner, followed(owner)[1])
    scene.one(attestation_id).pdf_key = "nowhere"
    db.session.commit()

    with pytest.raises(storage.Misplaced):
        jobs.compile_attestation.run(scene.lease(attestation_id))
    db.session.rollback()
    waiting = scene.one(attestation_id).state
    jobs.compile_attestation.run(scene.lease(attestation_id, attempt=outbox.MAX_ATTEMPTS))

    assert waiting is AttestationState.REQUESTED
    assert scene.one(attestation_id).state is AttestationState.FAILED


def test_one_that_failed_is_made_when_asked_again_under_its_own_number(owner: Actor) -> None:
    (attestation_id,) = scene.order(owner, followed(owner)[1])
    number = scene.one(attestation_id).number
    scene.given_up(attestation_id)

    retrying.retry(owner, [attestation_id], at=clock.now())
    scene.compile_now(attestation_id)

    assert scene.one(attestation_id).state is AttestationState.READY
    assert scene.one(attestation_id).number == number


@pytest.fixture
def own_database(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Committed rows and a storage that a second process may work on."""
    name = f"{app.config['SQLALCHEMY_DATABASE_URI'].rpartition('/')[2].partition('?')[0]}_jobs"
    conftest.new_database(name)
    other = create_app(conftest.settings(name, f"file://{tmp_path_factory.mktemp('jobs')}"))
    yield other
    with other.app_context():
        db.engine.dispose()
    other.extensions["valkey"].close()


#: Dies as an oomed worker does: the file is written, nothing is committed.
_DIES = """
import os, signal, sys
from sqlalchemy import Engine, event
from portal import worker
from portal.app import create_app

@event.listens_for(Engine, "before_cursor_execute")
def die(conn, cursor, statement, *_):
    if "INSERT INTO issued_document" in statement:
        os.kill(os.getpid(), signal.SIGKILL)

with create_app().app_context():
    worker.perform(*sys.argv[1:])
"""


def _in_another_process(app: Flask, *argv: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", _DIES, *argv], cwd=ROOT, env=alive.environment(app), check=False
    ).returncode


def test_a_worker_killed_midway_leaves_no_half_document_and_the_next_one_finishes(
    own_database: Flask,
) -> None:
    with own_database.app_context():
        owner = make.tenant("acme")
        with tenant_scope(owner.tenant_id):
            (attestation_id,) = scene.order(owner, followed(owner)[1])
            promise = db.session.scalars(select(Outbox).where(Outbox.kind == service.COMPILE)).one()
            argv = (str(owner.tenant_id), str(promise.id), service.COMPILE)
            key = scene.one(attestation_id).pdf_key or ""
            db.session.remove()

        status = _in_another_process(own_database, *argv)

        with tenant_scope(owner.tenant_id):
            assert status == -signal.SIGKILL
            assert storage.current().size(key) > 0
            assert scene.one(attestation_id).state is AttestationState.REQUESTED
            assert db.session.scalar(select(func.count()).select_from(IssuedDocument)) == 0
            db.session.remove()
        worker.perform(*argv)
        with tenant_scope(owner.tenant_id):
            too_early = scene.one(attestation_id).state
            db.session.remove()
        with time_machine.travel(
            clock.now() + timedelta(seconds=jobs.compile_attestation.seconds + 1), tick=True
        ):
            worker.perform(*argv)
        with tenant_scope(owner.tenant_id):
            row = scene.one(attestation_id)
            assert too_early is AttestationState.REQUESTED
            assert row.state is AttestationState.READY
            assert sha256_hex(storage.current().read(key)) == row.pdf_sha256
            assert db.session.scalar(select(func.count()).select_from(IssuedDocument)) == 1
            assert (
                db.session.scalar(select(Outbox.state).where(Outbox.kind == service.COMPILE))
                is OutboxState.DONE
            )
            db.session.remove()


def test_a_batch_goes_through_dispatcher_and_workers_to_the_last_document(
    own_database: Flask,
) -> None:
    with own_database.app_context():
        owner = make.tenant("acme")
        own_database.extensions["valkey"].flushdb()
        with tenant_scope(owner.tenant_id):
            places = scene.clients(make.offering(carries=[CODE]), ["Un", "Deux", "Trois"])
            scene.order(owner, *places)
            db.session.remove()

        while dispatcher.hand_over():  # a tenant's bulk work goes a few at a time
            worker.run(own_database, burst=True)

        with tenant_scope(owner.tenant_id):
            states = db.session.scalars(select(Attestation.state)).all()
            db.session.remove()
    assert states == [AttestationState.READY] * 3
