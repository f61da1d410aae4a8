"""Every answer of every address carries the whole set of headers, whatever its status."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from portal.kit import bodies, limits
from portal.kit.headers import HEADERS, SANDBOX
from tests.house import routes
from tests.house.routes import Route
from tests.house.visitors import World

ROUTES = routes.known()
METHODS = ("GET", "POST", "PUT")
#: Shows a message as its reader would see it, styles and links included, in a box of its own.
BOXED = {"reminders.message_html"}


def lacking(answer: TestResponse) -> dict[str, str | None]:
    """The headers that are missing, or say something else."""
    wanted = dict(HEADERS)
    if answer.request.path.startswith("/static/"):
        assert "no-store" not in answer.headers.get("Cache-Control", "")
    elif answer.mimetype == "text/html":
        wanted["Cache-Control"] = "no-store"
    elif "attachment" in answer.headers.get("Content-Disposition", ""):
        wanted["Content-Security-Policy"] = SANDBOX
    found = {name: answer.headers.get(name) for name in wanted}
    return {name: value for name, value in found.items() if value != wanted[name]}


@pytest.mark.parametrize("route", ROUTES, ids=[f"{r.endpoint}-{r.methods[0]}" for r in ROUTES])
def test_every_answer_of_every_address_carries_them(world: World, route: Route) -> None:
    known, unknown = (world.address(route.rule, lane) for lane in (world.inside, None))
    answers = [
        world.client(who).open(address, method=method)
        for who, address, methods in (
            (None, known, METHODS),
            ("owner", known, METHODS),
            ("owner", unknown, route.methods),
            ("director", known, route.methods),
            ("stranger", known, route.methods),
        )
        for method in methods
    ]

    faults = [lack for answer in answers if (lack := lacking(answer))]
    if route.endpoint in BOXED:
        policies = [fault.pop("Content-Security-Policy") or "" for fault in faults]
        assert faults == [{"Cross-Origin-Opener-Policy": "unsafe-none"}] * len(policies)
        assert all("default-src 'none'" in it and "sandbox" in it for it in policies)
    else:
        assert faults == []
    assert len({answer.status_code for answer in answers}) > 1


def _none(_client: FlaskClient) -> TestResponse:
    return _client.get("/healthz")


def _without_token(client: FlaskClient) -> TestResponse:
    client.application.config["WTF_CSRF_ENABLED"] = True
    try:
        return client.post("/connexion")
    finally:
        client.application.config["WTF_CSRF_ENABLED"] = False


def _too_large(client: FlaskClient) -> TestResponse:
    return client.post("/connexion", data=b"x" * (bodies.FORM + 1))


def _too_often(client: FlaskClient) -> TestResponse:
    item = limits.RULES["sign-in"].person
    assert item
    data = {"email": "nobody@people.example", "password": "x"}
    return [client.post("/connexion", data=data) for _ in range(item.amount + 1)][-1]


def _refused(client: FlaskClient) -> TestResponse:
    return client.post("/connexion", data={})


def _failing(error: Exception) -> Callable[[FlaskClient], TestResponse]:
    def fail(*_: object) -> None:
        raise error

    def send(client: FlaskClient) -> TestResponse:
        event.listen(Engine, "before_cursor_execute", fail)
        client.application.config["PROPAGATE_EXCEPTIONS"] = False
        try:
            return client.post("/mot-de-passe", data={"email": "nobody@people.example"})
        finally:
            client.application.config["PROPAGATE_EXCEPTIONS"] = None
            event.remove(Engine, "before_cursor_execute", fail)

    return send


STATUSES: dict[int, Callable[[FlaskClient], TestResponse]] = {
    200: _none,
    303: lambda client: client.get("/"),
    308: lambda client: client.get("/acme"),
    400: _without_token,
    401: lambda client: client.post("/mon-compte"),
    404: lambda client: client.get("/no-such.file"),
    405: lambda client: client.delete("/connexion"),
    413: _too_large,
    422: _refused,
    429: _too_often,
    500: _failing(RuntimeError("broken")),
    503: _failing(OperationalError("SELECT 1", {}, sa.exc.DBAPIError("", {}, Exception()))),
}


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_carries_them(app: Flask, client: FlaskClient, status: int) -> None:
    answer = STATUSES[status](client)

    assert answer.status_code == status
    assert lacking(answer) == {}


def test_what_stays_the_same_carries_them_and_may_be_kept(client: FlaskClient) -> None:
    answer = client.get("/static/css/treize.css")

    assert answer.status_code == 200
    assert lacking(answer) == {}


@pytest.mark.parametrize(
    ("path", "asked"), [("css/none.css", {}), ("css/treize.css", {"Range": "bytes=9999999-"})]
)
def test_a_page_that_says_what_is_not_there_is_kept_by_nobody(
    client: FlaskClient, path: str, asked: dict[str, str]
) -> None:
    """A file that comes with the next version would be missing for as long."""
    answer = client.get(f"/static/{path}", headers=asked)

    assert answer.status_code in {404, 416}
    assert answer.headers["Cache-Control"] == "no-store"
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
