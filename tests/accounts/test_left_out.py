"""Whoever gave the password alone touches nothing of the second factor that its person has."""

import re

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import queries, service, totp
from portal.kit import clock
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tenants.models import SignIn
from tests.accounts.lost import (
    LATER,
    PASSWORD,
    SECRET,
    Travel,
    add_app,
    asked,
    enrolling,
    labels,
)
from tests.accounts.moves import ASK, CODE
from tests.accounts.soft_key import SoftKey
from tests.conftest import sign_in
from tests.smtp import Inbox

APP, KEY = "/double-verification/application", "/double-verification/cle"
ASKED = "/double-verification?"


@pytest.fixture
def hers(owner: Actor, inbox: Inbox) -> Actor:
    """The owner signs in with a password and has no second factor yet."""
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        person = tenancy.user(owner.user_id)
        assert person
        service.set_password(person, PASSWORD, memory_kib=8)
        db.session.commit()
    return owner


def entered_by_password(app: Flask, email: str = "owner@acme.example") -> FlaskClient:
    client = app.test_client()
    client.post("/connexion", data={"email": email, "password": PASSWORD})
    return client


def has_an_app(owner: Actor) -> str:
    """From another browser, which closes no sign-in: what each page asks is seen by itself."""
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        held = str(totp.add(owner.user_id, SECRET, step=0, label="Hers", at=clock.now()).id)
        db.session.commit()
    return held


def secret_shown(client: FlaskClient) -> str:
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', client.get(APP).text)
    assert found
    return found[1].replace(" ", "")


def test_the_app_of_who_was_there_first_is_not_added_beside_hers(app: Flask, hers: Actor) -> None:
    """Though its secret was shown while there was none."""
    thief = entered_by_password(app)
    secret = secret_shown(thief)
    has_an_app(hers)

    answer = thief.post(APP, data={"code": pyotp.TOTP(secret).now(), "label": "Mine"})

    assert answer.headers["Location"].startswith(ASKED)
    assert thief.get(APP).headers["Location"].startswith(ASKED)
    assert labels(hers) == ["Hers"]
    assert thief.get("/acme/guide").status_code == 303


def test_nor_is_a_passkey(app: Flask, hers: Actor) -> None:
    thief = entered_by_password(app)
    has_an_app(hers)
    options = thief.post(f"{KEY}/defi").get_json()

    answer = thief.post(KEY, data={"answer": SoftKey().make(options)})

    assert answer.headers["Location"].startswith(ASKED)
    assert labels(hers) == ["Hers"]


@pytest.mark.parametrize(
    "typed",
    [
        ("/mon-compte/codes", {}),
        ("/mon-compte/facteurs/retirer", {"factor": "{factor}"}),
        (ASK, {"email": "thief@people.example"}),
        (CODE, {"code": "00000000"}),
        ("/mon-compte/mot-de-passe", {"password": "zut mollusque pinson neuf"}),
    ],
    ids=["recovery codes", "removing", "address", "code for it", "password"],
)
def test_nothing_that_opens_the_account_is_changed_without_it(
    app: Flask, hers: Actor, typed: tuple[str, dict[str, str]]
) -> None:
    thief = entered_by_password(app)
    held = has_an_app(hers)
    address, fields = typed

    answer = thief.post(address, data={it: said.format(factor=held) for it, said in fields.items()})

    assert answer.headers["Location"].startswith(ASKED)
    assert labels(hers) == ["Hers"]
    assert _codes(hers) == 0


@pytest.mark.parametrize("page", ["/double-verification/codes", "/double-verification/codes.txt"])
def test_no_codes_are_read_without_it(app: Flask, hers: Actor, page: str) -> None:
    thief = entered_by_password(app)
    has_an_app(hers)

    assert thief.get(page).headers["Location"].startswith(ASKED)


def test_with_it_she_goes_on_where_she_was(app: Flask, hers: Actor) -> None:
    """What she had typed is there again."""
    browser = entered_by_password(app)
    has_an_app(hers)
    there = browser.post(ASK, data={"email": "ann@new.example"}).headers["Location"]
    page = browser.get(there)

    proved = browser.post(there, data={"code": pyotp.TOTP(SECRET).at(clock.now())})

    assert "Votre second facteur est attendu" in page.text
    assert "n’est pas parti" in page.text
    assert proved.headers["Location"] == ASK
    assert "ann@new.example" in browser.get(ASK).text


def test_the_password_is_no_proof_of_it(app: Flask, hers: Actor) -> None:
    thief = entered_by_password(app)
    has_an_app(hers)

    thief.post("/confirmer", data={"password": PASSWORD})

    assert thief.get(APP).headers["Location"].startswith(ASKED)


def test_the_first_factor_signs_out_whoever_came_by_the_password_alone(
    app: Flask, hers: Actor
) -> None:
    thief, browser = entered_by_password(app), entered_by_password(app)

    _, added = add_app(browser)

    assert added == 303
    assert thief.get("/mon-compte").headers["Location"].startswith("/connexion")
    assert "connectés par le mot de passe seul ont été" in browser.get("/mon-compte").text
    assert browser.get("/acme/guide").status_code == 200


def test_whoever_came_by_two_or_by_a_directory_stays_signed_in(app: Flask, hers: Actor) -> None:
    strong = app.test_client()
    sign_in(strong, hers)
    by_directory = app.test_client()
    sign_in(by_directory, hers, strong=False)
    _let_into(hers, by_directory)

    add_app(entered_by_password(app))

    assert strong.get("/acme/guide").status_code == 200
    assert _open(hers, by_directory)


def test_a_second_factor_may_still_be_added_by_who_gave_the_first(app: Flask, hers: Actor) -> None:
    browser = entered_by_password(app)
    add_app(browser)

    _, added = add_app(browser)

    assert (added, len(labels(hers))) == (303, 2)


def test_who_lost_them_all_still_adds_one_in_their_place(
    app: Flask, comes_back: FlaskClient, owner: Actor
) -> None:
    assert add_app(comes_back)[1] == 303
    assert labels(owner) == ["New"]


@pytest.fixture
def comes_back(app: Flask, lost: list[str], inbox: Inbox, travel: Travel) -> FlaskClient:
    asked(app)
    travel(LATER)
    return enrolling(app, inbox)


def _codes(owner: Actor) -> int:
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        left = queries.recovery_codes_left(owner.user_id)
        db.session.rollback()
    return left


def _name(client: FlaskClient) -> str:
    with client.session_transaction() as session:
        return str(session["sign_in"])


def _let_into(owner: Actor, client: FlaskClient) -> None:
    """As a directory does: into its own tenant alone."""
    here = sa.update(SignIn).where(SignIn.id == _name(client))
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        db.session.execute(here.values(only_tenant_id=owner.tenant_id))
        db.session.commit()


def _open(owner: Actor, client: FlaskClient) -> bool:
    name = _name(client)
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        found = {str(it.id) for it in tenancy.sign_ins(owner.user_id, clock.now())}
        db.session.rollback()
    return name in found
