"""A sign-in at the gate: how long it is good, how strong it must be, where it opens."""

import uuid
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tenants import http, queries
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import SignIn, Tenant
from tenants.roles import Role, SecondFactor
from tests import make
from tests.conftest import sign_in
from tests.tenants.asking import status


def _age(
    actor: Actor, *, opened: timedelta = timedelta(), confirmed: timedelta = timedelta()
) -> None:
    with entered(Scope(user_id=actor.user_id)):
        db.session.execute(
            sa.update(SignIn).values(
                expires_at=SignIn.expires_at - opened, confirmed_at=SignIn.confirmed_at - confirmed
            )
        )
        db.session.commit()


def _demand(actor: Actor, demanded: SecondFactor) -> None:
    tenant = db.session.get_one(Tenant, actor.tenant_id)
    tenant.second_factor = demanded
    db.session.commit()


@pytest.mark.parametrize("view", ["/person", "/acme/read"])
@pytest.mark.parametrize("left", ["nothing", "account", "sign-in"])
def test_a_session_of_nobody_is_sent_to_sign_in(
    visitor: FlaskClient, owner: Actor, view: str, left: str
) -> None:
    sign_in(visitor, owner)
    with visitor.session_transaction() as session:
        for key, what in (("_user_id", "account"), ("sign_in", "sign-in")):
            session[key] = session[key] if left == what else str(uuid.uuid4())

    assert status(visitor, view) == 303


def test_a_revoked_sign_in_is_shut_at_the_next_request(visitor: FlaskClient, owner: Actor) -> None:
    sign_in(visitor, owner)
    assert status(visitor, "/acme/read") == 200

    with entered(Scope(user_id=owner.user_id)):
        tenants.close_sign_ins(owner.user_id, at=datetime.now(UTC))
        db.session.commit()

    assert status(visitor, "/acme/read") == 303


def test_a_sign_in_ends_by_itself(visitor: FlaskClient, owner: Actor) -> None:
    sign_in(visitor, owner)
    _age(owner, opened=tenants.SIGNED_IN_FOR)

    assert status(visitor, "/acme/read") == 303


def test_a_sensitive_act_asks_again_who_she_is(visitor: FlaskClient, owner: Actor) -> None:
    sign_in(visitor, owner)
    assert status(visitor, "/acme/sensitive") == 200
    _age(owner, confirmed=http.CONFIRMED_FOR)

    answer = visitor.get("/acme/sensitive")

    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/confirmer?next=/acme/sensitive",
    )
    assert status(visitor, "/acme/read") == 200


def test_a_provider_s_person_needs_two_factors(visitor: FlaskClient, owner: Actor) -> None:
    sign_in(visitor, owner, strong=False)

    answer = visitor.get("/acme/read")

    assert answer.headers["Location"] == "/double-verification?next=/acme/read"


def test_an_outsider_needs_two_factors_where_the_tenant_says_so(
    visitor: FlaskClient, owner: Actor
) -> None:
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    sign_in(visitor, director, strong=False)
    assert status(visitor, "/acme/read") == 200

    _demand(owner, SecondFactor.EVERYONE)

    assert status(visitor, "/acme/read") == 303


@pytest.mark.parametrize("production", [False, True])
def test_a_demonstration_does_without_second_factors_but_not_in_production(
    visitor: FlaskClient, owner: Actor, production: bool
) -> None:
    _demand(owner, SecondFactor.NOBODY)
    sign_in(visitor, owner, strong=False)

    with mock.patch.dict(visitor.application.extensions, second_factor_always=production):
        assert status(visitor, "/acme/read") == (303 if production else 200)


def _trust(actor: Actor, *, since: datetime | None) -> None:
    """Let her tenant trust a directory ``since`` then."""
    db.session.rollback()
    with entered(Scope(user_id=actor.user_id)):
        db.session.get_one(Tenant, actor.tenant_id).directory_since = since
        db.session.commit()


def _limit(actor: Actor, *, since: datetime | None) -> None:
    """Make her sign-in one that the directory of her tenant opened, trusted ``since`` then."""
    _trust(actor, since=since)
    with entered(Scope(user_id=actor.user_id)):
        db.session.execute(sa.update(SignIn).values(only_tenant_id=actor.tenant_id))
        db.session.commit()


def test_what_a_tenant_s_directory_opened_is_good_there_alone(
    visitor: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    with tenant_scope(stranger.tenant_id):
        tenants.admit(owner.user_id, role=Role.OWNER)
        db.session.commit()
    db.session.rollback()
    sign_in(visitor, owner)
    assert status(visitor, "/globex/read") == 200

    _limit(owner, since=datetime.now(UTC) - timedelta(hours=1))
    _trust(stranger, since=datetime.now(UTC) - timedelta(hours=2))

    assert status(visitor, "/acme/read") == 200
    assert status(visitor, "/globex/read") == 404
    assert status(visitor, "/threshold") == 200
    assert visitor.get("/person").headers["Location"] == "/limited?next=/person"


@pytest.mark.parametrize("since", [None, datetime(2999, 1, 1, tzinfo=UTC)])
def test_what_a_directory_opened_before_it_was_trusted_as_now_is_shut(
    visitor: FlaskClient, owner: Actor, since: datetime | None
) -> None:
    sign_in(visitor, owner)
    _limit(owner, since=since)

    assert visitor.get("/acme/read").headers["Location"].startswith("/connexion?")
    assert visitor.get("/threshold").headers["Location"].startswith("/connexion?")


def test_a_provider_s_directory_opens_nothing_to_its_clients(
    visitor: FlaskClient, owner: Actor
) -> None:
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    sign_in(visitor, director)
    assert status(visitor, "/acme/read") == 200

    _limit(director, since=datetime.now(UTC) - timedelta(hours=1))

    assert status(visitor, "/acme/read") == 404


def test_who_came_by_a_directory_proves_herself_again_there(
    visitor: FlaskClient, owner: Actor
) -> None:
    sign_in(visitor, owner)
    _limit(owner, since=datetime.now(UTC) - timedelta(hours=1))
    _age(owner, confirmed=http.CONFIRMED_FOR)

    assert visitor.get("/acme/sensitive").headers["Location"] == "/again?next=/acme/sensitive"


def _only_enrols(actor: Actor) -> None:
    """Make her sign-ins good for adding a second factor alone."""
    db.session.rollback()
    with entered(Scope(user_id=actor.user_id)):
        db.session.execute(sa.update(SignIn).values(enrolling=True))
        db.session.commit()


@pytest.mark.parametrize("view", ["/acme/read", "/acme/import", "/person"])
def test_who_may_only_add_a_factor_is_told_nothing_of_a_space(
    visitor: FlaskClient, owner: Actor, view: str
) -> None:
    """Not even that her role would not let her import."""
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    sign_in(visitor, director)
    _only_enrols(director)

    answer = visitor.get(view)

    assert answer.headers["Location"] == f"/double-verification?next={view}"


def test_who_may_only_add_a_factor_is_nobody_where_that_was_not_asked(
    visitor: FlaskClient, owner: Actor
) -> None:
    sign_in(visitor, owner)
    _only_enrols(owner)
    with entered(Scope(user_id=owner.user_id)):
        held, at = db.session.scalars(sa.select(SignIn.id)).one(), datetime.now(UTC)

        assert queries.person(owner.user_id, held, at) is None
        assert queries.person(owner.user_id, held, at, enrolling=True) is not None


@pytest.mark.parametrize("production", [False, True])
def test_production_demands_two_factors_whatever_a_tenant_says(production: bool) -> None:
    app = Flask("another")

    http.init_app(app, production=production, holds_factor=lambda _user_id: False)

    assert app.extensions["second_factor_always"] is production


@pytest.mark.parametrize("view", ["/ac%00me/read", "/acme/%00", "/%00"])
def test_an_address_that_no_text_can_hold_is_none(
    visitor: FlaskClient, owner: Actor, view: str
) -> None:
    sign_in(visitor, owner)

    assert status(visitor, view) == 404


@pytest.mark.parametrize(
    ("strong", "holds", "there"),
    [
        (False, True, "/double-verification?next=/acme/sensitive"),
        (False, False, None),
        (True, True, None),
    ],
    ids=["left it out", "has none", "gave it"],
)
def test_a_sensitive_act_asks_for_the_factor_that_she_has(
    visitor: FlaskClient,
    owner: Actor,
    monkeypatch: pytest.MonkeyPatch,
    strong: bool,
    holds: bool,
    there: str | None,
) -> None:
    """Even where this space would let her in without; what is not sensitive stays open."""
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    sign_in(visitor, director, strong=strong)
    _holding(visitor, monkeypatch, director if holds else owner)

    assert visitor.get("/acme/sensitive").headers.get("Location") == there
    assert status(visitor, "/acme/read") == 200


def test_a_directory_answers_in_its_own_space_for_who_has_a_factor_elsewhere(
    visitor: FlaskClient, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _demand(owner, SecondFactor.NOBODY)
    sign_in(visitor, owner, strong=False)
    _limit(owner, since=datetime.now(UTC) - timedelta(hours=1))
    _holding(visitor, monkeypatch, owner)

    assert status(visitor, "/acme/sensitive") == 200


def _holding(visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch, actor: Actor) -> None:
    """This person alone has a second factor."""
    held = {actor.user_id}.__contains__
    monkeypatch.setitem(visitor.application.extensions, "holds_factor", held)
