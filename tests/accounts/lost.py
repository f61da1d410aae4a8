"""Somebody who lost every factor, by real requests, and the mails she reads."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pyotp
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import comeback, queries
from portal.kit import clock
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tests.carrying import carry
from tests.smtp import Inbox

PASSWORD, OTHER = "lampe cuivre onze girafe", "zut mollusque pinson neuf"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
EMAIL = "owner@acme.example"
PAGE, CODE, ENTER = (f"/connexion/sans-facteur{end}" for end in ("", "/code", "/ajout"))
LATER = comeback.WAIT + timedelta(seconds=1)
Travel = Callable[[timedelta], datetime]


def half_way(client: FlaskClient, password: str = PASSWORD) -> FlaskClient:
    client.post("/connexion", data={"email": EMAIL, "password": password})
    return client


def asked(app: Flask) -> None:
    half_way(app.test_client()).post(PAGE)


def texts(app: Flask, inbox: Inbox) -> list[str]:
    """What was written to her since the last look, oldest first."""
    carry(app)
    taken, inbox.taken = inbox.taken, []
    read = []
    for envelope in taken:
        inbox.taken = [envelope]
        body = inbox.read().get_body(("plain",))
        assert body
        read.append(str(body.get_content()))
    inbox.taken = []
    return read


def link(written: list[str]) -> str:
    (found,) = re.findall(r"/connexion/sans-facteur/annuler/[\w=-]+", "\n".join(written))
    return str(found)


def sent_code(app: Flask, client: FlaskClient, inbox: Inbox) -> str:
    texts(app, inbox)
    client.post(CODE)
    (found,) = re.findall(r"\d{4} \d{4}", "\n".join(texts(app, inbox)))
    return str(found)


def waiting(owner: Actor) -> bool:
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        found = comeback.standing(owner.user_id, at=clock.now())
        db.session.rollback()
    return found is not None


def enrolling(app: Flask, inbox: Inbox) -> FlaskClient:
    """Password and code are given, after the wait."""
    client = half_way(app.test_client())
    answer = client.post(ENTER, data={"code": sent_code(app, client, inbox)})
    assert answer.headers["Location"] == "/double-verification"
    return client


def add_app(client: FlaskClient) -> tuple[str, int]:
    """The secret of another app, and the answer to its first code."""
    page = client.get("/double-verification/application").text
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', page)
    assert found
    secret = found[1].replace(" ", "")
    code = pyotp.TOTP(secret).at(clock.now())
    answer = client.post("/double-verification/application", data={"code": code, "label": "New"})
    return secret, answer.status_code


def labels(owner: Actor) -> list[str]:
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        found = [factor.label for factor in queries.factors(owner.user_id)]
        db.session.rollback()
    return found


def strongly(client: FlaskClient, code: str) -> int:
    half_way(client)
    return client.post("/connexion/double", data={"code": code}).status_code
