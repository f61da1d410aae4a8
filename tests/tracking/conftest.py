"""A provider with two clients, an outsider each, and a browser for whoever knocks."""

import uuid
from dataclasses import dataclass

import pytest

from portal.kit import clock
from portal.tracking.models import Status
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.tracking import scene
from tests.tracking.scene import CODE


@dataclass(frozen=True)
class Pages:
    """One offering that carries CODE, declared and proven; two clients; today, in real time."""

    owner: Actor
    director: Actor
    auditor: Actor
    offering: uuid.UUID
    place: uuid.UUID
    neighbour: uuid.UUID

    @property
    def point(self) -> str:
        return f"/acme/etablissements/{self.place}/exigences/{CODE}"


@pytest.fixture
def pages(owner: Actor) -> Pages:
    today = clock.today()
    offering = make.offering(carries=[CODE, "SAUV-01"])
    place = scene.client(offering, name="Les Aulnes", since=today, today=today)
    neighbour = scene.client(offering, name="Les Bouleaux", since=today, today=today)
    scene.declare(owner, offering, Status.IMPLEMENTED, today=today)
    scene.prove(owner, until=scene.later(200, today), today=today)
    found = Pages(
        owner,
        make.member(Role.DIRECTOR, establishments=[place]),
        make.member(Role.AUDITOR, establishments=[place]),
        offering,
        place,
        neighbour,
    )
    db.session.rollback()
    return found


@pytest.fixture
def offering(owner: Actor) -> uuid.UUID:
    return make.offering(carries=[CODE])


@pytest.fixture
def place(offering: uuid.UUID) -> uuid.UUID:
    return scene.client(offering)


@pytest.fixture
def director(place: uuid.UUID) -> Actor:
    return make.member(Role.DIRECTOR, establishments=[place])
