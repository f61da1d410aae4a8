"""A small fleet and the browser of its provider."""

import uuid

import pytest
from flask.testing import FlaskClient

from tenants.access import Actor
from tests import make
from tests.attestations import scene
from tests.attestations.scene import CODE
from tests.conftest import sign_in

HOME = "/acme/attestations"
ORDER = f"{HOME}/commander"


@pytest.fixture
def fleet(owner: Actor) -> list[uuid.UUID]:
    """Three clients under one offering, declared and proven."""
    offering = make.offering(carries=[CODE])
    ids = scene.clients(offering, ["EHPAD Les Ajoncs", "IME L’Écluse", "SSIAD du Bourg"])
    scene.declare(owner, offering)
    scene.prove(owner, offering_id=offering)
    return ids


@pytest.fixture
def desk(client: FlaskClient, owner: Actor) -> FlaskClient:
    """The owner's browser."""
    sign_in(client, owner)
    return client
