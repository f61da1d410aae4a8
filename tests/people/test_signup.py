"""A provider arrives by real requests, and finds what is to do first."""

import re
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.contracts.models import Offering
from portal.fleet.models import Establishment
from portal.guide import loader
from portal.people import signup, steps
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.models import Membership, Tenant
from tenants.roles import Role
from tests import make
from tests.carrying import carry
from tests.conftest import sign_in

ASKED = {
    "name": "Bréhat Infogérance SARL",
    "siren": "732 829 320",
    "person": "Ann Example",
    "email": "Ann@People.example",
}
PASSWORD = "six chevaux lents dans la brume"


class Letters:
    """A post that keeps what is sent."""

    keeps_hours = False

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._taken: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        self._taken.append(message)

    @property
    def all(self) -> list[EmailMessage]:
        carry(self._app)
        return self._taken

    @property
    def codes(self) -> list[str]:
        texts = [message.get_body(("plain",)) for message in self.all]
        found = [re.search(r"\b\d{4} \d{4}\b", text.get_content()) for text in texts if text]
        return [code.group() for code in found if code]


@pytest.fixture
def letters(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Letters:
    kept = Letters(app)
    monkeypatch.setitem(app.extensions, "post", kept)
    return kept


def _open(client: FlaskClient, code: str, **more: str) -> tuple[int, str]:
    data = {"code": code, "slug": "brehat", "password": PASSWORD, **more}
    answer = client.post("/inscription/code", data=data)
    return answer.status_code, answer.headers.get("Location", "")


def _tenants() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Tenant.slug)))


def test_a_provider_signs_up_and_has_a_working_tenant(
    client: FlaskClient, letters: Letters
) -> None:
    assert client.post("/inscription", data=ASKED).status_code == 303
    page = client.get("/inscription").text
    assert 'value="brehat-infogerance"' in page
    assert [message["To"] for message in letters.all] == ["ann@people.example"]

    status, there = _open(client, letters.codes[0])

    assert (status, there) == (303, "/brehat/premiers-pas")
    tenant = tenancy.tenant_by_slug("brehat")
    assert tenant is not None
    assert (tenant.name, tenant.siren) == ("Bréhat Infogérance SARL", "732829320")
    tenant_id = tenant.id
    db.session.rollback()
    with tenant_scope(tenant_id):
        assert db.session.scalars(sa.select(Membership.role)).all() == [Role.OWNER]
        assert len(db.session.scalars(sa.select(Offering.id)).all()) == len(
            loader.current().offerings
        )
        db.session.rollback()
    with client.session_transaction() as session:
        assert session["_user_id"]
        assert "sign_up" not in session


def test_the_code_opens_in_the_browser_that_asked_alone(
    client: FlaskClient, app: Flask, letters: Letters
) -> None:
    client.post("/inscription", data=ASKED)
    code = letters.codes[0]
    elsewhere = app.test_client()
    elsewhere.post("/inscription", data=ASKED)

    assert _open(app.test_client(), code) == (303, "/inscription")
    assert _open(elsewhere, code)[0] == 422
    assert _tenants() == []


def test_a_wrong_code_opens_nothing(client: FlaskClient, letters: Letters) -> None:
    client.post("/inscription", data=ASKED)

    assert _open(client, "00000000")[0] == 422
    assert _tenants() == []


@pytest.mark.parametrize(
    "wrong",
    [{"password": "azerty123456"}, {"slug": "static"}, {"slug": "No Way"}, {"slug": "acme"}],
)
def test_a_slip_beside_the_code_costs_none_of_it(
    client: FlaskClient,
    owner: Actor,
    letters: Letters,
    wrong: dict[str, str],
) -> None:
    client.post("/inscription", data=ASKED)
    code = letters.codes[0]

    assert _open(client, code, **wrong)[0] == 422

    assert _open(client, code)[0] == 303


def test_a_known_address_sees_the_same_pages_and_opens_nothing(
    client: FlaskClient, app: Flask, owner: Actor, letters: Letters
) -> None:
    other = app.test_client()
    asked = client.post("/inscription", data={**ASKED, "email": "owner@acme.example"})
    fresh = other.post("/inscription", data=ASKED)

    pages = [
        re.sub(r'"[\w.-]{60,}"', "", it.get("/inscription").text).replace(address, "")
        for it, address in ((client, "owner@acme.example"), (other, "ann@people.example"))
    ]

    assert (asked.status_code, asked.headers["Location"]) == (
        fresh.status_code,
        fresh.headers["Location"],
    )
    assert pages[0] == pages[1]
    assert {message["To"] for message in letters.all} == {
        "owner@acme.example",
        "ann@people.example",
    }
    assert len(letters.codes) == 1
    assert _open(client, "12345678")[0] == 422


def test_asking_too_often_is_told_so(client: FlaskClient, letters: Letters) -> None:
    answers = [client.post("/inscription", data=ASKED).status_code for _ in range(6)]

    assert answers == [303] * 5 + [429]


@pytest.mark.parametrize("given", ["732 829 321", "12345678", "73282932O", "", "1" * 41])
def test_a_wrong_siren_is_told_and_nothing_is_lost(
    client: FlaskClient, letters: Letters, given: str
) -> None:
    answer = client.post("/inscription", data={**ASKED, "siren": given})

    assert answer.status_code == 422
    assert "Bréhat Infogérance SARL" in answer.text
    assert 'id="siren-error"' in answer.text
    assert letters.all == []


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Société Éléonore & Fils", "eleonore-fils"),
        ("Acme", "acme-2"),
        ("SARL", "sarl"),
        ("Static", "static-2"),
        ("漢字", "espace"),
        ("x" * 90, "x" * 37),
    ],
)
def test_an_address_is_proposed_after_the_name(owner: Actor, name: str, slug: str) -> None:
    assert signup.proposed_slug(name) == slug


def test_the_first_steps_are_read_from_rows(client: FlaskClient, owner: Actor) -> None:
    def done() -> set[str]:
        return {step.name for step in steps.first_steps(owner) if step.done}

    assert done() == set()
    make.member(Role.DIRECTOR, establishments=[make.establishment()])
    assert done() == {"fleet"}
    make.member(Role.TECHNICIAN)
    make.contract(db.session.scalars(sa.select(Establishment.id)).one(), make.offering())

    assert done() == {"colleague", "fleet", "contracts"}


def test_each_first_step_leads_to_a_page_that_opens(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)
    page = client.get("/acme/premiers-pas").text
    links = set(re.findall(r'href="([^"]+)"', page.partition('<ol class="next">')[2]))

    assert len(links) == len(steps.PLACES)
    assert {client.get(link).status_code for link in links} == {200}


def test_r7_signing_up_again_touches_no_account(
    client: FlaskClient, owner: Actor, letters: Letters
) -> None:
    """An account made while the code travelled keeps its password and its name."""
    client.post("/inscription", data=ASKED)
    code = letters.codes[0]
    make.member(Role.MANAGER, email="ann@people.example")

    assert _open(client, code)[0] == 422

    person = tenancy.user_by_email("ann@people.example")
    assert person is not None
    assert person.password_hash is None
