"""Every address of a tenant × every kind of visitor, one real request each."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import url_for
from flask.testing import FlaskClient

from tenants import service as tenants
from tenants.context import Scope, entered
from tenants.db import db
from tenants.roles import GRANTS, Role
from tests.conftest import sign_in
from tests.house import routes
from tests.house.routes import Route
from tests.house.visitors import World

INSIDE = [route for route in routes.known() if route.inside]
#: Whose door is shut although they know the address, and what they are told.
NOBODY_HERE = ("stranger", "late", "revoked")
ELSEWHERE = {"director elsewhere": Role.DIRECTOR, "auditor elsewhere": Role.AUDITOR}

every_route = pytest.mark.parametrize(
    "route", INSIDE, ids=[f"{r.endpoint}-{r.methods[0]}" for r in INSIDE]
)


def _asked(world: World, client: FlaskClient, route: Route, *, known: bool = True) -> int:
    """The status of the address with ids of the first establishment, or with ids of nothing."""
    address = world.address(route.rule, world.inside if known else None)
    return client.open(address, method=route.methods[0]).status_code


def _is_sign_in(client: FlaskClient, world: World, route: Route) -> bool:
    address = world.address(route.rule, world.inside)
    answer = client.open(address, method=route.methods[0])
    if route.methods[0] == "GET":
        there = answer.headers.get("Location", "")
        return answer.status_code == 303 and there.startswith("/connexion?next=")
    return answer.status_code == 401


@every_route
@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_a_role_is_let_in_exactly_where_its_permissions_say(
    world: World, route: Route, role: Role
) -> None:
    """With ids of nothing: who may enter is told 404, who may not is told 403 before that."""
    status = _asked(world, world.client(role.value), route, known=False)

    assert (status != 403) is (route.permission in GRANTS[role])
    assert status < 500


@every_route
@pytest.mark.parametrize("who", NOBODY_HERE)
def test_whoever_has_no_valid_access_is_told_that_there_is_nothing(
    world: World, route: Route, who: str
) -> None:
    assert _asked(world, world.client(who), route) == 404


@every_route
@pytest.mark.parametrize("who", ELSEWHERE)
def test_whoever_has_access_to_another_establishment_finds_nothing_of_this_one(
    world: World, built: tuple[World, sa.Connection], route: Route, who: str
) -> None:
    client, permitted = world.client(who), route.permission in GRANTS[ELSEWHERE[who]]
    with built[1].begin_nested() as undone:  # one of these doors is the one she leaves by
        status = _asked(world, client, route)
        db.session.remove()
        undone.rollback()
    unknown = _asked(world, client, route, known=False)

    assert status == unknown
    assert (status != 403) is permitted
    if "_id>" in route.rule and permitted:
        assert status in {404, 422}


@every_route
def test_nobody_in_particular_is_sent_to_sign_in(world: World, route: Route) -> None:
    assert _is_sign_in(world.client(None), world, route)


@every_route
def test_a_sign_in_that_was_revoked_is_worth_nothing(world: World, route: Route) -> None:
    owner = world.people["owner"]
    client = world.client("owner")
    with entered(Scope(user_id=owner.user_id)):
        tenants.close_sign_ins(owner.user_id, at=datetime.now(UTC))
        db.session.commit()
    db.session.remove()

    assert _is_sign_in(client, world, route)


@every_route
@pytest.mark.parametrize("who", ["owner", "manager", "technician", "billing", "auditor"])
def test_a_single_factor_opens_nothing_to_whoever_needs_two(
    world: World, route: Route, who: str
) -> None:
    client = world.app.test_client()
    sign_in(client, world.people[who], strong=False)

    answer = client.open(world.address(route.rule, world.inside), method=route.methods[0])

    with world.app.test_request_context():
        page = url_for("accounts.second_factor")
    assert answer.status_code == 303
    assert urlsplit(answer.headers["Location"]).path == page
