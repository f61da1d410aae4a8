"""Signing in and out by real requests, and the way to a tenant."""

import re
import uuid
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.accounts import service
from portal.kit import clock
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in

PASSWORD = "correct horse battery"


@pytest.fixture
def person(isolated: None) -> str:
    """The address of somebody with an account and no access."""
    tenants.register_user(
        email="Ann@People.example",
        name="Ann",
        password_hash=service.hash_password(PASSWORD, memory_kib=8),
    )
    db.session.commit()
    return "ann@people.example"


def _enter(client: FlaskClient, email: str, password: str, query: str = "") -> tuple[int, str, str]:
    response = client.post(f"/connexion{query}", data={"email": email, "password": password})
    return response.status_code, response.headers.get("Location", ""), response.text


def _signed_in(client: FlaskClient) -> bool:
    with client.session_transaction() as session:
        return "_user_id" in session


def test_the_right_password_opens_a_session_and_leads_home(
    client: FlaskClient, person: str
) -> None:
    status, location, _ = _enter(client, person, PASSWORD)

    assert (status, location) == (303, "/")
    assert _signed_in(client)


def test_the_address_may_be_typed_in_any_case_and_with_blanks(
    client: FlaskClient, person: str
) -> None:
    assert _enter(client, " ANN@people.EXAMPLE ", PASSWORD)[0] == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [("ann@people.example", "wrong"), ("nobody@people.example", PASSWORD), ("not an address", "x")],
)
def test_a_refusal_does_not_tell_what_was_wrong(
    client: FlaskClient, person: str, email: str, password: str
) -> None:
    status, _, body = _enter(client, email, password)

    assert status == 422
    assert "ne vont pas ensemble" in body
    assert not _signed_in(client)


def test_refusals_read_the_same_for_a_known_and_an_unknown_address(
    client: FlaskClient, person: str
) -> None:
    known = _enter(client, person, "wrong")[2].replace(person, "…")
    unknown = _enter(client, "nobody@people.example", "wrong")[2]

    assert _stripped(known) == _stripped(unknown.replace("nobody@people.example", "…"))


def _stripped(body: str) -> str:
    """Without the token, which differs from one page to the next."""
    return re.sub(r'(csrf_token" value|csrf-token" content)="[^"]*"', "", body)


def test_an_empty_form_is_shown_again_with_what_is_missing(client: FlaskClient) -> None:
    status, _, body = _enter(client, "", "")

    assert status == 422
    assert 'aria-invalid="true"' in body


def test_a_typed_password_is_never_sent_back(client: FlaskClient, person: str) -> None:
    assert "hunter2hunter2" not in _enter(client, person, "hunter2hunter2")[2]


def test_an_account_without_password_lets_nobody_in(client: FlaskClient, owner: Actor) -> None:
    assert _enter(client, "owner@acme.example", "")[0] == 422
    assert _enter(client, "owner@acme.example", "None")[0] == 422


@pytest.mark.parametrize("target", ["/acme/parc?page=2", "/mes-acces", "/guide/"])
def test_the_visitor_is_led_to_the_page_she_asked_for(
    client: FlaskClient, person: str, target: str
) -> None:
    response = client.post(
        "/connexion",
        query_string={"next": target},
        data={"email": person, "password": PASSWORD},
    )

    assert response.headers["Location"] == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        " //evil.example",
        "",
    ],
)
def test_another_site_is_never_the_next_page(client: FlaskClient, person: str, target: str) -> None:
    response = client.post(
        "/connexion",
        query_string={"next": target},
        data={"email": person, "password": PASSWORD},
    )

    assert response.headers["Location"] == "/"


def test_nothing_of_the_earlier_session_survives_a_sign_in_but_the_language(
    client: FlaskClient, person: str
) -> None:
    with client.session_transaction() as session:
        session.update(locale="en", csrf_token="old", planted="by somebody else")

    _enter(client, person, PASSWORD)

    with client.session_transaction() as session:
        assert session["locale"] == "en"
        assert "planted" not in session
        assert session.get("csrf_token") != "old"


def test_who_is_signed_in_already_is_sent_on(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)

    assert client.get("/connexion?next=/mes-acces").headers["Location"] == "/mes-acces"


def test_signing_out_ends_the_session(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)

    response = client.post("/deconnexion")

    assert response.headers["Location"] == "/connexion"
    assert not _signed_in(client)
    assert client.get("/mes-acces").status_code == 303


def test_signing_out_by_a_mere_link_is_impossible(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)

    assert client.get("/deconnexion").status_code in {404, 405, 308}
    assert _signed_in(client)


def test_a_stranger_at_the_door_is_sent_to_sign_in(client: FlaskClient) -> None:
    response = client.get("/")

    assert response.status_code == 303
    assert response.headers["Location"].startswith("/connexion")


def test_a_session_whose_account_is_gone_is_closed(client: FlaskClient, isolated: None) -> None:
    with client.session_transaction() as session:
        session["_user_id"] = session["sign_in"] = str(uuid.uuid4())

    response = client.get("/")

    assert response.headers["Location"].startswith("/connexion")
    assert not _signed_in(client)


def test_home_leads_to_the_only_tenant(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)

    assert client.get("/").headers["Location"] == "/acme/"


def test_home_lists_the_hats_of_who_has_several(client: FlaskClient, owner: Actor) -> None:
    director = _director_at("acme-and-globex", owner, make.tenant("globex"))
    sign_in(client, director)

    assert client.get("/").headers["Location"] == "/mes-acces"

    body = client.get("/mes-acces").text
    assert 'href="/acme/"' in body
    assert 'href="/globex/"' in body


def _director_at(name: str, *owners: Actor) -> Actor:
    """One person who directs an establishment of each of these tenants."""
    user = tenants.register_user(email=f"{name}@people.example", name=name, password_hash=None)
    user_id = user.id
    db.session.commit()
    for owner in owners:
        db.session.remove()
        with tenant_scope(owner.tenant_id):
            establishment = make.establishment()
            tenants.admit(user_id, role=Role.DIRECTOR, establishments=[establishment])
            db.session.commit()
    db.session.remove()
    return Actor(user_id, owners[0].tenant_id, Role.DIRECTOR, name)


def test_an_ended_access_is_no_longer_offered(client: FlaskClient, owner: Actor) -> None:
    late = make.member(Role.AUDITOR, ends_at=clock.now() - timedelta(seconds=1))
    sign_in(client, late)

    body = client.get("/mes-acces").text

    assert "/acme/" not in body
    assert client.get("/acme/").status_code == 404
