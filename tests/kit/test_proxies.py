"""Whose word is believed about where a request comes from."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from portal.app import create_app
from portal.config import Settings
from portal.kit import limits
from tenants.access import public
from tenants.db import db

HOST = "portail.example"
#: What the visitor wrote herself, then what our proxy saw.
FORGED = {"X-Forwarded-For": "203.0.113.9, 192.0.2.7"}


@contextmanager
def _behind(app: Flask, hops: int, public_url: str) -> Iterator[FlaskClient]:
    given: Settings = app.config["SETTINGS"]
    portal = create_app(dataclasses.replace(given, trusted_proxies=hops, public_url=public_url))
    portal.config.update(TESTING=True, WTF_CSRF_ENABLED=False)

    @public
    def seen() -> dict[str, str | None]:
        return {"address": request.remote_addr, "scheme": request.scheme, "host": request.host}

    portal.add_url_rule("/seen", "seen", seen)
    yield portal.test_client()
    with portal.app_context():
        db.engine.dispose()
    portal.extensions["valkey"].close()


@pytest.fixture
def behind(app: Flask, isolated: None) -> Iterator[Callable[..., FlaskClient]]:
    with ExitStack() as stack:

        def behind(hops: int, public_url: str = "http://localhost") -> FlaskClient:
            return stack.enter_context(_behind(app, hops, public_url))

        yield behind


@pytest.mark.parametrize(
    ("hops", "address"), [(0, "127.0.0.1"), (1, "192.0.2.7"), (2, "203.0.113.9")]
)
def test_as_many_proxies_are_believed_as_there_are(
    behind: Callable[..., FlaskClient], hops: int, address: str
) -> None:
    assert behind(hops).get("/seen", headers=FORGED).get_json()["address"] == address


def test_a_request_that_came_by_fewer_proxies_is_not_believed(
    behind: Callable[..., FlaskClient],
) -> None:
    """It came round the proxies: its header is the visitor's own."""
    answer = behind(3).get("/seen", headers=FORGED)

    assert answer.get_json()["address"] == "127.0.0.1"


def test_without_a_proxy_neither_scheme_nor_name_is_anybody_s_to_choose(
    behind: Callable[..., FlaskClient],
) -> None:
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    seen = behind(0).get("/seen", headers=forged).get_json()

    assert (seen["scheme"], seen["host"]) == ("http", "localhost")


def test_a_name_that_a_proxy_passes_on_is_still_looked_at(
    behind: Callable[..., FlaskClient],
) -> None:
    client = behind(1, f"https://{HOST}")
    told = {"X-Forwarded-Proto": "https"}

    ours = client.get("/seen", headers={**told, "X-Forwarded-Host": HOST})
    other = client.get("/seen", headers={**told, "X-Forwarded-Host": "evil.example"})

    assert (ours.status_code, other.status_code) == (200, 400)
    assert ours.get_json() == {"address": "127.0.0.1", "scheme": "https", "host": HOST}


def test_the_cookie_is_for_https_and_for_this_host_alone(
    behind: Callable[..., FlaskClient],
) -> None:
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": HOST}
    answer = behind(1, f"https://{HOST}").get("/connexion", headers=told)
    cookie = answer.headers["Set-Cookie"]

    assert cookie.startswith("__Host-session=")
    assert "; Secure" in cookie
    assert "; Path=/" in cookie
    assert "Domain" not in cookie
    assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize(("hops", "refused"), [(0, True), (1, False)])
def test_limits_count_the_address_that_is_believed(
    behind: Callable[..., FlaskClient], hops: int, refused: bool
) -> None:
    """Behind one proxy everybody would share its address; without any, a lie would help."""
    client = behind(hops)
    item = limits.RULES["verify"].address
    assert item
    for number in range(item.amount):
        client.post("/verifier", headers={"X-Forwarded-For": f"198.51.100.{number}"})
    answer = client.post("/verifier", headers={"X-Forwarded-For": "192.0.2.1"})

    assert answer.status_code == (429 if refused else 422)
