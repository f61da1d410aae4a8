"""Whoever watches over the portal is answered at once, whatever is away."""

import dataclasses
import socket
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient


def test_a_valkey_that_hangs_is_told_within_two_seconds(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the connection and says nothing, as a machine under load does."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        settings = dataclasses.replace(app.config["SETTINGS"], redis_url=address)
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        begun = time.monotonic()
        answer = client.get("/readyz")
        taken = time.monotonic() - begun

    assert answer.status_code == 503
    assert answer.json == {
        "ready": False,
        "database": True,
        "valkey": False,
        "dispatcher": False,
        "workers": False,
    }
    assert taken < 2
