"""Every address × every kind of visitor, by real requests."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.kit.headers import POLICY, SANDBOX
from tenants import service as tenants
from tenants.access import PUBLIC
from tenants.roles import GRANTS, PROVIDER_ROLES, Role
from tests.house import routes, visitors
from tests.house.routes import Route
from tests.house.visitors import World

ROUTES = routes.known()
INSIDE = [route for route in ROUTES if route.inside]
WITH_IDS = [route for route in INSIDE if "_id>" in route.rule]
PAGES = [route for route in ROUTES if "GET" in route.methods]
DEEDS = [route for route in ROUTES if "GET" not in route.methods]
#: Answers 503 where no worker runs, as in tests; opens to who holds its link; to who has just
#: given her password.
FLAKY = {
    "depositing.page",
    "health.ready", "people.invitation", "people.join_by", "accounts.comeback_page",
    # Nobody is on the way to a directory, or back from one.
    "federation.leave", "federation.arrive", "federation.leave_platform",
    "federation.arrive_platform", "reminders_open.leave",
    "reminders_open.delay",
    # Only whoever made an address has one.
    "calendars_open.feed",
    # Nobody set a token.
    "operations.figures",
}  # fmt: skip
TOKEN = re.compile(rb'(?<=csrf_token" value=")[^"]+|(?<=csrf-token" content=")[^"]+')
PARAMETER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")


def _somebody(route: Route, *, whole: bool) -> str | None:
    """A role that may open the route: one of the provider's, or one with a list."""
    for role in Role:
        if (role in PROVIDER_ROLES) is whole and route.permission in GRANTS[role]:
            return role.value
    return None


def by_route(found: list[Route]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", found, ids=[f"{r.endpoint}" for r in found])


def _send(client: FlaskClient, route: Route, address: str) -> TestResponse:
    return client.open(address, method=route.methods[0])


def _face(response: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that tells two answers apart, but for the visitor's own token and the cookie it is in."""
    headers = sorted((name, value) for name, value in response.headers if name != "Set-Cookie")
    return response.status_code, TOKEN.sub(b"", response.data), headers


def test_the_list_of_routes_is_the_one_that_was_looked_at(app: Flask) -> None:
    """After a look at what changed: `python -m tests.house.routes`."""
    assert [str(route) for route in routes.of(app)] == [str(route) for route in ROUTES]


def test_every_view_says_what_it_demands() -> None:
    assert [str(route) for route in ROUTES if route.demands == "nothing"] == []


def test_a_page_of_a_tenant_demands_a_permission_and_no_other_page_does() -> None:
    """A public view under a tenant's name would run in nobody's scope."""
    assert [str(r) for r in ROUTES if r.inside != (r.permission is not None)] == []


def test_no_provider_takes_the_place_of_an_address_of_the_portal_s_own() -> None:
    """Its pages would be below ours: « /depot/parc » is a link to deposit a file by."""
    ours = {route.rule.split("/")[1] for route in ROUTES if not route.inside}

    assert {name for name in ours if tenants.is_slug(name)} == set()


def test_an_id_in_an_address_is_a_uuid_whose_table_is_known() -> None:
    found = [part for route in ROUTES for part in PARAMETER.findall(route.rule)]

    assert {kind for kind, name in found if name.endswith("_id")} <= {"uuid"}
    assert {name for _, name in found} <= {*visitors.TABLE_OF, *visitors.PLAIN}


@by_route([route for route in PAGES if route.demands == PUBLIC and route.endpoint not in FLAKY])
def test_a_public_page_opens_for_anybody(world: World, route: Route) -> None:
    assert _send(world.client(None), route, world.address(route.rule)).status_code == 200


@by_route([route for route in ROUTES if route.demands != PUBLIC])
def test_a_stranger_to_the_portal_is_stopped_at_the_door(world: World, route: Route) -> None:
    answer = _send(world.client(None), route, world.address(route.rule, world.inside))

    if "GET" in route.methods:
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/connexion?next=/")
    else:
        assert answer.status_code == 401


@by_route(INSIDE)
def test_another_tenant_answers_as_if_it_did_not_exist(world: World, route: Route) -> None:
    """Byte for byte, whatever of hers the visitor puts in the address."""
    client = world.client("stranger")
    faces = [
        _face(_send(client, route, world.address(route.rule, lane, slug=slug)))
        for slug in ("acme", "no-such-tenant")
        for lane in (world.inside, world.foreign, None)
    ]

    assert faces[0][0] == 404
    assert all(face == faces[0] for face in faces)


@by_route(INSIDE)
def test_an_ended_access_answers_as_if_it_never_was(world: World, route: Route) -> None:
    client = world.client("late")
    ended = _face(_send(client, route, world.address(route.rule, world.inside)))
    unknown = _face(_send(client, route, world.address(route.rule, slug="no-such-tenant")))

    assert ended == unknown
    assert ended[0] == 404


@by_route([route for route in WITH_IDS if _somebody(route, whole=True)])
def test_a_foreign_id_answers_as_an_unknown_one(world: World, route: Route) -> None:
    """Byte for byte: nobody learns what another tenant has."""
    client = world.client(_somebody(route, whole=True))
    foreign, unknown, other = (
        _face(_send(client, route, world.address(route.rule, lane, seed=seed)))
        for lane, seed in ((world.foreign, 0), (None, 1), (None, 2))
    )

    assert foreign == unknown == other
    assert foreign[0] in {404, 422}


@by_route([route for route in WITH_IDS if _somebody(route, whole=False)])
def test_an_id_outside_the_list_answers_as_an_unknown_one(world: World, route: Route) -> None:
    client = world.client(_somebody(route, whole=False))
    outside, unknown = (
        _face(_send(client, route, world.address(route.rule, lane)))
        for lane in (world.outside, None)
    )

    assert outside == unknown
    assert outside[0] in {404, 422}


#: What other software sends: a mail reader (RFC 8058), a mail service with a secret of its own.
TOKENLESS = {"reminders_open.left", "reminders_open.returned"}
#: Tells whoever has no link before it reads a body; with one, it wants the token as the others do
#: (tests/collecting/test_strangers.py).
LINK_FIRST = {"depositing.deposit"}


@by_route([route for route in DEEDS if route.endpoint not in TOKENLESS | LINK_FIRST])
def test_a_deed_without_its_token_is_refused(
    world: World, route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(world.app.config, "WTF_CSRF_ENABLED", True)
    who = _somebody(route, whole=True) or _somebody(route, whole=False) or "owner"
    answer = _send(world.client(who), route, world.address(route.rule, world.inside))

    assert answer.status_code == 400


@by_route([route for route in DEEDS if route.rule not in {page.rule for page in PAGES}])
def test_a_deed_is_not_done_by_a_link(world: World, route: Route) -> None:
    answer = world.client("owner").get(world.address(route.rule, world.inside))

    assert answer.status_code in {308, 404, 405}


@by_route(PAGES)
def test_a_page_forbids_what_it_does_not_need(world: World, route: Route) -> None:
    who = "owner" if route.demands != PUBLIC else None
    answer = _send(world.client(who), route, world.address(route.rule))

    taken = answer.headers.get("Content-Disposition", "").startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == (SANDBOX if taken else POLICY)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if answer.mimetype == "text/html" and answer.status_code == 200:
        assert answer.headers["Cache-Control"] == "no-store"
