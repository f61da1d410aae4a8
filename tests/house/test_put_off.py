"""A sensitive deed whose proof has lapsed: nothing is done, and nothing has to be typed twice."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from bs4 import Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tenants.access import asks_confirmation, pages_of
from tenants.roles import GRANTS, PROVIDER_ROLES, Role
from tests.house import put_off, routes
from tests.house.routes import Route
from tests.house.visitors import World

DEEDS = [route for route in routes.known() if "GET" not in route.methods]
#: The pages of the operator: tests/people/test_operating.py fills in what is typed there.
OPERATORS = {"people.grant_plan", "operations.retry"}
#: Where something is typed by hand, besides secrets.
TYPED = {
    "accounts.add_app", "accounts.add_passkey", "accounts.ask_new_address",
    "attestations.revoke_this", "calendars.renew", "engagements.open", "federation.save",
    "people.change", "people.invite", "people.open_further", "people.save_settings",
}  # fmt: skip
#: Whoever comes from elsewhere is sent to the first page, which leads on by itself.
LEADING_ON = {"accounts.second_factor"}
ROUTE = {route.endpoint: route for route in routes.known()}


def _sensitive(app: Flask) -> list[Route]:
    views = app.view_functions
    return [it for it in DEEDS if asks_confirmation(views[it.endpoint])]


def _who(route: Route) -> str:
    whole = [it for it in Role if it in PROVIDER_ROLES] + [Role.DIRECTOR]
    return next(
        (it.value for it in whole if route.permission and route.permission in GRANTS[it]), "owner"
    )


def _client(world: World, who: str) -> FlaskClient:
    put_off.has_password(world.people[who])
    return world.client(who)


def _deeds(built: sa.Connection) -> int:
    return built.scalar(sa.text("SELECT count(*) FROM audit_event")) or 0


def test_every_sensitive_deed_names_the_page_of_its_form(app: Flask) -> None:
    """« @sent_from(…) » beside « @confirmed »: a page that opens, and is no deed itself."""
    pages = {it.endpoint: pages_of(app.view_functions[it.endpoint]) for it in _sensitive(app)}

    assert [endpoint for endpoint, named in pages.items() if not named] == []
    named = {page for several in pages.values() for page in several}
    assert [page for page in named if "GET" not in ROUTE[page].methods] == []
    assert {*pages} >= TYPED | OPERATORS


@pytest.mark.parametrize("endpoint", sorted(TYPED))
def test_what_was_typed_is_found_again(world: World, endpoint: str) -> None:
    route = ROUTE[endpoint]
    page = pages_of(world.app.view_functions[endpoint])[0]
    who = _who(route)
    more = []
    if endpoint in {"people.invite", "people.change"}:
        more = [("establishments", str(world.inside.establishment_id)), ("find", "")]
    put_off.found_again(
        _client(world, who),
        world.people[who],
        world.address(ROUTE[page].rule, world.inside),
        world.address(route.rule, world.inside),
        *more,
    )


def test_a_deed_put_off_is_not_done_and_leads_back_to_its_form(
    world: World, built: tuple[World, sa.Connection]
) -> None:
    """Whatever page it says that it comes from, and whatever it sends; its page opens."""
    wrong = {}
    for route in _sensitive(world.app):
        if route.endpoint in OPERATORS:
            continue
        who = _who(route)
        client, address = _client(world, who), world.address(route.rule, world.inside)
        put_off.lapse(world.people[who])
        before = _deeds(built[1])
        answer = client.post(
            address, data={"x": "1"}, headers={"Referer": f"http://localhost{address}"}
        )
        there = _next(answer)
        pages = [
            world.address(ROUTE[it].rule, world.inside)
            for it in pages_of(world.app.view_functions[route.endpoint])
        ]
        back = put_off.prove(client, answer)
        opens = back.status_code in {200, 404} or _leads_on(back)
        if there not in pages or not opens or _deeds(built[1]) != before:
            wrong[route.endpoint] = (there, pages, back.status_code)

    assert wrong == {}


def test_no_other_sensitive_form_has_anything_typed_by_hand(world: World) -> None:
    """Looked for on every page that leads to a sensitive deed, as it is with rows on it."""
    adapter = world.app.url_map.bind("localhost")
    typed = set()
    for page, who in _pages(world):
        for form in put_off.forms(_client(world, who).get(page)):
            endpoint, _ = adapter.match(urlsplit(str(form["action"])).path, method="POST")
            if asks_confirmation(world.app.view_functions[endpoint]) and _by_hand(form):
                typed.add(endpoint)

    assert typed == TYPED - LEADING_ON


def _pages(world: World) -> Iterator[tuple[str, str]]:
    for route in _sensitive(world.app):
        if route.endpoint not in OPERATORS:
            for page in pages_of(world.app.view_functions[route.endpoint]):
                yield world.address(ROUTE[page].rule, world.inside), _who(route)


def _by_hand(form: Tag) -> bool:
    return any(it["name"] not in put_off.SECRET for it in put_off.controls(form))


def _next(answer: TestResponse) -> str:
    (there,) = parse_qs(urlsplit(answer.headers["Location"]).query)["next"]
    return there


def _leads_on(answer: TestResponse) -> bool:
    return answer.status_code == 303 and not answer.headers["Location"].startswith("/confirmer")
