"""An establishment of which everything has been said, and the browsers of its people."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tenants.access import Actor
from tests.conftest import sign_in
from tests.leaving import house as houses
from tests.leaving.house import House

Visit = Callable[[Actor], FlaskClient]


@pytest.fixture
def house(owner: Actor) -> House:
    return houses.built(owner)


@pytest.fixture
def visit(app: Flask) -> Visit:
    def open_for(actor: Actor) -> FlaskClient:
        client = app.test_client()
        sign_in(client, actor)
        return client

    return open_for
