"""The language of a visitor, and that of an account."""

import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import service
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.accounts.browsing import PASSWORD, enter
from tests.conftest import sign_in


def test_the_language_is_switched_and_the_visitor_comes_back(client: FlaskClient) -> None:
    response = client.post(
        "/langue",
        data={"locale": "en"},
        headers={"Referer": "http://localhost/connexion?next=/guide/"},
    )

    assert response.headers["Location"] == "/connexion?next=/guide/"
    assert '<html lang="en">' in client.get("/connexion").text


def test_coming_back_never_leaves_the_site(client: FlaskClient) -> None:
    response = client.post(
        "/langue", data={"locale": "fr"}, headers={"Referer": "https://evil.example/x"}
    )

    assert response.headers["Location"] == "/"


def test_a_language_that_is_not_spoken_is_refused(client: FlaskClient) -> None:
    assert client.post("/langue", data={"locale": "xx"}).status_code == 400


def test_the_language_is_remembered_for_the_account_on_any_device(
    app: Flask, client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)

    client.post("/langue", data={"locale": "en"})

    another = app.test_client()
    sign_in(another, owner)
    assert '<html lang="en">' in another.get("/mes-acces").text


@pytest.mark.parametrize("refused", ["/nothing/there", "/globex/parc", "/acme/parc/import"])
def test_what_is_refused_before_the_account_is_read_is_told_in_its_language(
    app: Flask, owner: Actor, stranger: Actor, refused: str
) -> None:
    member = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    db.session.rollback()
    with entered(Scope(user_id=member.user_id)):
        known = tenancy.user(member.user_id)
        assert known is not None
        service.set_password(known, PASSWORD, memory_kib=8)
        known.locale, email = "en", known.email
        db.session.commit()
    client = app.test_client()
    assert enter(client, email) == 303

    answer = client.get(refused, headers={"Accept-Language": "fr"})

    assert answer.status_code in {403, 404}
    assert '<html lang="en">' in answer.text


def test_a_language_chosen_by_nobody_is_nobody_s(client: FlaskClient, owner: Actor) -> None:
    client.post("/langue", data={"locale": "en"})

    person = tenancy.user(owner.user_id)
    assert person is not None
    assert person.locale == "fr"


def test_a_language_is_chosen_even_by_a_session_whose_account_is_gone(
    client: FlaskClient, owner: Actor
) -> None:
    with client.session_transaction() as session:
        session["_user_id"] = session["sign_in"] = str(uuid.uuid4())

    assert client.post("/langue", data={"locale": "en"}).status_code == 303
