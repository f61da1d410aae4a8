"""Rooms over many establishments, closed."""

import uuid
from datetime import timedelta

from portal.engagements import queries, service
from portal.engagements.models import Conclusion, ReportState
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.engagements.conftest import as_auditor, engage
from tests.tracking import scene
from tests.tracking.scene import CODE


def fleet(owner: Actor, size: int) -> tuple[uuid.UUID, Actor, list[uuid.UUID]]:
    """A room over so many establishments, with a conclusion at the first."""
    today = clock.today()
    offering = make.offering(carries=[CODE])
    places = [
        scene.client(offering, name=f"Foyer {at:03}", since=today, today=today)
        for at in range(size)
    ]
    scene.declare(owner, offering, today=today)
    scene.prove(owner, until=scene.later(200, today), today=today)
    auditor = make.member(Role.AUDITOR, establishments=places, ends_at=clock.now() + timedelta(60))
    room_id = engage(owner, auditor, places=places)
    concluded(auditor, room_id, places[0])
    return room_id, auditor, places


def concluded(auditor: Actor, room_id: uuid.UUID, place: uuid.UUID) -> None:
    with as_auditor(auditor, room_id):
        service.conclude(
            auditor, queries.engagement(room_id), establishment_id=place, code=CODE,
            conclusion=Conclusion.MINOR, words="Un seul essai.", version=0,
        )  # fmt: skip
        db.session.commit()


def closed(auditor: Actor, room_id: uuid.UUID) -> None:
    with as_auditor(auditor, room_id):
        service.close(auditor, queries.engagement(room_id))
        db.session.commit()


def states(room_id: uuid.UUID) -> list[ReportState]:
    db.session.rollback()
    found = [one.state for one in queries.reports(room_id)]
    db.session.rollback()
    return found
