"""Who asks for files, and who gives them."""

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kit import clock, mail
from tenants.access import Actor
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.smtp import Inbox, serving
from tests.tracking import scene


@pytest.fixture
def at_work(client: FlaskClient, owner: Actor) -> FlaskClient:
    sign_in(client, owner)
    return client


@pytest.fixture
def outside(app: Flask) -> FlaskClient:
    """A browser that nobody signed in with."""
    return app.test_client()


@pytest.fixture
def inbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """What a real mail server is handed by the portal."""
    found = Inbox()
    with serving(found) as port:
        monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", port))
        yield found


@pytest.fixture
def place(owner: Actor) -> uuid.UUID:
    """A client whose provider serves nothing: all requirements are its own."""
    return scene.client(
        make.offering(), name="Les Aulnes", since=clock.today(), today=clock.today()
    )


@pytest.fixture
def director(place: uuid.UUID) -> Actor:
    return make.member(Role.DIRECTOR, establishments=[place])


@pytest.fixture
def hers(app: Flask, director: Actor) -> FlaskClient:
    client = app.test_client()
    sign_in(client, director)
    return client
