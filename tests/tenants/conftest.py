"""A small app of its own, with one view of each kind, behind the real gate."""

from collections.abc import Iterator

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from tenants import http
from tenants.access import at_the_threshold, confirmed, public, requires, signed_in
from tenants.context import current_scope
from tenants.db import db
from tenants.roles import Permission


def _scope() -> dict[str, str]:
    scope = current_scope()
    return {
        "tenant": str(scope.tenant_id),
        "reach": scope.reach.value,
        "membership": str(scope.membership_id),
        "user": str(scope.user_id),
    }


@public
def _open() -> dict[str, str]:
    return _scope()


@signed_in
def _person() -> dict[str, str]:
    return _scope()


@signed_in
@at_the_threshold
def _threshold() -> dict[str, str]:
    return _scope()


@requires(Permission.TENANT_READ)
def _read() -> dict[str, str]:
    return {**_scope(), "role": http.current_actor().role, "next": url_for("read")}


@requires(Permission.TENANT_READ)
def _sensitive() -> str:
    return "done"


@requires(Permission.FLEET_IMPORT)
def _import() -> str:
    return "imported"


@requires(Permission.TENANT_READ)
def _broken() -> str:
    raise ZeroDivisionError


def _unmarked() -> str:
    return "oops"


@pytest.fixture(scope="session")
def small(app: Flask) -> Iterator[Flask]:
    small = Flask("small")
    small.config.update(
        SECRET_KEY="test",
        SQLALCHEMY_DATABASE_URI=app.config["SQLALCHEMY_DATABASE_URI"],
        TESTING=True,
    )
    db.init_app(small)
    http.init_app(small, production=False, holds_factor=lambda _user_id: False)
    small.add_url_rule("/connexion", "accounts.sign_in", _open)
    small.add_url_rule("/open", "open", _open)
    small.add_url_rule("/person", "person", _person)
    small.add_url_rule("/threshold", "threshold", _threshold)
    small.add_url_rule("/limited", "federation.limited", _open)
    small.add_url_rule("/weak", "federation.weak", _open)
    small.add_url_rule("/again", "federation.confirm", _open)
    small.add_url_rule("/annuaire/<slug>", "federation.door", public(lambda slug: slug))
    small.add_url_rule("/<tenant_slug>/read", "read", _read, methods=["GET", "POST"])
    small.add_url_rule("/confirmer", "accounts.confirm", _open)
    small.add_url_rule("/double-verification", "accounts.second_factor", _open)
    small.add_url_rule("/<tenant_slug>/sensitive", "sensitive", confirmed(_sensitive))
    small.add_url_rule("/<tenant_slug>/import", "import", _import)
    small.add_url_rule("/<tenant_slug>/broken", "broken", _broken)
    small.add_url_rule("/<tenant_slug>/unmarked", "unmarked", _unmarked)
    yield small
    with small.app_context():
        db.engine.dispose()


@pytest.fixture
def visitor(small: Flask, isolated: None) -> FlaskClient:
    return small.test_client()
