"""What was typed into a form that was put off is hers, here, and nobody's besides."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from portal.kit import keys, unsent
from tenants.access import Actor
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.house import put_off

INVITE, MEMBER = "/acme/equipe/inviter", "/acme/equipe"
TYPED = {"email": "ann.neuve@people.example", "role": "billing", "job_title": "Comptable"}
FROM = {"Referer": f"http://localhost{INVITE}"}


@pytest.fixture
def client(app: Flask, owner: Actor) -> FlaskClient:
    put_off.has_password(owner)
    client = app.test_client()
    sign_in(client, owner)
    put_off.lapse(owner)
    return client


def _kept(app: Flask) -> list[bytes]:
    valkey: Redis = app.extensions["valkey"]
    found = [valkey.get(key) for key in valkey.scan_iter("unsent:*")]
    return [it for it in found if isinstance(it, bytes)]


@pytest.fixture(autouse=True)
def nothing_kept(app: Flask) -> None:
    valkey: Redis = app.extensions["valkey"]
    for key in valkey.scan_iter("unsent:*"):
        valkey.delete(key)


def test_it_is_kept_enciphered_for_a_while_without_its_secrets(
    app: Flask, client: FlaskClient
) -> None:
    valkey: Redis = app.extensions["valkey"]
    secret = {"password": "hunter2hunter2", "code": "123456", "csrf_token": "token-of-hers"}
    client.post(INVITE, data={**TYPED, **secret}, headers=FROM)
    (kept,) = _kept(app)
    (key,) = valkey.scan_iter("unsent:*")

    assert 0 < valkey.ttl(key) <= unsent.GOOD_FOR.total_seconds()
    for said in (*TYPED.values(), *secret.values()):
        assert said.encode() not in kept
    with app.test_request_context():
        within = keys.decipher("unsent form", kept.decode()) or ""
    assert TYPED["email"] in within
    assert [it for it in secret.values() if it in within] == []
    page = client.get(INVITE)  # she has not proved anything yet
    assert page.status_code == 303
    again = client.get(_proved(client)).text
    assert "saisissez-les de nouveau" in again
    assert TYPED["email"] in again
    assert [it for it in secret.values() if it in again] == []


def _proved(client: FlaskClient) -> str:
    answer = client.post(f"/confirmer?next={INVITE}", data={"password": put_off.PASSWORD})
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_it_stays_through_a_reload_and_goes_once_it_was_sent(
    app: Flask, client: FlaskClient
) -> None:
    client.post(INVITE, data=TYPED, headers=FROM)
    there = _proved(client)
    seen = [TYPED["email"] in client.get(there).text for _ in range(2)]
    refused = client.post(INVITE, data={**TYPED, "email": "no address"}).status_code
    still = TYPED["email"] in client.get(there).text
    sent = client.post(INVITE, data=TYPED).status_code

    assert (seen, refused, still, sent) == ([True, True], 422, True, 303)
    assert _kept(app) == []
    assert f'value="{TYPED["email"]}"' not in client.get(INVITE).text


def test_another_person_in_the_same_browser_reads_nothing_of_it(
    app: Flask, client: FlaskClient
) -> None:
    client.post(INVITE, data=TYPED, headers=FROM)
    sign_in(client, make.member(Role.MANAGER))  # the session is as it was but for its person

    assert TYPED["email"] not in client.get(INVITE).text


def test_her_other_browser_reads_nothing_of_it(
    app: Flask, client: FlaskClient, owner: Actor
) -> None:
    client.post(INVITE, data=TYPED, headers=FROM)
    elsewhere = app.test_client()
    sign_in(elsewhere, owner)

    assert TYPED["email"] not in elsewhere.get(INVITE).text


def test_another_page_with_the_same_fields_shows_nothing_of_it(
    client: FlaskClient, owner: Actor
) -> None:
    client.post(INVITE, data=TYPED, headers=FROM)
    make.member(Role.BILLING)
    _proved(client)
    pages = ["/acme/reglages", "/mon-compte", "/mon-compte/adresse"]

    assert [TYPED["job_title"] in client.get(page).text for page in pages] == [False] * 3


def test_signing_out_forgets_it(client: FlaskClient, owner: Actor) -> None:
    client.post(INVITE, data=TYPED, headers=FROM)
    client.post("/deconnexion")
    sign_in(client, owner)

    assert TYPED["email"] not in client.get(INVITE).text


def test_another_site_cannot_have_a_form_filled_in(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else she would find an accomplice's address in it, and only press the button."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = client.post(INVITE, data=TYPED, headers=FROM)

    assert answer.status_code == 303
    assert _kept(app) == []
    assert "il faudra l’envoyer de nouveau" in client.get(answer.headers["Location"]).text


def test_what_is_too_large_is_neither_read_nor_kept(app: Flask, client: FlaskClient) -> None:
    answer = client.post(INVITE, data={**TYPED, "find": "x" * unsent.LARGEST}, headers=FROM)

    assert answer.status_code == 303
    assert _kept(app) == []
    assert "il faudra l’envoyer de nouveau" in client.get(answer.headers["Location"]).text


def test_a_thousand_establishments_are_kept(app: Flask, client: FlaskClient) -> None:
    listed = [str(make.establishment(f"Foyer {number}")) for number in range(3)]
    client.post(INVITE, data={**TYPED, "establishments": listed * 333}, headers=FROM)
    page = client.get(_proved(client)).text

    assert [page.count(f'value="{it}"') for it in listed] == [1, 1, 1]


def test_without_valkey_she_is_told_that_she_types_it_again(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    with monkeypatch.context() as patched:
        patched.setitem(app.extensions, "valkey", away)
        answer = client.post(INVITE, data=TYPED, headers=FROM)
        asked = client.get(answer.headers["Location"])

    assert answer.status_code == 303
    assert "il faudra l’envoyer de nouveau" in asked.text
    assert client.get(_proved(client)).status_code == 200


def test_a_cookie_that_names_what_another_browser_kept_opens_nothing(
    app: Flask, client: FlaskClient, owner: Actor
) -> None:
    """The name is of use to her alone, whose sign-in the session must name as well."""
    client.post(INVITE, data=TYPED, headers=FROM)
    with client.session_transaction() as session:
        held = session["unsent"]
    thief = app.test_client()
    sign_in(thief, make.member(Role.MANAGER))
    with thief.session_transaction() as session:
        session["unsent"] = held

    assert TYPED["email"] not in thief.get(INVITE).text
