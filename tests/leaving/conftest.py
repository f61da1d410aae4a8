"""An establishment of which everything has been said, and the browsers of its people."""

import pytest

from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.roles import Role
from tests import make
from tests.attestations import scene as attested
from tests.conftest import Visit
from tests.leaving import house as houses
from tests.leaving.house import FINESS, House, taken
from tests.leaving.nextdoor import Next
from tests.tracking import scene
from tests.tracking.scene import CODE
from tests.vault import samples


@pytest.fixture
def house(owner: Actor) -> House:
    return houses.built(owner)


@pytest.fixture
def after(stranger: Actor) -> Next:
    with tenant_scope(stranger.tenant_id):
        offering = make.offering(carries=[CODE])
        place = scene.client(offering, name="Les Ajoncs", finess=FINESS)
        other = make.establishment("Un autre", finess="290000033")
        return Next(stranger, make.member(Role.DIRECTOR, establishments=[place]), place, other)


@pytest.fixture
def leaving(house: House, visit: Visit) -> dict[str, bytes]:
    """What the establishment brings from acme: everything that can be said was said."""
    houses.said(house)
    houses.filed(house.owner, samples.PDF, "Procès-verbal.pdf", establishment_ids=[house.place])
    houses.filed(house.owner, samples.DOCX, "Note.docx", establishment_ids=[house.place])
    attested.made(house.owner, house.place)
    return taken(visit(house.director), house.url)
