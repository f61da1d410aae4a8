"""Cookies of known browsers: forged, another person's, copied, revoked."""

import dataclasses
import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import familiar, forgetting
from portal.kit import clock, keys
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tests.accounts.browsing import (
    ANN,
    BOB,
    NOBODY,
    OTHER,
    PASSWORD,
    WRONG,
    cookie,
    enter,
    known,
    used_up,
    with_cookie,
)
from tests.conftest import sign_in
from tests.counting import counted


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: "",
        lambda _: "x" * 4_000,
        lambda cookie: cookie[:-1] + ("0" if cookie[-1] != "0" else "1"),
        lambda cookie: f"{uuid.uuid4().hex}.{cookie.partition('.')[2]}",
        lambda cookie: f"{cookie.partition('.')[0]}.{'0' * 64}",
        lambda cookie: "~".join([f"{uuid.uuid4().hex}.{'0' * 64}"] * 8 + [cookie]),
        lambda cookie: cookie.upper(),
        lambda cookie: f"'; DROP TABLE sign_in;--.{cookie}",
    ],
    ids=["none", "long", "digest", "id", "no digest", "behind eight", "upper", "sql"],
)
def test_a_forged_cookie_is_worth_nothing(
    app: Flask, two: dict[str, uuid.UUID], forge: Callable[[str], str]
) -> None:
    forged = forge(cookie(known(app)))
    used_up(app)

    assert enter(with_cookie(app, forged)) == 429


def test_a_digest_made_with_another_key_is_worth_nothing(
    app: Flask, two: dict[str, uuid.UUID]
) -> None:
    name = cookie(known(app)).partition(".")[0]
    with app.test_request_context():
        digest = keys.digest("challenge", two[ANN].hex, name)
    used_up(app)

    assert enter(with_cookie(app, f"{name}.{digest}")) == 429


def test_somebody_else_s_browser_is_a_stranger_to_her(
    app: Flask, two: dict[str, uuid.UUID]
) -> None:
    bob = known(app, BOB)
    used_up(app)

    assert enter(bob, ANN) == 429
    assert enter(bob, BOB) == 303


def _changed_elsewhere(app: Flask, her: FlaskClient, ann: Actor) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere, ann)
    data = {"password": OTHER}
    assert elsewhere.post("/mon-compte/mot-de-passe", data=data).status_code == 303


def _others_closed(app: Flask, her: FlaskClient, ann: Actor) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere, ann)
    assert elsewhere.post("/mon-compte/connexions/fermer").status_code == 303


def _this_one_closed(app: Flask, her: FlaskClient, ann: Actor) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere, ann)
    with her.session_transaction() as session:
        data = {"sign_in": session["sign_in"]}
    assert elsewhere.post("/mon-compte/connexions/fermer", data=data).status_code == 303


def _erased(app: Flask, her: FlaskClient, ann: Actor) -> None:
    with entered(Scope(user_id=ann.user_id)):
        forgetting.forget_ended(ann.user_id, at=clock.now() + familiar.GOOD_FOR)
        db.session.commit()


@pytest.mark.parametrize("revoke", [_changed_elsewhere, _others_closed, _this_one_closed, _erased])
def test_a_copy_of_the_cookie_dies_with_what_it_names(
    app: Flask,
    owner: Actor,
    two: dict[str, uuid.UUID],
    revoke: Callable[[Flask, FlaskClient, Actor], None],
) -> None:
    her = app.test_client()
    enter(her)
    stolen = cookie(her)
    revoke(app, her, dataclasses.replace(owner, user_id=two[ANN]))
    password = OTHER if revoke is _changed_elsewhere else PASSWORD
    used_up(app)

    assert enter(with_cookie(app, stolen), password=password) == 429


def test_the_earliest_copy_is_as_good_as_the_latest_until_all_are_shut(
    app: Flask, owner: Actor, two: dict[str, uuid.UUID]
) -> None:
    """A cookie of before a proof made anew names a sign-in that is over: shutting reaches it."""
    her = app.test_client()
    enter(her)
    early = cookie(her)
    her.post("/confirmer", data={"password": PASSWORD})
    late = cookie(her)
    before = enter(with_cookie(app, early), password=WRONG)
    _others_closed(app, her, dataclasses.replace(owner, user_id=two[ANN]))
    used_up(app)

    assert early != late
    assert before == 422
    assert [enter(with_cookie(app, one)) for one in (early, late)] == [429, 429]


def test_somebody_else_s_cookie_tells_nobody_whether_an_address_has_an_account(
    app: Flask, two: dict[str, uuid.UUID]
) -> None:
    """The same statements and the same page for a known address and for one that is not."""
    bob = known(app, BOB)
    enter(bob, NOBODY, WRONG)  # the first time fills what is kept
    works = []
    for email in (NOBODY, ANN):
        with counted() as statements:
            page = bob.post("/connexion", data={"email": email, "password": WRONG})
        works.append((list(statements), page.status_code, page.text.replace(email, "")))

    assert works[0] == works[1]
