"""Documents wait for the authority that tells their time; its refusal is no absence."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from portal.attestations import service
from portal.attestations.models import AttestationState
from portal.kit import clock
from portal.kit.outbox import Outbox, OutboxState
from tenants.access import Actor
from tests import live as alive
from tests import make, tsa_server
from tests.attestations import scene
from tests.attestations.test_sealing_device import tried


@pytest.fixture
def tsa(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[tsa_server.Tsa]:
    """The portal asks it for the time of its seals."""
    with tsa_server.running() as found:
        _asks(app, monkeypatch, found.url)
        yield found


def _asks(app: Flask, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], tsa_url=url))


def _promised(owner: Actor) -> Outbox:
    scene.order(owner, scene.client(make.offering(carries=[scene.CODE])))
    return alive.promised(service.COMPILE)


def test_an_authority_away_for_a_night_costs_no_try(
    app: Flask, monkeypatch: pytest.MonkeyPatch, owner: Actor, tsa: tsa_server.Tsa
) -> None:
    """First nobody listens at its address, then a gateway says that nobody is behind it."""
    began, promise = clock.now(), _promised(owner)
    attestation_id = promise.payload["attestation_id"]
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    _asks(app, monkeypatch, closed)
    while promise.run_at < began + timedelta(hours=4):
        promise = tried(owner, promise)
        assert promise.state is OutboxState.READY
    _asks(app, monkeypatch, tsa.url)
    tsa.refuses = True
    while promise.run_at < began + timedelta(hours=8):
        promise = tried(owner, promise)
        assert promise.state is OutboxState.READY
    trouble, tries = scene.one(attestation_id).trouble, (promise.attempts, promise.failures)
    tsa.refuses = False
    done = tried(owner, promise)

    assert (trouble, tries) == ("clock", (0, 0))
    assert done.state is OutboxState.DONE
    made = scene.one(attestation_id)
    assert (made.state, made.seal) == (AttestationState.READY, "B-T")


def test_an_answer_that_is_no_time_is_a_try(owner: Actor, tsa: tsa_server.Tsa) -> None:
    promise = _promised(owner)
    tsa.declines = True

    failed = tried(owner, promise)

    assert (failed.state, failed.failures) == (OutboxState.READY, 1)
    assert scene.one(failed.payload["attestation_id"]).trouble == "time"
