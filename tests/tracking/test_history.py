"""Everything that changed at an establishment can be read there, by both sides, page by page."""

import re
import uuid
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.kit import clock
from portal.tracking import history
from portal.tracking.models import Status
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.tracking import scene
from tests.tracking.scene import CODE

TODAY = clock.today()
BEFORE = TODAY - timedelta(3)


@pytest.fixture
def place(owner: Actor) -> uuid.UUID:
    """Its provider said one thing three days ago, and says another today."""
    offering = make.offering(carries=[CODE])
    place = scene.client(offering, name="Les Aulnes", since=BEFORE, today=BEFORE)
    scene.declare(owner, offering, Status.IMPLEMENTED, text="Chaque nuit.", today=BEFORE)
    scene.declare(owner, offering, Status.PLANNED, text="Au printemps.", today=TODAY)
    return place


def _told(client: FlaskClient, address: str) -> list[str]:
    page = BeautifulSoup(client.get(address).data, "html5lib")
    return [" ".join(node.text.split()) for node in page.select("ol.history > li > div")]


@pytest.mark.parametrize("role", [Role.OWNER, Role.DIRECTOR])
@pytest.mark.parametrize(
    "address", ["historique", f"historique?exigence={CODE}", f"exigences/{CODE}"]
)
def test_what_was_declared_for_all_is_in_the_history_of_each(
    owner: Actor, place: uuid.UUID, client: FlaskClient, role: Role, address: str
) -> None:
    person = owner if role is Role.OWNER else make.member(role, establishments=[place])
    db.session.commit()
    sign_in(client, person)

    told = _told(client, f"/acme/etablissements/{place}/{address}")

    assert len(told) == 2
    assert "Au printemps." in told[0]
    assert "Chaque nuit." in told[1]


def test_an_exception_is_told_as_a_deed_and_the_declaration_it_left_stays(
    owner: Actor, place: uuid.UUID, client: FlaskClient
) -> None:
    scene.except_(owner, place, Status.PARTIAL, note="Ici, à moitié.", today=TODAY)
    sign_in(client, owner)

    told = _told(client, f"/acme/etablissements/{place}/historique")

    assert any("exception" in entry and "à moitié" in entry for entry in told)
    assert any("Chaque nuit." in entry for entry in told)


def test_nothing_is_cut_off_at_the_end_of_a_page(
    owner: Actor, place: uuid.UUID, client: FlaskClient
) -> None:
    for number in range(110):
        scene.except_(owner, place, Status.PARTIAL, note=f"mot {number:03}", today=TODAY)
    sign_in(client, owner)

    pages = [
        client.get(f"/acme/etablissements/{place}/historique?page={number}").text
        for number in (1, 2, 3)
    ]

    assert len({word for page in pages for word in re.findall(r"mot \d{3}", page)}) == 110
    assert "page=2" in pages[0]


def test_the_latest_comes_first_and_each_is_there_once(owner: Actor, place: uuid.UUID) -> None:
    for number in range(7):
        scene.except_(owner, place, Status.PARTIAL, note=f"mot {number}", today=TODAY)

    whole = history.page_of(place, make.EDITION)
    pieces = [
        entry
        for number in (1, 2, 3)
        for entry in history.page_of(place, make.EDITION, number=number, per_page=3).items
    ]

    assert [entry.at for entry in whole.items] == sorted(
        (entry.at for entry in whole.items), reverse=True
    )
    assert [(it.at, it.code) for it in pieces] == [(it.at, it.code) for it in whole.items[:9]]
    assert whole.total == len(whole.items)


def test_another_establishment_s_history_is_not_told(
    owner: Actor, place: uuid.UUID, client: FlaskClient
) -> None:
    elsewhere = scene.client(name="Ailleurs", today=TODAY)
    person = make.member(Role.DIRECTOR, establishments=[elsewhere])
    db.session.commit()
    sign_in(client, person)

    assert client.get(f"/acme/etablissements/{place}/historique").status_code == 404
