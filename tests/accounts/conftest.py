"""What the tests of signing in share."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import recovery, service, totp
from portal.kit import clock, mail
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tests.accounts import browsing
from tests.accounts.lost import PASSWORD, SECRET, Travel
from tests.conftest import sign_in
from tests.smtp import Inbox, serving


@pytest.fixture
def inbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    inbox = Inbox()
    with serving(inbox) as port:
        monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", port))
        yield inbox


@pytest.fixture
def lost(owner: Actor, inbox: Inbox) -> list[str]:
    """The owner has a password, an app and these codes on paper."""
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        person = tenancy.user(owner.user_id)
        assert person
        service.set_password(person, PASSWORD, memory_kib=8)
        totp.add(owner.user_id, SECRET, step=0, label="Lost app", at=clock.now())
        made = recovery.make_anew(owner.user_id, memory_kib=8)
        db.session.commit()
    return made


@pytest.fixture
def travel() -> Iterator[Travel]:
    """Go on by so much from where one is."""
    with time_machine.travel(clock.now(), tick=False) as clocks:

        def on(by: timedelta) -> datetime:
            clocks.shift(by)
            return clock.now()

        yield on


@pytest.fixture
def ann(app: Flask, owner: Actor, inbox: Inbox) -> FlaskClient:
    client = app.test_client()
    sign_in(client, owner)
    return client


@pytest.fixture
def two(owner: Actor) -> dict[str, uuid.UUID]:
    """Ann and Bob, who sign in with a password alone, and their ids."""
    hashed = service.hash_password(browsing.PASSWORD, memory_kib=8)
    ids = {
        email: tenants.register_user(email=email, name="Somebody", password_hash=hashed).id
        for email in (browsing.ANN, browsing.BOB)
    }
    db.session.commit()
    return ids
