"""Two documents of one establishment that two workers make at the same moment: one stands."""

import threading
import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.attestations import service
from portal.attestations.models import Attestation, IssuedDocument
from portal.kit import clock
from portal.publiclog import service as publiclog
from tenants.context import tenant_scope
from tenants.db import db
from tests import at_once, make
from tests.attestations import scene

portal = at_once.portal


def _promised_already() -> None:
    """As in the midst of many: neither waits for the other’s promise that the log goes on."""
    for turn in range(30):
        publiclog.promise_advance(clock.now() + timedelta(seconds=turn * publiclog.TOGETHER))
    db.session.commit()


def test_two_documents_made_at_the_same_moment_leave_the_last_ordered_alone_in_force(
    portal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with portal.app_context():
        owner = make.tenant("acme")
        with tenant_scope(owner.tenant_id):
            offering = make.offering(carries=[scene.CODE])
            place, other = scene.client(offering), scene.client(offering, "SSIAD du Bourg")
            (elsewhere,) = scene.issued(owner, other)
            (first,), (last,) = scene.order(owner, place), scene.order(owner, place)
            _promised_already()
            db.session.remove()
    at_once.lingers(monkeypatch, service, "issue")

    def work(attestation_id: uuid.UUID) -> None:
        with portal.app_context(), tenant_scope(owner.tenant_id):
            scene.compile_now(attestation_id)
            db.session.remove()

    workers = [threading.Thread(target=work, args=(each,)) for each in (first, last)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    with portal.app_context(), tenant_scope(owner.tenant_id):
        rows = db.session.execute(select(Attestation.id, Attestation.superseded_by)).all()
        assert {row.id: row.superseded_by for row in rows} == {
            elsewhere: None, first: last, last: None,
        }  # fmt: skip
        told = db.session.scalars(select(IssuedDocument.superseded_at)).all()
        assert sum(at is not None for at in told) == 1
        db.session.remove()
