"""Who asks for files, and who gives them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tenants.access import Actor
from tests.conftest import sign_in


@pytest.fixture
def at_work(client: FlaskClient, owner: Actor) -> FlaskClient:
    sign_in(client, owner)
    return client


@pytest.fixture
def outside(app: Flask) -> FlaskClient:
    """A browser that nobody signed in with."""
    return app.test_client()
