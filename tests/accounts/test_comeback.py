"""Coming back without any factor: asked by herself, told at once, after a wait."""

from datetime import timedelta

import pyotp
from flask import Flask

from portal.accounts import comeback
from portal.accounts.models import AccountEvent
from portal.audit.models import AuditEvent
from portal.kit import clock
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.accounts.lost import (
    ENTER,
    LATER,
    PAGE,
    PASSWORD,
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
from tests.accounts.soft_key import SoftKey
from tests.accounts.telling import work
from tests.conftest import sign_in
from tests.smtp import Inbox


def test_who_lost_everything_comes_back_after_the_wait_and_adds_a_factor(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    travel(LATER)
    client = enrolling(app, inbox)
    secret, status = add_app(client)

    assert status == 303
    assert labels(owner) == ["New"]
    assert client.get("/acme/guide").status_code == 200
    assert not waiting(owner)
    travel(timedelta(minutes=1))
    assert strongly(app.test_client(), pyotp.TOTP(secret).at(clock.now())) == 303


def test_the_lost_factors_open_nothing_afterwards(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere, owner)
    asked(app)
    travel(LATER)
    add_app(enrolling(app, inbox))
    travel(timedelta(minutes=1))

    assert strongly(app.test_client(), pyotp.TOTP(SECRET).at(clock.now())) == 422
    assert strongly(app.test_client(), lost[0]) == 422
    assert elsewhere.get("/acme/guide").status_code == 303


def test_until_a_factor_is_added_the_lost_ones_stay(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    """At no moment does a password alone open the account."""
    asked(app)
    travel(LATER)
    enrolling(app, inbox)

    assert labels(owner) == ["Lost app"]
    assert half_way(app.test_client()).get("/acme/guide").status_code == 303


def test_a_passkey_may_be_the_new_factor(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    travel(LATER)
    client = enrolling(app, inbox)
    options = client.post("/double-verification/cle/defi").get_json()

    made = client.post("/double-verification/cle", data={"answer": SoftKey().make(options)})

    assert made.status_code == 303
    assert len(labels(owner)) == 1
    assert client.get("/acme/guide").status_code == 200


def test_what_the_code_opens_adds_a_factor_and_does_nothing_else(
    app: Flask, lost: list[str], inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    travel(LATER)
    client = enrolling(app, inbox)
    shut = {
        path: client.get(path).headers.get("Location", "")
        for path in (
            "/", "/acme/", "/acme/guide", "/nobody-s/guide", "/mes-acces", "/mon-compte",
            "/mon-compte/mot-de-passe", "/mon-compte/adresse", "/mon-compte/donnees.zip",
            "/confirmer", "/mes-prestataires",
        )
    }  # fmt: skip
    deeds = {
        path: client.post(path, data={"password": PASSWORD, "code": lost[0]})
        for path in (
            "/confirmer",
            "/double-verification",
            "/mon-compte/codes",
            "/mon-compte/fermer",
        )
    }

    assert all(there.startswith("/double-verification?next=") for there in shut.values())
    assert {deed.headers["Location"].partition("?")[0] for deed in deeds.values()} == {
        "/double-verification"
    }
    assert client.get("/double-verification").status_code == 200


def test_what_the_code_opens_lasts_a_quarter_of_an_hour(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    travel(LATER)
    client = enrolling(app, inbox)
    travel(timedelta(minutes=15, seconds=1))

    assert client.get("/double-verification").headers["Location"].startswith("/connexion")
    assert waiting(owner)
    assert add_app(enrolling(app, inbox))[1] == 303


def test_asking_again_makes_the_wait_neither_longer_nor_shorter(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    first = link(texts(app, inbox))
    travel(comeback.WAIT / 2)
    asked(app)
    silence = texts(app, inbox)
    travel(comeback.WAIT / 2 + timedelta(seconds=1))

    assert silence == []
    assert enrolling(app, inbox).get("/double-verification").status_code == 200
    app.test_client().post(first)
    assert not waiting(owner)


def test_a_request_that_nobody_went_through_with_is_over(
    app: Flask, lost: list[str], owner: Actor, inbox: Inbox, travel: Travel
) -> None:
    asked(app)
    travel(LATER)
    client = half_way(app.test_client())
    code = sent_code(app, client, inbox)
    travel(comeback.OPEN_FOR)
    late = half_way(client).post(ENTER, data={"code": code})

    assert late.headers["Location"] == PAGE
    assert "Demandez à remplacer" in client.get(PAGE).text
    asked(app)
    assert waiting(owner)


def test_every_tenant_of_hers_reads_in_its_journal_that_it_was_done(
    app: Flask, lost: list[str], owner: Actor, stranger: Actor, inbox: Inbox, travel: Travel
) -> None:
    db.session.rollback()
    with tenant_scope(stranger.tenant_id):
        place = make.establishment()
        tenants.admit(owner.user_id, role=Role.DIRECTOR, establishments=[place])
        db.session.commit()
    db.session.remove()
    asked(app)
    travel(LATER)
    add_app(enrolling(app, inbox))
    work([owner.tenant_id, stranger.tenant_id])

    for tenant_id in (owner.tenant_id, stranger.tenant_id):
        with tenant_scope(tenant_id):
            noted = db.session.scalars(
                db.select(AuditEvent.actor_id).where(AuditEvent.action == "member.recovered")
            ).all()
            db.session.rollback()
        assert noted == [owner.user_id]
    with entered(Scope(user_id=owner.user_id)):
        told = set(db.session.scalars(db.select(AccountEvent.action)))
        db.session.rollback()
    assert {"comeback_asked", "comeback_done"} <= told
