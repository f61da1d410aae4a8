"""What is said to be kept about people, and that it wears out as it is said."""

import dataclasses
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from portal.accounts import forgetting
from portal.accounts.models import AccountEvent
from portal.kit import clock, limits, unsent
from portal.privacy.register import REGISTER
from tenants import service as tenancy
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tenants.models import SignIn


@pytest.mark.parametrize(("language", "word"), [("fr", "Pourquoi"), ("en", "Why")])
def test_anybody_reads_what_is_kept_in_her_language(
    client: FlaskClient, language: str, word: str
) -> None:
    page = client.get("/confidentialite", headers={"Accept-Language": language}).text

    assert page.count(f"<dt>{word}</dt>") == len(REGISTER)


def test_the_page_is_one_step_from_the_door(client: FlaskClient) -> None:
    assert 'href="/confidentialite"' in client.get("/connexion").text


@pytest.mark.parametrize(("language", "word"), [("fr", "Finalité"), ("en", "Purpose")])
def test_the_register_is_printed_in_both_languages(app: Flask, language: str, word: str) -> None:
    told = app.test_cli_runner().invoke(args=["privacy", "register", "--language", language])

    assert told.exit_code == 0
    assert told.output.count(f"**{word}**") == told.output.count("\n## ") == len(REGISTER)


def test_what_ended_long_ago_goes_and_the_rest_stays(owner: Actor) -> None:
    now = clock.now()
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        for days in (0, 60, 120, 400):
            at = now - timedelta(days=days)
            tenancy.open_sign_in(owner.user_id, method="test", strong=True, at=at)
            db.session.add(AccountEvent(user_id=owner.user_id, at=at, action="signed_in"))
        db.session.flush()

        forgetting.forget_ended(owner.user_id, at=now)

        left = [
            [
                (now - at).days
                for at in db.session.scalars(sa.select(column).order_by(column.desc()))
            ]
            for column in (SignIn.opened_at, AccountEvent.at)
        ]
        db.session.rollback()
    assert left == [[0, 60], [0, 60, 120]]


def test_the_register_says_the_days_that_the_code_keeps(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        said = " ".join(str(it.kept) for it in REGISTER)

    assert ("Ninety days" in said, forgetting.SIGN_INS.days) == (True, 90)
    assert ("older than a year" in said, forgetting.EVENTS.days) == (True, 365)
    assert ("Half an hour" in said, unsent.GOOD_FOR) == (True, timedelta(minutes=30))
    every = [part for rule in limits.RULES.values() for part in dataclasses.astuple(rule) if part]
    assert ("A day at most" in said, max(it.get_expiry() for it in every)) == (True, 86_400)


@pytest.mark.parametrize(
    ("given", "said", "link"),
    [
        ("dpo@treize.example", "dpo@treize.example", "mailto:dpo@treize.example"),
        ("mailto:dpo@treize.example", "dpo@treize.example", "mailto:dpo@treize.example"),
        ("https://treize.example/dpo", "https://treize.example/dpo", "https://treize.example/dpo"),
        ("DPO, 1 rue Haute <Brest>", "DPO, 1 rue Haute &lt;Brest&gt;", None),
        ("javascript:alert(1)", "javascript:alert(1)", None),
    ],
)
def test_whom_to_write_to_is_said_on_the_page_and_in_the_register(
    app: Flask,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    said: str,
    link: str | None,
) -> None:
    settings = dataclasses.replace(app.config["SETTINGS"], data_protection_contact=given)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    page = client.get("/confidentialite").text
    register = app.test_cli_runner().invoke(args=["privacy", "register"]).output

    assert said in page
    assert (f'href="{link}"' in page) is (link is not None)
    assert 'javascript:alert(1)"' not in page
    assert given.removeprefix("mailto:") in register


def test_without_a_contact_none_is_named(app: Flask, client: FlaskClient) -> None:
    assert "qui exploite le portail :" not in client.get("/confidentialite").text
    assert "Contact" not in app.test_cli_runner().invoke(args=["privacy", "register"]).output
