"""Signing in with two factors, and proving again who one is."""

import re
from datetime import timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import queries, recovery, service, totp
from portal.kit import clock
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tenants.models import SignIn
from tests.conftest import sign_in

PASSWORD = "lampe cuivre onze girafe"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(*, steps: int = 0, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30 * steps))


@pytest.fixture
def codes(owner: Actor) -> list[str]:
    """The owner has a password, an app and codes on paper; here are these."""
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        person = tenancy.user(owner.user_id)
        assert person
        service.set_password(person, PASSWORD, memory_kib=8)
        totp.add(owner.user_id, SECRET, step=0, label="App", at=clock.now())
        made = recovery.make_anew(owner.user_id, memory_kib=8)
        db.session.commit()
    return made


def first_step(client: FlaskClient, target: str = "/acme/guide") -> str:
    answer = client.post(
        "/connexion",
        query_string={"next": target},
        data={"email": "owner@acme.example", "password": PASSWORD},
    )
    return answer.headers["Location"]


def second_step(client: FlaskClient, **typed: str) -> int:
    return client.post("/connexion/double?next=/acme/guide", data=typed).status_code


def inside(client: FlaskClient) -> int:
    return client.get("/acme/guide").status_code


def test_the_password_alone_opens_nothing(client: FlaskClient, codes: list[str]) -> None:
    location = first_step(client)

    assert location.startswith("/connexion?next=")
    assert inside(client) == 303
    assert "Deuxième vérification" in client.get("/connexion").text


def test_password_and_code_open_a_strong_sign_in(client: FlaskClient, codes: list[str]) -> None:
    first_step(client)

    assert second_step(client, code=code()) == 303
    assert inside(client) == 200


def test_a_code_of_the_step_before_is_taken_and_one_of_long_ago_is_not(
    client: FlaskClient, codes: list[str]
) -> None:
    first_step(client)

    assert second_step(client, code=code(steps=-2)) == 422
    assert second_step(client, code=code(steps=-1)) == 303


def test_a_code_is_taken_once(app: Flask, client: FlaskClient, codes: list[str]) -> None:
    used = code()
    first_step(client)
    second_step(client, code=used)
    another = app.test_client()
    first_step(another)

    assert second_step(another, code=used) == 422
    assert inside(another) == 303


def test_a_code_on_paper_opens_once_however_it_is_typed(
    app: Flask, client: FlaskClient, codes: list[str]
) -> None:
    first_step(client)
    once = second_step(client, code=f" {codes[0].upper().replace('-', ' ')} ")
    another = app.test_client()
    first_step(another)
    twice = second_step(another, code=codes[0])

    assert (once, twice) == (303, 422)
    assert inside(client) == 200


def test_the_first_step_is_forgotten_after_ten_minutes(
    client: FlaskClient, codes: list[str]
) -> None:
    first_step(client)

    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=1)):
        answer = client.post("/connexion/double", data={"code": code()})
        assert answer.headers["Location"] == "/connexion"
        assert inside(client) == 303


def test_a_first_step_with_a_password_since_changed_leads_nowhere(
    client: FlaskClient, codes: list[str], owner: Actor
) -> None:
    first_step(client)
    person = tenancy.user(owner.user_id)
    assert person
    service.set_password(person, "zut mollusque pinson neuf", memory_kib=8)
    db.session.commit()

    assert second_step(client, code=code()) == 303
    assert inside(client) == 303


def test_guessing_codes_is_stopped_and_says_until_when(
    client: FlaskClient, codes: list[str]
) -> None:
    first_step(client)
    answers = [second_step(client, code="000000") for _ in range(11)]
    told = client.post("/connexion/double", data={"code": code()})

    assert answers == [422] * 10 + [429]
    assert told.status_code == 429
    assert 0 < int(told.headers["Retry-After"]) <= 900
    assert re.search(r"\d\d:\d\d", told.text)


def test_guessing_passwords_is_stopped_alike_for_a_known_and_an_unknown_address(
    client: FlaskClient, codes: list[str]
) -> None:
    faces = []
    for email in ("owner@acme.example", "nobody@acme.example"):
        tries = [
            client.post("/connexion", data={"email": email, "password": "x"}).status_code
            for _ in range(11)
        ]
        faces.append(tries)

    assert faces[0] == faces[1] == [422] * 10 + [429]


def test_a_provider_with_a_password_alone_is_sent_to_add_a_factor(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner, strong=False)

    answer = client.get("/acme/guide")
    page = client.get(answer.headers["Location"])

    assert answer.headers["Location"].startswith("/double-verification")
    assert page.status_code == 200
    assert "/double-verification/application" in page.text


def test_an_app_is_added_and_the_codes_on_paper_are_shown_until_kept(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner, strong=False)
    page = client.get("/double-verification/application?next=/acme/guide")
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', page.text)
    assert found
    secret = found[1].replace(" ", "")

    wrong = client.post("/double-verification/application", data={"code": "12345"})
    right = client.post(
        "/double-verification/application?next=/acme/guide", data={"code": code(secret=secret)}
    )
    shown = re.findall(r"<code>([a-z0-9-]{19})</code>", client.get(right.location).text)
    file = client.get("/double-verification/codes.txt")
    client.post("/double-verification/codes")
    after = client.get("/double-verification/codes")

    assert wrong.status_code == 422
    assert len(set(shown)) == 10
    assert file.text.split() == shown
    assert after.status_code == 303
    assert inside(client) == 200


def test_a_secret_is_kept_in_cipher(client: FlaskClient, owner: Actor, codes: list[str]) -> None:
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        (factor,) = queries.factors(owner.user_id)
        kept = factor.secret
        db.session.rollback()

    assert kept
    assert SECRET not in kept


def test_a_weak_sign_in_becomes_strong_under_another_name(
    client: FlaskClient, owner: Actor, codes: list[str]
) -> None:
    sign_in(client, owner, strong=False)
    with client.session_transaction() as session:
        before = session["sign_in"]

    client.post("/double-verification?next=/acme/guide", data={"code": code()})
    entered_now = inside(client)
    with client.session_transaction() as session:
        after, session["sign_in"] = session["sign_in"], before

    assert entered_now == 200
    assert after != before
    assert inside(client) == 303


def _stale(owner: Actor) -> None:
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        past = clock.now() - timedelta(minutes=16)
        db.session.execute(db.update(SignIn).values(confirmed_at=past))
        db.session.commit()


def test_a_sensitive_page_asks_again_and_leads_back(
    client: FlaskClient, owner: Actor, codes: list[str]
) -> None:
    sign_in(client, owner)
    _stale(owner)

    sent = client.get("/mon-compte/mot-de-passe").headers["Location"]
    wrong = client.post(sent, data={"password": "not this"})
    right = client.post(sent, data={"password": PASSWORD})

    assert sent.startswith("/confirmer?next=/mon-compte/mot-de-passe")
    assert wrong.status_code == 422
    assert right.headers["Location"] == "/mon-compte/mot-de-passe"
    assert client.get("/mon-compte/mot-de-passe").status_code == 200


def test_a_factor_confirms_as_well(client: FlaskClient, owner: Actor, codes: list[str]) -> None:
    sign_in(client, owner)
    _stale(owner)

    assert client.post("/confirmer", data={"code": code()}).status_code == 303
    assert client.get("/mon-compte/mot-de-passe").status_code == 200


def test_an_empty_proof_proves_nothing(client: FlaskClient, owner: Actor) -> None:
    """She has neither password nor factor: nothing typed is not a proof."""
    sign_in(client, owner)
    _stale(owner)

    assert client.post("/confirmer", data={}).status_code == 422
    assert client.post("/confirmer", data={"password": ""}).status_code == 422
    assert client.get("/mon-compte/mot-de-passe").status_code == 303
