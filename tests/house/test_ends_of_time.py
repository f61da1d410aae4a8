"""The first and the last day that a calendar has, in every field of every form that takes a day."""

from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tenants.access import PUBLIC
from tenants.roles import GRANTS, Role
from tests.house import put_off, routes
from tests.house.routes import Route
from tests.house.visitors import World

PAGES = [it for it in routes.known() if "GET" in it.methods and it.demands != PUBLIC]
EXTREMES = ("0001-01-01", "9999-12-31")
#: A provider's, an establishment's, an auditor's: between them they open every page.
VISITORS = (Role.OWNER, Role.DIRECTOR, Role.AUDITOR)


def _may_open(route: Route) -> Iterator[Role]:
    for role in VISITORS:
        if route.permission is None or route.permission in GRANTS[role]:
            yield role


def _dated(client: FlaskClient, page: str) -> list[Tag]:
    """The forms of a page that take a day."""
    answer = client.get(page)
    if answer.mimetype != "text/html" or answer.status_code != 200:
        return []
    html = BeautifulSoup(answer.data, "html5lib")
    return [it for it in html.find_all("form") if it.find("input", {"type": "date"})]


def _with_days(form: Tag, day: str) -> MultiDict[str, str]:
    days = {str(it["name"]) for it in form.find_all("input", {"type": "date"}) if it.get("name")}
    sent = put_off.filled(form)
    return MultiDict([(name, day if name in days else value) for name, value in sent])


@pytest.mark.parametrize("route", PAGES, ids=[it.endpoint for it in PAGES])
def test_every_day_there_is_gets_an_answer(world: World, route: Route) -> None:
    page = world.address(route.rule, world.inside)
    failed = []
    for role in _may_open(route):
        client = world.client(role.value)
        for form in _dated(client, page):
            there = urljoin(page, str(form.get("action") or ""))
            method = str(form.get("method", "get")).upper()
            for day in EXTREMES:
                values = _with_days(form, day)
                told = {"query_string": values} if method == "GET" else {"data": values}
                status = client.open(there, method=method, **told).status_code  # type: ignore[arg-type]  # one of the two
                if status >= 500:
                    failed.append((role.value, method, there, day, status))

    assert failed == []
