"""What houses do with proofs of their own in the record's world, each in its director's scope.

Their files are examined by the worker, as they are everywhere; what they prove is told by it.
"""

import io
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from portal.evidence import house, intake
from portal.evidence import service as evidence
from portal.evidence.facts import Deposit
from portal.evidence.models import Evidence
from portal.vault import service as vault
from tenants.access import Actor
from tenants.context import entered
from tenants.db import db
from tests.engagements.record_model import Proof
from tests.engagements.record_world import EDITION, World, facts_of
from tests.evidence import examined
from tests.tracking import scene


def deposit(world: World, place: int, proof: Proof) -> None:
    def deed(director: Actor, given: Deposit) -> Evidence:
        return house.deposit(
            director,
            EDITION,
            given,
            facts_of(proof),
            establishment_id=world.places[place],
            code=proof.code,
            today=world.record.today,
        )

    assert _sent(world, place, proof, deed), "a house could not deposit what it bears a part of"


def renew(world: World, place: int, number: int, proof: Proof) -> bool:
    def deed(director: Actor, given: Deposit) -> Evidence:
        return house.renew(
            director,
            EDITION,
            given,
            facts_of(proof),
            establishment_id=world.places[place],
            evidence_id=world.proofs[number],
            codes=[proof.code],
            today=world.record.today,
        )

    return _sent(world, place, proof, deed)


def _sent(
    world: World, place: int, proof: Proof, deed: Callable[[Actor, Deposit], Evidence]
) -> bool:
    """Sent, examined, on the shelf on the record's day; or refused and nothing happened."""
    vault.serving()
    db.session.commit()
    made: list[uuid.UUID] = []

    def send() -> None:
        content = io.BytesIO(f"Vu : {proof.title}.".encode())
        with intake.receiving(content, f"{proof.title}.txt", "text/plain") as given:
            made.append(deed(world.directors[place], given).id)

    with _at_home(world, place):
        done = world.attempt(send)
    if done:
        examined.all_files()
        world.given(made[0])
    return done


def turn(world: World, place: int, number: int, *, back: bool) -> None:
    """Take one back, or let it prove again: its house does, neither its provider nor another."""
    found, theirs = world.proofs[number], evidence.restore if back else evidence.withdraw
    hers = house.restore if back else house.withdraw

    def by(director: Actor) -> None:
        hers(director, establishment_id=world.places[place], evidence_id=found, at=world.at())

    today = world.record.today
    assert not world.attempt(lambda: theirs(world.owner, found, at=world.at(), today=today))
    with _at_home(world, 1 - place):
        assert not world.attempt(lambda: by(world.directors[1 - place]))
    with _at_home(world, place):
        assert world.attempt(lambda: by(world.directors[place]))
    examined.all_files()


def titles(world: World, place: int) -> set[str]:
    """The proofs of houses that PostgreSQL itself shows to the director of one."""
    with _at_home(world, place):
        own = sa.select(Evidence.title).where(Evidence.establishment_id.is_not(None))
        return set(db.session.scalars(own))


@contextmanager
def _at_home(world: World, place: int) -> Iterator[None]:
    db.session.rollback()
    with entered(scene.listed(world.directors[place])):
        yield
        db.session.rollback()
