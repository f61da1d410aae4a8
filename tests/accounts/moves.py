"""Somebody changes her address, by real requests, and the mails that go with it."""

import re

from flask import Flask
from flask.testing import FlaskClient

from tenants import queries as tenancy
from tenants.access import Actor
from tenants.db import db
from tests.accounts.lost import texts
from tests.smtp import Inbox

NEW, NEXT = "ann@new.example", "ann@next.example"
ASK, CODE = "/mon-compte/adresse", "/mon-compte/adresse/code"


def wanted(app: Flask, client: FlaskClient, inbox: Inbox, email: str = NEW) -> str:
    """The code that the new address gets."""
    texts(app, inbox)
    client.post(ASK, data={"email": email})
    found = re.findall(r"\d{4} \d{4}", "\n".join(texts(app, inbox)))
    return str(found[0]) if found else ""


def moved(app: Flask, client: FlaskClient, inbox: Inbox, email: str = NEW) -> str:
    """The link that undoes it, as the former address gets it."""
    answer = client.post(CODE, data={"code": wanted(app, client, inbox, email)})
    assert answer.status_code == 303
    (found,) = re.findall(r"/adresse-precedente/[\w=-]+", "\n".join(texts(app, inbox)))
    return str(found)


def address(owner: Actor) -> str:
    db.session.rollback()
    db.session.expire_all()
    person = tenancy.user(owner.user_id)
    assert person
    email = person.email
    db.session.rollback()
    return email
