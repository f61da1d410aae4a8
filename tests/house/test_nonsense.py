"""Nonsense in every field of every form, hidden ones and choices included: never a failure."""

from collections.abc import Iterator
from urllib.parse import quote_plus, urljoin

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from tenants.access import PUBLIC
from tenants.roles import GRANTS, Role
from tests.house import routes
from tests.house.routes import Route
from tests.house.visitors import World

PAGES = [it for it in routes.known() if "GET" in it.methods]
#: As they stand in a body: a number that no column holds, what PostgreSQL takes in no text, what is
#: no text at all, and more than anybody types.
NONSENSE = ("9" * 20, "%00x", "%ff%fe", "-1", quote_plus("é𝟘\u202e" * 4_000))
#: A provider's, an establishment's, an auditor's: between them they open every page.
VISITORS = (Role.OWNER, Role.DIRECTOR, Role.AUDITOR)
#: Whoever leaves, or opens her own space anew, is somebody else for the next form.
_ENDS = ("/deconnexion", "/mon-compte/fermer")


def _visitors(route: Route) -> Iterator[str | None]:
    if route.demands == PUBLIC:
        yield None
        return
    for role in VISITORS:
        if route.permission is None or route.permission in GRANTS[role]:
            yield role.value


def _forms(client: FlaskClient, page: str) -> list[Tag]:
    answer = client.get(page)
    if answer.mimetype != "text/html" or answer.status_code != 200:
        return []
    html = BeautifulSoup(answer.data, "html5lib")
    return [it for it in html.find_all("form") if str(it.get("action")) not in _ENDS]


def _names(form: Tag) -> list[str]:
    every = form.find_all(["input", "select", "textarea"])
    return [str(it["name"]) for it in every if it.get("name")]


@pytest.mark.parametrize("route", PAGES, ids=[it.endpoint for it in PAGES])
def test_nonsense_gets_an_answer(world: World, route: Route) -> None:
    page = world.address(route.rule, world.inside)
    failed = []
    for who in _visitors(route):
        client = world.client(who)
        for form in _forms(client, page):
            there = urljoin(page, str(form.get("action") or ""))
            method = str(form.get("method", "get")).upper()
            for value in NONSENSE:
                body = "&".join(f"{quote_plus(name)}={value}" for name in _names(form))
                sent = {"query_string": body} if method == "GET" else {"data": body}
                status = client.open(
                    there,
                    method=method,
                    content_type="application/x-www-form-urlencoded",
                    **sent,  # type: ignore[arg-type]  # one of the two
                ).status_code
                if status >= 500:
                    failed.append((who, method, there, value[:12], status))

    assert failed == []
