"""Whoever is not she comes back by nothing, and what she asked is taken back in time."""

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask

from portal.accounts import comeback
from portal.accounts.models import Comeback
from portal.audit.models import AuditEvent
from portal.kit import clock, tokens
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import SignIn
from tests.accounts.lost import (
    CODE,
    ENTER,
    LATER,
    OTHER,
    PAGE,
    SECRET,
    Travel,
    add_app,
    asked,
    enrolling,
    half_way,
    labels,
    link,
    sent_code,
    strongly,
    texts,
    waiting,
)
from tests.conftest import sign_in
from tests.smtp import Inbox


def test_nothing_opens_before_the_wait_is_over(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    texts(app, inbox)
    travel(comeback.WAIT - timedelta(seconds=1))
    client = half_way(app.test_client())
    client.post(CODE)
    early = client.post(ENTER, data={"code": "00000000"})

    assert texts(app, inbox) == []
    assert early.headers["Location"] == PAGE
    assert "Votre demande est enregistrée" in client.get(PAGE).text
    assert client.get("/acme/guide").status_code == 303


def test_one_code_opens_once_and_in_the_browser_that_asked_for_it(
    app: Flask, lost: list[str], inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    travel(LATER)
    client, thief = half_way(app.test_client()), half_way(app.test_client())
    code = sent_code(app, client, inbox)

    assert thief.post(ENTER, data={"code": code}).status_code == 422
    assert client.post(ENTER, data={"code": "1234"}).status_code == 422
    assert client.post(ENTER, data={"code": code}).status_code == 303
    assert half_way(client).post(ENTER, data={"code": code}).status_code == 422


def test_the_code_without_the_password_opens_nothing(
    app: Flask, lost: list[str], inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    travel(LATER)
    client = half_way(app.test_client())
    code = sent_code(app, client, inbox)
    travel(timedelta(minutes=10, seconds=1))  # the first step is forgotten

    assert client.post(ENTER, data={"code": code}).headers["Location"] == "/connexion"
    for path in (PAGE, CODE, ENTER):
        assert app.test_client().post(path).headers["Location"] == "/connexion"
    assert app.test_client().get(PAGE).headers["Location"] == "/connexion"


def test_another_password_in_between_ends_the_wait(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    client = app.test_client()
    sign_in(client, owner)
    client.post("/mon-compte/mot-de-passe", data={"password": OTHER})
    travel(LATER)
    again = half_way(app.test_client(), OTHER)

    assert not waiting(owner)
    assert "Demandez à remplacer" in again.get(PAGE).text


def test_another_password_while_she_adds_a_factor_shuts_her_out(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    travel(LATER)
    thief = enrolling(app, inbox)
    client = app.test_client()
    sign_in(client, owner)
    client.post("/mon-compte/mot-de-passe", data={"password": OTHER})

    assert thief.get("/double-verification/application").status_code == 303
    assert labels(owner) == ["Lost app"]


@pytest.mark.parametrize("way", ["app", "paper"])
def test_whoever_signs_in_with_a_factor_takes_it_back(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel, way: str
) -> None:
    asked(app)
    travel(LATER)
    thief = enrolling(app, inbox)
    texts(app, inbox)
    code = pyotp.TOTP(SECRET).at(clock.now()) if way == "app" else lost[0]

    assert strongly(app.test_client(), code) == 303
    assert not waiting(owner)
    assert thief.get("/double-verification").headers["Location"].startswith("/connexion")
    assert "annulée" in "".join(texts(app, inbox))


def test_proving_oneself_again_by_a_factor_takes_it_back(
    app: Flask, lost: list[str], owner: Actor
) -> None:
    asked(app)
    client = app.test_client()
    sign_in(client, owner)

    client.post("/confirmer", data={"code": pyotp.TOTP(SECRET).at(clock.now())})

    assert not waiting(owner)


def test_a_tenant_s_directory_takes_nothing_back(app: Flask, lost: list[str], owner: Actor) -> None:
    """It says how she enters that tenant, and nothing of the others."""
    from_directory = app.test_client()
    asked(app)
    sign_in(from_directory, owner)
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        db.session.execute(
            db.update(SignIn).where(SignIn.method == "test").values(only_tenant_id=owner.tenant_id)
        )
        db.session.commit()

    from_directory.post("/confirmer", data={"code": pyotp.TOTP(SECRET).at(clock.now())})

    assert waiting(owner)


def test_the_notice_leaves_at_once_and_cancels_by_a_form_alone(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox
) -> None:
    asked(app)
    there = link(texts(app, inbox))
    client = app.test_client()

    looked, still = client.get(there), waiting(owner)
    done = client.post(there)

    assert (looked.status_code, still) == (200, True)
    assert "Plus rien n’est demandé" in done.text
    assert not waiting(owner)


def test_cancelling_shuts_out_whoever_adds_a_factor(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    there = link(texts(app, inbox))
    travel(LATER)
    thief = enrolling(app, inbox)
    app.test_client().post(there)

    assert thief.get("/double-verification/application").status_code == 303
    assert labels(owner) == ["Lost app"]


def test_a_stranger_cancels_nothing_and_is_told_the_same(
    app: Flask, lost: list[str], owner: Actor, stranger: Actor
) -> None:
    asked(app)
    forged = [tokens.make(owner.user_id)[0], tokens.make(stranger.user_id)[0], "x"]
    told = {
        re.sub(r'(csrf_token" value|csrf-token" content)="[^"]*"', "", answer.text)
        for answer in (
            app.test_client().post(f"/connexion/sans-facteur/annuler/{token}") for token in forged
        )
    }

    assert len(told) == 1
    assert waiting(owner)


def test_asking_is_limited(app: Flask, lost: list[str], owner: Actor) -> None:
    client = half_way(app.test_client())

    assert [client.post(PAGE).status_code for _ in range(6)] == [303] * 5 + [429]


def test_a_factor_that_is_not_proved_changes_nothing(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    travel(LATER)
    client = enrolling(app, inbox)
    client.get("/double-verification/application")
    refused = client.post("/double-verification/application", data={"code": "000000"})

    assert refused.status_code == 422
    assert labels(owner) == ["Lost app"]
    assert waiting(owner)


def test_who_is_gone_meanwhile_adds_nothing(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    """The request vanishes between the gate and the deed."""
    asked(app)
    travel(LATER)
    client = enrolling(app, inbox)
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        db.session.execute(db.delete(Comeback))
        db.session.commit()

    assert add_app(client)[1] == 422
    assert labels(owner) == ["Lost app"]
    with tenant_scope(owner.tenant_id):
        noted = db.session.scalars(
            db.select(AuditEvent).where(AuditEvent.action == "member.recovered")
        ).all()
        db.session.rollback()
    assert noted == []
