"""One's account: password, factors, sign-ins, and what is told of them by e-mail."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import queries, recovery, service, totp
from portal.kit import clock, mail
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tenants.roles import SecondFactor
from tests.carrying import carry
from tests.conftest import sign_in
from tests.smtp import Inbox, serving

OLD, NEW = "lampe cuivre onze girafe", "zut mollusque pinson neuf"
EMAIL = "owner@acme.example"


@pytest.fixture
def inbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    inbox = Inbox()
    with serving(inbox) as port:
        monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", port))
        yield inbox


@pytest.fixture
def person(owner: Actor) -> Actor:
    """The owner, with a password."""
    found = tenancy.user(owner.user_id)
    assert found
    service.set_password(found, OLD, memory_kib=8)
    db.session.commit()
    return owner


def _add_app(actor: Actor) -> str:
    db.session.rollback()
    with entered(Scope(user_id=actor.user_id)):
        factor = totp.add(actor.user_id, totp.new_secret(), step=0, label="App", at=clock.now())
        recovery.make_anew(actor.user_id, memory_kib=8)
        db.session.commit()
        return str(factor.id)


def _opens(app: Flask, password: str) -> bool:
    client = app.test_client()
    data = {"email": EMAIL, "password": password}
    return client.post("/connexion", data=data).status_code == 303


def _told(app: Flask, inbox: Inbox) -> str:
    carry(app)
    body = inbox.read().get_body(("plain",))
    assert body
    text: str = body.get_content()
    return text


def test_another_password_shuts_the_other_browsers_and_is_told(
    app: Flask, client: FlaskClient, person: Actor, inbox: Inbox
) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere, person)
    sign_in(client, person)

    weak = client.post("/mon-compte/mot-de-passe", data={"password": "motdepasse2026"})
    good = client.post("/mon-compte/mot-de-passe", data={"password": NEW})

    assert (weak.status_code, good.status_code) == (422, 303)
    assert client.get("/mon-compte").status_code == 200
    assert elsewhere.get("/mon-compte").status_code == 303
    assert (_opens(app, OLD), _opens(app, NEW)) == (False, True)
    assert "mot de passe" in _told(app, inbox)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_whoever_gives_herself_a_name_of_several_lines_is_told_all_the_same(
    app: Flask, client: FlaskClient, person: Actor, inbox: Inbox, end: str
) -> None:
    """Or a thief would first take her name, and then the rest in silence."""
    sign_in(client, person)
    name = f"Ann{end}Bcc: eve@people.example"
    named = client.post("/mon-compte", data={"name": name, "locale": "fr"})
    client.post("/mon-compte/mot-de-passe", data={"password": NEW})

    assert named.status_code == 303
    assert "mot de passe" in _told(app, inbox)
    assert inbox.read()["Bcc"] is None
    assert [it.rcpt_tos for it in inbox.taken] == [[EMAIL]]


def test_a_forgotten_password_is_chosen_anew_by_a_code(
    app: Flask, client: FlaskClient, person: Actor, inbox: Inbox
) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere, person)
    client.post("/mot-de-passe", data={"email": EMAIL})
    found = re.search(r"\d{4} \d{4}", _told(app, inbox))
    assert found
    inbox.taken.clear()

    data = {"code": found[0], "password": NEW}
    other_browser = app.test_client().post("/mot-de-passe/nouveau", data=data)
    weak = client.post("/mot-de-passe/nouveau", data={**data, "password": "motdepasse2026"})
    right = client.post("/mot-de-passe/nouveau", data=data)
    again = client.post("/mot-de-passe/nouveau", data={**data, "password": OLD})

    assert other_browser.headers["Location"] == "/mot-de-passe"
    assert weak.status_code == 422
    assert right.headers["Location"] == "/connexion"
    assert again.headers["Location"] == "/mot-de-passe"
    assert elsewhere.get("/mon-compte").status_code == 303
    assert (_opens(app, OLD), _opens(app, NEW)) == (False, True)


def test_asking_for_a_code_reads_the_same_for_whoever_has_no_account(
    app: Flask, person: Actor, inbox: Inbox
) -> None:
    faces = []
    for email in (EMAIL, "nobody@acme.example"):
        client = app.test_client()
        asked = client.post("/mot-de-passe", data={"email": email})
        page = client.get("/mot-de-passe").text.replace(email, "…")
        refused = client.post("/mot-de-passe/nouveau", data={"code": "00000000", "password": NEW})
        texts = [page, refused.text.replace(email, "…")]
        bare = [re.sub(r'(csrf_token" value|csrf-token" content)="[^"]*"', "", t) for t in texts]
        faces.append((asked.status_code, asked.headers["Location"], refused.status_code, *bare))
    carry(app)

    assert faces[0] == faces[1]
    assert [envelope.rcpt_tos for envelope in inbox.taken] == [[EMAIL]]


def test_codes_are_not_sent_without_end(app: Flask, person: Actor) -> None:
    statuses = [
        app.test_client().post("/mot-de-passe", data={"email": EMAIL}).status_code for _ in range(6)
    ]

    assert statuses == [303] * 5 + [429]


def test_one_browser_is_shut_out_and_nobody_else_s(
    app: Flask, client: FlaskClient, person: Actor, stranger: Actor
) -> None:
    elsewhere, foreign = app.test_client(), app.test_client()
    sign_in(elsewhere, person)
    sign_in(foreign, stranger)
    sign_in(client, person)
    with elsewhere.session_transaction() as session:
        there = session["sign_in"]
    with foreign.session_transaction() as session:
        hers = session["sign_in"]

    closed = client.post("/mon-compte/connexions/fermer", data={"sign_in": there})
    refused = client.post("/mon-compte/connexions/fermer", data={"sign_in": hers})

    assert (closed.status_code, refused.status_code) == (303, 404)
    assert elsewhere.get("/mon-compte").status_code == 303
    assert foreign.get("/mon-compte").status_code == 200
    assert client.get("/mon-compte").status_code == 200


def test_the_last_factor_stays_where_a_tenant_demands_it(
    client: FlaskClient, person: Actor
) -> None:
    factor = _add_app(person)
    sign_in(client, person)

    answer = client.post("/mon-compte/facteurs/retirer", data={"factor": factor})

    assert answer.status_code == 422
    assert "Un de vos espaces demande la double vérification" in client.get("/mon-compte").text


def test_a_factor_is_removed_where_none_is_demanded(
    app: Flask, client: FlaskClient, person: Actor, inbox: Inbox
) -> None:
    tenants.demand_second_factor(tenancy.tenant(person.tenant_id), SecondFactor.NOBODY)
    db.session.commit()
    factor = _add_app(person)
    elsewhere = app.test_client()
    sign_in(elsewhere, person)
    sign_in(client, person)

    answer = client.post("/mon-compte/facteurs/retirer", data={"factor": factor})

    db.session.rollback()
    with entered(Scope(user_id=person.user_id)):
        left = queries.factors(person.user_id), queries.recovery_codes_left(person.user_id)
        db.session.rollback()
    assert answer.status_code == 303
    assert left == ([], 0)
    assert elsewhere.get("/mon-compte").status_code == 303
    assert "retiré" in _told(app, inbox)


def test_somebody_else_s_factor_is_not_there(
    client: FlaskClient, person: Actor, stranger: Actor
) -> None:
    foreign = _add_app(stranger)
    sign_in(client, person)

    assert client.post("/mon-compte/facteurs/retirer", data={"factor": foreign}).status_code == 404


def test_a_sign_in_from_another_kind_of_browser_is_told_once(
    app: Flask, person: Actor, inbox: Inbox
) -> None:
    agents = ["Mozilla (Windows) Firefox/1", "Mozilla (Windows) Firefox/2", "(iPhone) Safari/1"]
    for agent in agents:
        app.test_client().post(
            "/connexion",
            data={"email": EMAIL, "password": OLD},
            headers={"User-Agent": agent},
        )

    assert "Safari, iPhone" in _told(app, inbox)


def test_a_demand_of_everybody_holds_from_the_next_request(
    client: FlaskClient, person: Actor
) -> None:
    tenants.demand_second_factor(tenancy.tenant(person.tenant_id), SecondFactor.NOBODY)
    db.session.commit()
    sign_in(client, person, strong=False)
    before = client.get("/acme/guide").status_code
    tenants.demand_second_factor(tenancy.tenant(person.tenant_id), SecondFactor.EVERYONE)
    db.session.commit()

    assert before == 200
    assert client.get("/acme/guide").headers["Location"].startswith("/double-verification")
