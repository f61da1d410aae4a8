"""The frame around a page: its rail, the present line, and no question to the database."""

import uuid

import pytest
from bs4 import BeautifulSoup
from flask import Flask, g
from flask.testing import FlaskClient

from portal import navigation
from tenants.access import Actor
from tenants.db import db
from tenants.models import Tenant
from tenants.roles import GRANTS, Role
from tests import make
from tests.conftest import sign_in
from tests.counting import counted
from tests.house import routes


def _rail(client: FlaskClient, address: str) -> tuple[list[str], list[str]]:
    """The words of the rail, and those said to be the present page."""
    found = client.get(address)
    assert found.status_code == 200
    links = BeautifulSoup(found.data, "html.parser").select("nav[aria-label=Principale] a")
    here = [link.get_text(strip=True) for link in links if link.get("aria-current") == "page"]
    return [link.get_text(strip=True) for link in links], here


def test_the_provider_s_rail(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)

    words, here = _rail(client, "/acme/guide")

    assert words == [
        "Parc",
        "Exigences",
        "Actions",
        "Preuves",
        "Prestations",
        "Attestations",
        "Audits",
        "Guide",
        "Rappels",
        "Journal",
        "Boîte d’envoi",
        "Équipe",
    ]
    assert here == ["Guide"]


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("/acme/parc", "Parc"),
        ("/acme/parc/import", "Parc"),
        ("/acme/contrats/en-nombre", "Parc"),
        ("/acme/exigences", "Exigences"),
        ("/acme/exigences/PARC-01", "Exigences"),
        ("/acme/actions", "Actions"),
        ("/acme/preuves", "Preuves"),
        ("/acme/prestations", "Prestations"),
        ("/acme/attestations", "Attestations"),
        ("/acme/guide/questions/1", "Guide"),
        ("/acme/rappels", "Rappels"),
        ("/acme/courrier", "Boîte d’envoi"),
    ],
)
def test_the_present_page_is_marked(
    client: FlaskClient, owner: Actor, address: str, word: str
) -> None:
    sign_in(client, owner)

    assert _rail(client, address)[1] == [word]


def test_what_would_move_is_shown_under_requirements(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)
    offering = make.offering(carries=["PARC-01"])
    db.session.commit()

    page = client.post(
        f"/acme/exigences/PARC-01/{offering}",
        data={"status": "implemented", "step": "preview", "version": "0"},
    )

    rail = BeautifulSoup(page.data, "html.parser").select("nav[aria-label=Principale]")[0]
    current = rail.select("[aria-current=page]")
    assert [it.text.strip() for it in current] == ["Exigences"]


def test_a_director_s_rail(client: FlaskClient, owner: Actor) -> None:
    home = make.establishment()
    sign_in(client, make.member(Role.DIRECTOR, establishments=[home]))

    words, here = _rail(client, f"/acme/etablissements/{home}")

    assert words == [
        "Votre établissement", "Actions", "Collectes", "Attestations", "Audits", "Rappels",
        "Journal", "Guide",
    ]  # fmt: skip
    assert here == ["Votre établissement"]


def test_an_auditor_s_rail(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, make.member(Role.AUDITOR, establishments=[make.establishment()]))

    assert _rail(client, "/acme/audits") == (["Audits", "Guide"], ["Audits"])


def test_a_director_of_one_lands_at_it_and_of_two_at_the_list(
    client: FlaskClient, owner: Actor
) -> None:
    one, two = make.establishment(), make.establishment()
    sign_in(client, make.member(Role.DIRECTOR, establishments=[one]))
    assert (
        client.get("/acme/").headers["Location"] == f"/acme/etablissements/{one}/treize-questions"
    )

    sign_in(client, make.member(Role.DIRECTOR, establishments=[one, two]))
    assert client.get("/acme/").headers["Location"] == "/acme/parc"


def test_an_empty_provider_lands_at_its_first_steps(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)

    assert client.get("/acme/").headers["Location"] == "/acme/premiers-pas"


def test_the_provider_lands_at_its_fleet(client: FlaskClient, owner: Actor) -> None:
    make.establishment()
    sign_in(client, owner)

    assert client.get("/acme/").headers["Location"] == "/acme/parc"


def test_who_has_one_tenant_is_not_offered_another(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)
    before = client.get("/acme/guide").text
    client.get("/")

    assert "/mes-acces" in before
    assert "/mes-acces" not in client.get("/acme/guide").text


def test_the_frame_asks_the_database_how_much_is_unread_and_nothing_else(
    app: Flask, isolated: None
) -> None:
    with app.test_request_context("/acme/parc"), counted() as asked:
        g.tenant_slug = "acme"
        g.actor = Actor(uuid.uuid4(), uuid.uuid4(), Role.OWNER, "Ann")
        g.tenant = Tenant(name="Acme")
        lines = navigation.navigation()
        shell = navigation.shell()

    assert lines
    assert shell.home_url == "/acme/"
    assert ["FROM notice" in statement for statement in asked] == [True]


def test_a_page_outside_tenants_has_no_rail(app: Flask) -> None:
    with app.test_request_context("/guide/"):
        assert navigation.navigation() == []
        assert navigation.shell().home_url == "/"


#: Of a space, and on none of its lines: where one is sent on, and what concerns oneself alone.
_ASIDE = {
    "accounts.tenant_home",
    "federation.leave_to_tie",
    "federation.mine",
    "people.leaving",
}


@pytest.mark.parametrize("role", [Role.OWNER, Role.DIRECTOR], ids=str)
def test_every_page_of_a_space_belongs_to_a_line_of_the_rail(app: Flask, role: Role) -> None:
    """Or its reader would not see where she is."""
    claims = [
        claim for place in navigation._places(role) for claim in (place.endpoint, *place.within)
    ]
    pages = {
        route.endpoint
        for route in routes.known()
        if "GET" in route.methods and route.inside and route.permission in GRANTS[role]
    }

    assert len(pages) > 20
    assert {it for it in pages - _ASIDE if not it.startswith(tuple(claims))} == set()
