"""Work that needs the store of files waits for it, days if need be; a file that is lost is lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.attestations import service
from portal.attestations.models import AttestationState
from portal.evidence import pipeline
from portal.evidence.models import State
from portal.kit import clock, outbox, storage
from portal.kit.outbox import OutboxState
from portal.kit.storage import Storage
from tenants.access import Actor
from tenants.db import db
from tests import live, make
from tests.attestations import scene
from tests.attestations.test_sealing_device import tried
from tests.evidence import conftest
from tests.evidence.test_deposit import deposit, kept
from tests.kit import s3_server
from tests.kit.s3_server import S3
from tests.vault import samples

at_work = conftest.at_work
s3 = s3_server.s3


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """Where the portal keeps its files, of this test alone."""
    found = tmp_path / "files"
    with mock.patch.dict(app.extensions, {"storage": Storage.from_url(found.as_uri())}):
        yield found


def test_a_document_waits_for_a_bucket_that_is_away_and_is_made_once_it_is_back(
    app: Flask, owner: Actor, s3: S3
) -> None:
    """Its lease is the last by what went wrong before; it is tried far longer than eight times."""
    with mock.patch.dict(app.extensions, {"storage": s3.storage()}):
        (made,) = scene.order(owner, scene.client(make.offering(carries=[scene.CODE])))
        began, promise = clock.now(), live.promised(service.COMPILE)
        promise.attempts = promise.failures = outbox.MAX_ATTEMPTS - 1
        db.session.commit()
        s3.stop()
        tries = 0
        while promise.run_at < began + timedelta(hours=8):
            promise = tried(owner, promise)
            tries += 1
            assert promise.state is OutboxState.READY
        failures, trouble = promise.failures, scene.one(made).trouble
        s3.start()
        done = tried(owner, promise)

        assert tries > outbox.MAX_ATTEMPTS
        assert (failures, trouble) == (outbox.MAX_ATTEMPTS - 1, "store")
        assert done.state is OutboxState.DONE
        assert scene.one(made).state is AttestationState.READY
        assert storage.current().read(scene.one(made).pdf_key or "").startswith(b"%PDF")


def test_a_proof_stays_in_quarantine_while_its_folder_is_gone(
    at_work: FlaskClient, folder: Path
) -> None:
    page = deposit(at_work, samples.PDF, "essai.pdf").location
    elsewhere = folder.rename(folder.with_name("unmounted"))
    live.performed(str(live.promised(pipeline.EXAMINE).id), pipeline.EXAMINE)
    promise, state = live.promised(pipeline.EXAMINE), kept().state
    outbox_id, waits = str(promise.id), (promise.failures, promise.away_since is not None)
    said = at_work.get(str(page)).text
    gone = not folder.exists()

    elsewhere.rename(folder)
    live.performed(outbox_id, pipeline.EXAMINE)

    assert gone
    assert (state, waits) == (State.QUARANTINE, (0, True))
    assert "Cela attend cinq jours durant" in said
    assert kept().state is State.READY


def test_a_file_that_is_lost_is_not_waited_for(at_work: FlaskClient, folder: Path) -> None:
    page = deposit(at_work, samples.PDF, "essai.pdf").location
    storage.current().delete(kept().file_key or "")

    live.performed(str(live.promised(pipeline.EXAMINE).id), pipeline.EXAMINE)

    promise = live.promised(pipeline.EXAMINE)
    assert (promise.failures, promise.away_since) == (1, None)
    assert "Il y en a huit" in at_work.get(str(page)).text
