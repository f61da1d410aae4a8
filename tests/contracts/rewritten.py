"""An offering with clients, and what it is made to say."""

import uuid
from typing import Any

import pytest

from portal.contracts import foreseeing, offerings, queries, rewriting
from portal.contracts.foreseeing import Foreseen
from portal.contracts.models import Bearer, Part
from portal.contracts.offerings import Content, Served
from portal.guide import loader
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY

OTHER = "SAUV-03"
CARRIED = Served(CODE, Part.CARRIES)
SUPPORTED = Served(OTHER, Part.SUPPORTS)


@pytest.fixture
def offering(owner: Actor) -> uuid.UUID:
    """It carries :data:`CODE`, and says that this is done."""
    return named("Sauvegarde", CARRIED)


def named(name: str, *served: Served) -> uuid.UUID:
    offering_id = make.offering()
    row = queries.offering(offering_id)
    row.name = name
    offerings.serve(offering_id, loader.current(), served)
    db.session.commit()
    return offering_id


@pytest.fixture
def homes(owner: Actor, offering: uuid.UUID) -> list[uuid.UUID]:
    """Two who inherit a proven word, a third with an exception of its own."""
    places = [scene.client(offering, name=name) for name in ("Aulnes", "Bouleaux", "Charmes")]
    scene.declare(owner, offering)
    scene.prove(owner)
    scene.except_(owner, places[2])
    return places


def content(offering: uuid.UUID, *served: Served, included: bool = False) -> Content:
    return Content(queries.offering(offering).name, "", included, served)


def edit(owner: Actor, offering: uuid.UUID, wished: Content) -> uuid.UUID | None:
    """Rewrite it as it stands now; the act that undoes it."""
    version = queries.offering(offering).version
    act_id = rewriting.edit(owner, loader.current(), offering, wished, version=version, today=TODAY)
    db.session.commit()
    return act_id


def foresee(owner: Actor, offering: uuid.UUID, wished: Content) -> Foreseen:
    version = queries.offering(offering).version
    return foreseeing.foresee(
        owner, loader.current(), offering, wished, version=version, today=TODAY
    )


def undo(owner: Actor, act_id: uuid.UUID | None) -> None:
    assert act_id is not None
    try:
        rewriting.undo(owner, loader.current(), act_id, at=scene.at(), today=TODAY)
        db.session.commit()
    finally:
        db.session.rollback()


WISHES: dict[str, tuple[Any, ...]] = {
    "it no longer serves a requirement": (False, ()),
    "it only supports it": (False, (Served(CODE, Part.SUPPORTS),)),
    "another bears it": (False, (Served(CODE, Part.CARRIES, Bearer.SHARED, "Signer."),)),
    "it says its own usual proof, and for how long": (
        False,
        (Served(CODE, Part.CARRIES, proof="Rapport du mois.", valid_months=3),),
    ),
    "it serves one more": (False, (CARRIED, SUPPORTED)),
    "it comes with every contract": (True, (CARRIED,)),
    "it comes with every contract and serves another": (True, (SUPPORTED,)),
}
