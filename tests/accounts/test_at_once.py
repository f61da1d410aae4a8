"""Somebody comes in with a password in the very moment in which it is changed, or is not enough."""

import time
from collections.abc import Iterator

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import factors, service, totp
from portal.kit import clock
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tenants.models import SignIn
from tests import earnest
from tests.accounts.lost import EMAIL, OTHER, PASSWORD, SECRET, half_way


@pytest.fixture
def ann(app: Flask) -> Iterator[Actor]:
    with earnest.tenant(app) as owner:
        with app.app_context():
            _set(owner, PASSWORD)
            db.session.remove()
        yield owner


def _set(ann: Actor, password: str, *, kept: bool = True) -> None:
    """Give her this password, and shut her browsers."""
    with entered(Scope(user_id=ann.user_id)):
        person = tenancy.user(ann.user_id)
        assert person
        service.set_password(person, password, memory_kib=8)
        tenants.close_sign_ins(ann.user_id, at=clock.now())
        if kept:
            db.session.commit()


def _open(ann: Actor) -> int:
    with entered(Scope(user_id=ann.user_id)):
        found = db.session.scalar(
            sa.select(sa.func.count()).where(
                SignIn.user_id == ann.user_id, SignIn.revoked_at.is_(None)
            )
        )
        db.session.rollback()
    return found or 0


def _meanwhile(client: FlaskClient, address: str, **typed: str) -> list[str]:
    def act() -> str:
        with client.application.app_context():
            return str(client.post(address, data=typed).status_code)

    return earnest.meanwhile(act)


def test_the_password_of_before_opens_nothing_that_lasts(app: Flask, ann: Actor) -> None:
    with app.app_context():
        _set(ann, OTHER, kept=False)
        told = _meanwhile(app.test_client(), "/connexion", email=EMAIL, password=PASSWORD)
        time.sleep(1)
        waiting = list(told)
        db.session.commit()

        assert waiting == []
        assert earnest.became(told) == "422"
        assert _open(ann) == 0
        db.session.remove()


def test_nor_does_it_with_her_second_factor(app: Flask, ann: Actor) -> None:
    client = app.test_client()
    with app.app_context(), entered(Scope(user_id=ann.user_id)):
        totp.add(ann.user_id, SECRET, step=0, label="App", at=clock.now())
        db.session.commit()
        db.session.remove()
    with app.app_context():
        half_way(client)
        _set(ann, OTHER, kept=False)
        code = pyotp.TOTP(SECRET).now()
        told = _meanwhile(client, "/connexion/double", code=code)
        time.sleep(1)
        db.session.commit()

        assert earnest.became(told) == "303"
        assert _open(ann) == 0
        db.session.remove()


def test_who_comes_by_the_password_while_a_factor_is_added_is_asked_for_it(
    app: Flask, ann: Actor
) -> None:
    thief = app.test_client()
    with app.app_context(), entered(Scope(user_id=ann.user_id)):
        factors.hold_door(ann.user_id)
        totp.add(ann.user_id, SECRET, step=0, label="App", at=clock.now())
        told = _meanwhile(thief, "/connexion", email=EMAIL, password=PASSWORD)
        time.sleep(1)
        waiting = list(told)
        db.session.commit()

        assert waiting == []
        assert earnest.became(told) == "303"
        db.session.remove()
    with app.app_context():
        assert _open(ann) == 0
        db.session.remove()
