"""A provider with three clients, and a room that opens one of them to an auditor."""

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.engagements import opening
from portal.engagements.terms import Terms
from portal.guide import loader
from portal.kit import clock
from portal.tracking.models import Status
from tenants.access import Actor
from tenants.context import Reach, Scope, entered
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tests import make
from tests.tracking import scene
from tests.tracking.scene import CODE

#: The question of CODE, and a requirement of another.
QUESTION = loader.current().requirement(CODE).question
ELSEWHERE = "PARC-01"


def membership_of(actor: Actor) -> uuid.UUID:
    found: uuid.UUID = db.session.scalars(
        sa.select(Membership.id).where(Membership.user_id == actor.user_id)
    ).one()
    return found


def engage(
    owner: Actor,
    *auditors: Actor,
    places: Collection[uuid.UUID],
    questions: Collection[int] = (QUESTION,),
    as_of: date | None = None,
    ends_at: datetime | None = None,
    downloads: bool = True,
) -> uuid.UUID:
    today, at = clock.today(), clock.now()
    made = opening.open_(
        owner,
        Terms(
            title="Audit de l’assureur",
            purpose="Avant renouvellement",
            auditors=[membership_of(one) for one in auditors],
            establishments=places,
            questions=questions,
            period=(today - timedelta(90), today),
            as_of=as_of,
            ends_at=ends_at or at + timedelta(30),
            downloads=downloads,
            watermark=True,
        ),
        at=at,
        today=today,
    )
    made_id: uuid.UUID = made.id
    db.session.commit()
    return made_id


@contextmanager
def as_auditor(actor: Actor, engagement_id: uuid.UUID | None) -> Iterator[None]:
    """In the scope that the door gives an auditor in this room."""
    member = membership_of(actor)
    db.session.rollback()
    with entered(Scope(actor.tenant_id, Reach.LISTED, member, actor.user_id, engagement_id)):
        yield
        db.session.rollback()


@dataclass(frozen=True)
class Room:
    """``place`` is audited; ``other`` is not, though the auditor's access covers it."""

    owner: Actor
    director: Actor
    auditor: Actor
    offering: uuid.UUID
    place: uuid.UUID
    other: uuid.UUID
    id: uuid.UUID

    @property
    def url(self) -> str:
        return f"/acme/audits/{self.id}"

    @property
    def point(self) -> str:
        return f"{self.url}/{self.place}/{CODE}"


@pytest.fixture
def room(owner: Actor) -> Room:
    today = clock.today()
    offering = make.offering(carries=[CODE, ELSEWHERE])
    place = scene.client(offering, name="Les Aulnes", since=today, today=today)
    other = scene.client(offering, name="Les Bouleaux", since=today, today=today)
    scene.declare(owner, offering, Status.IMPLEMENTED, today=today)
    scene.declare(owner, offering, Status.IMPLEMENTED, code=ELSEWHERE, today=today)
    scene.prove(owner, until=scene.later(200, today), today=today)
    auditor = make.member(
        Role.AUDITOR, establishments=[place, other], ends_at=clock.now() + timedelta(60)
    )
    found = Room(
        owner,
        make.member(Role.DIRECTOR, establishments=[place]),
        auditor,
        offering,
        place,
        other,
        engage(owner, auditor, places=[place]),
    )
    db.session.rollback()
    return found
