"""Where people are invited to."""

import uuid

import pytest

from tenants.access import Actor
from tests import make


@pytest.fixture
def place(owner: Actor) -> uuid.UUID:
    return make.establishment("EHPAD du Test")
