"""Documents wait for the device that seals them; none is issued half."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal import worker
from portal.attestations import service
from portal.attestations.models import AttestationState, IssuedDocument
from portal.kit import clock, outbox, storage
from portal.kit.errors import NotFound
from portal.kit.outbox import Outbox, OutboxState
from tenants.access import Actor
from tenants.db import db
from tests import live as alive
from tests import make
from tests.attestations import scene
from tests.attestations.conftest import HOME
from tests.conftest import sign_in
from tests.kit import token
from tests.kit.token import OTHER_PIN, PIN, Token


@pytest.fixture
def held(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Token]:
    """The portal seals by a token."""
    with token.inserted(tmp_path) as found:
        found.certify("ec")
        ours = app.config["SETTINGS"]
        settings = replace(found.settings(ours), environment=ours.environment)
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        yield found
    (ours.keys / "seal.pin-refused").unlink(missing_ok=True)


def tried(owner: Actor, promise: Outbox) -> Outbox:
    """Once the row is due again."""
    later = max(promise.run_at, clock.now()) + timedelta(seconds=1)
    arguments = (str(owner.tenant_id), str(promise.id), service.COMPILE)
    with time_machine.travel(later, tick=True):
        worker.perform(*arguments)
    return alive.promised(service.COMPILE)


def test_a_document_waits_for_its_token_and_is_made_when_it_is_back(
    owner: Actor, held: Token
) -> None:
    (attestation_id,) = scene.order(owner, scene.client(make.offering(carries=[scene.CODE])))
    key = scene.one(attestation_id).pdf_key or ""

    with held.away():
        waiting = tried(owner, alive.promised(service.COMPILE))
        said, state = waiting.last_error or "", waiting.state
        with pytest.raises(NotFound):
            storage.current().read(key)
        issued = db.session.scalar(sa.select(sa.func.count()).select_from(IssuedDocument))
        standing = scene.one(attestation_id).state
    done = tried(owner, waiting)

    assert (state, standing, issued) == (OutboxState.READY, AttestationState.REQUESTED, 0)
    assert "Cachet d’essai" in said
    assert done.state is OutboxState.DONE
    made = scene.one(attestation_id)
    assert (made.state, made.seal) == (AttestationState.READY, "B-B")


def test_a_token_away_for_a_night_costs_no_try_and_the_page_says_how_long_it_is_waited_for(
    owner: Actor, held: Token, client: FlaskClient
) -> None:
    """Its lease may be the last by what went wrong before: absence is no failure then either."""
    (attestation_id,) = scene.order(owner, scene.client(make.offering(carries=[scene.CODE])))
    batch_id, began = scene.one(attestation_id).batch_id, clock.now()
    promise = alive.promised(service.COMPILE)
    promise.attempts = promise.failures = outbox.MAX_ATTEMPTS - 1
    db.session.commit()

    with held.away():
        while promise.run_at < began + timedelta(hours=12):
            promise = tried(owner, promise)
            assert promise.state is OutboxState.READY
        said, failures = promise.last_error or "", promise.failures
        sign_in(client, owner)
        with time_machine.travel(promise.run_at - timedelta(minutes=5)):
            sign_in(client, owner)
            page = client.get(f"{HOME}/lots/{batch_id}").text
    done = tried(owner, alive.promised(service.COMPILE))

    assert "DeviceAway" in said
    assert failures == outbox.MAX_ATTEMPTS - 1
    assert "L’appareil qui garde la clé du cachet ne répond pas." in page
    assert "Cela attend cinq jours durant" in page
    assert "Il y en a huit" not in page
    assert done.state is OutboxState.DONE
    assert scene.one(attestation_id).state is AttestationState.READY


def test_a_wrong_pin_holds_documents_up_and_is_tried_once(owner: Actor, held: Token) -> None:
    (attestation_id,) = scene.order(owner, scene.client(make.offering(carries=[scene.CODE])))
    held.write_pin(OTHER_PIN)

    first = tried(owner, alive.promised(service.COMPILE))
    second = tried(owner, first)
    said, failures = second.last_error or "", second.failures
    held.write_pin(PIN)
    done = tried(owner, second)

    assert "was refused by the token" in said
    assert OTHER_PIN not in said
    assert failures == 2
    assert done.state is OutboxState.DONE
    assert scene.one(attestation_id).state is AttestationState.READY


def test_a_terminal_tells_what_is_wrong_with_the_seal(
    app: Flask, isolated: None, held: Token
) -> None:
    runner = app.test_cli_runner()
    sealed = runner.invoke(args=["seal", "try"])
    with held.away():
        refused = runner.invoke(args=["seal", "try"])

    assert sealed.exit_code == 0
    assert sealed.output.startswith("B-B by « Cachet d’essai » (given) in ")
    assert refused.exit_code == 1
    assert "not sealed: the token « Cachet d’essai »" in refused.output
