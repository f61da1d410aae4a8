"""A fleet of which one word is inherited and nothing proves it yet."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from portal.kit import clock
from tenants.access import Actor
from tests import make
from tests.evidence import proofs
from tests.tracking import scene
from tests.tracking.scene import CODE


@pytest.fixture
def offering(owner: Actor) -> uuid.UUID:
    return make.offering(carries=[CODE])


@pytest.fixture
def homes(owner: Actor, offering: uuid.UUID) -> list[uuid.UUID]:
    """Two who inherit a word that nothing proves, one with its own, one without the offering."""
    today = clock.today()
    places = [
        scene.client(offering, name=name, since=today, today=today)
        for name in ("Les Aulnes", "Les Bouleaux", "Les Charmes")
    ]
    scene.declare(owner, offering, today=today)
    scene.except_(owner, places[2], today=today)
    places.append(scene.client(make.offering(), name="Les Dunes", since=today, today=today))
    return places


def unlinked(owner: Actor, **facts: Any) -> uuid.UUID:
    """A proof of something else, which holds for a while yet."""
    today = clock.today()
    holds = {"valid_until": today + timedelta(days=200), **facts}
    return proofs.note(owner, "PARC-01", today=today, **holds)
