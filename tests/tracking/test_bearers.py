"""Who bears a requirement at one establishment."""

import uuid

from portal.contracts import bearers, rewriting
from portal.contracts.models import Bearer, OfferingRequirement, Part
from portal.contracts.offerings import Content, Served
from portal.fleet import queries as fleet
from portal.guide import loader
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY


def edit(owner: Actor, offering_id: uuid.UUID, *served: Served, included: bool = False) -> None:
    rewriting.edit(
        owner,
        loader.current(),
        offering_id,
        Content(f"Offre {offering_id}", "", included, served),
        version=1,
        today=TODAY,
    )
    db.session.commit()


def share(owner: Actor, place: uuid.UUID, bearer: Bearer | None, *, seen: Bearer) -> None:
    bearers.share(
        owner,
        fleet.establishment(place),
        loader.current(),
        CODE,
        bearer=bearer,
        reason="Convenu avec la direction.",
        seen=seen,
        today=TODAY,
    )
    db.session.commit()


def supporting(code: str = CODE, *, bearer: Bearer | None = None) -> uuid.UUID:
    """An offering that only helps with the requirement."""
    offering = make.offering()
    db.session.add(
        OfferingRequirement(
            offering_id=offering,
            edition_id=make.EDITION,
            requirement_code=code,
            part=Part.SUPPORTS,
            bearer=bearer,
        )
    )
    db.session.commit()
    return offering


def test_who_carries_speaks_before_who_supports_of_who_bears_it(owner: Actor) -> None:
    carries = make.offering()
    edit(owner, carries, Served(CODE, Part.CARRIES, Bearer.SHARED))
    place = scene.client(supporting(bearer=Bearer.ESTABLISHMENT), carries)

    assert scene.row(place).bearer == "shared"


def test_an_offering_may_say_otherwise_than_the_guide(owner: Actor) -> None:
    place = scene.client(supporting(bearer=Bearer.ESTABLISHMENT))

    assert scene.row(place).bearer == "establishment"


def test_a_contract_may_say_otherwise_than_its_offering_and_take_it_back(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    here, there = scene.client(offering), scene.client(offering)

    share(owner, here, Bearer.SHARED, seen=Bearer.PROVIDER)
    during = scene.row(here).bearer, scene.row(there).bearer
    share(owner, here, None, seen=Bearer.SHARED)

    assert during == ("shared", "provider")
    assert scene.row(here).bearer == "provider"


def test_what_no_offering_covers_is_the_establishment_s_own(owner: Actor) -> None:
    place = scene.client(make.offering(carries=[CODE]))

    assert scene.row(place, "PARC-01").bearer == "establishment"
