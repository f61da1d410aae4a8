"""What the tests of offerings and contracts share."""

import pytest
from flask.testing import FlaskClient

from tenants.access import Actor
from tests.conftest import sign_in


@pytest.fixture
def at_work(client: FlaskClient, owner: Actor) -> FlaskClient:
    """The owner's browser."""
    sign_in(client, owner)
    return client
