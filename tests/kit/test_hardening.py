"""Cookies, hosts, headers, security.txt, and what never reaches a log line."""

import dataclasses
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.app import create_app
from portal.config import Settings
from portal.kit.secrecy import STRUCK, strike
from tenants.db import db

HOST = "portail.example"


@pytest.fixture
def secure(app: Flask) -> Iterator[FlaskClient]:
    """The same portal as it stands behind HTTPS."""
    given: Settings = app.config["SETTINGS"]
    settings = dataclasses.replace(
        given,
        public_url=f"https://{HOST}",
        other_hosts=("autre.example",),
    )
    behind = create_app(settings)
    behind.config.update(TESTING=True)
    yield behind.test_client()
    with behind.app_context():
        db.engine.dispose()
    behind.extensions["valkey"].close()


@pytest.mark.parametrize("host", [HOST, "autre.example"])
def test_our_own_names_are_answered(secure: FlaskClient, host: str) -> None:
    assert secure.get("/.well-known/security.txt", base_url=f"https://{host}").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", f"{HOST}.evil.example", f"{HOST}:8443"])
def test_another_name_is_refused_but_for_the_health_check(secure: FlaskClient, host: str) -> None:
    for path in ("/.well-known/security.txt", "/connexion", "/acme/parc"):
        assert secure.get(path, base_url=f"https://{host}").status_code == 400
    assert secure.get("/healthz", base_url=f"https://{host}").status_code == 200


def test_the_cookie_is_of_this_host_alone_and_the_browser_stays_with_https(
    secure: FlaskClient,
) -> None:
    found = secure.get("/connexion", base_url=f"https://{HOST}")
    cookie = found.headers["Set-Cookie"]

    assert cookie.startswith("__Host-session=")
    for word in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax"):
        assert word in cookie
    assert "Domain" not in cookie
    assert found.headers["Strict-Transport-Security"].startswith("max-age=63072000")


def test_over_plain_http_there_is_no_such_promise(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/connexion").headers


def test_signing_out_clears_what_the_browser_keeps(client: FlaskClient) -> None:
    assert client.post("/deconnexion").headers["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_browser_that_says_nonsense_of_where_it_comes_from_is_answered(
    secure: FlaskClient, scheme: str
) -> None:
    """Flask-WTF looks at it as well, where there is HTTPS."""
    site = f"{scheme}://{HOST}"
    said = {"Referer": "http://[", "HX-Current-URL": "https://[::", "HX-Request": "true"}

    assert secure.get("/acme/parc", base_url=site, headers=said).status_code == 401
    refused = secure.post("/langue", base_url=site, data={"locale": "en"}, headers=said)
    assert refused.status_code == 400


def test_security_txt_says_whom_to_tell_and_is_never_stale(client: FlaskClient) -> None:
    told = dict(
        line.split(": ", 1) for line in client.get("/.well-known/security.txt").text.splitlines()
    )
    expires = datetime.strptime(told["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)

    assert told["Contact"].startswith(("mailto:", "https:"))
    assert timedelta(days=90) < expires - datetime.now(UTC) < timedelta(days=366)


@pytest.mark.parametrize(
    "line",
    [
        "password=MARKED", "POST /x?token=MARKED&y=1", '{"password": "MARKED"}', "code: MARKED",
        "Authorization: Bearer MARKED", "Cookie: session=MARKED; a=b", "csrf_token='MARKED'",
        "postgresql://app:MARKED@db/treize", "redis://:MARKED@valkey:6379", "client_secret=MARKED",
        "GET /invitation/MARKED-0123456789abcdef",
        "GET /rappels/desabonner/WyJhY21lIiwi.MARKED-0123456789abcdef",
        "GET /connexion?next=%2Frappels%2Fplus-tard%2FAAAAAAAAAAAAAAAA.MARKED-0123456789",
    ],
)  # fmt: skip
def test_a_secret_is_struck_out(line: str) -> None:
    assert "MARKED" not in strike(line)
    assert STRUCK in strike(line)


def test_so_is_the_token_of_every_address_that_has_one(app: Flask) -> None:
    """As a server's own log tells it, which knows no request any more."""
    ours = [rule.rule for rule in app.url_map.iter_rules() if "<token>" in rule.rule]
    lines = [rule.replace("<token>", "AAAAAAAAAAAAAAAA.MARKED-0123456789=") for rule in ours]

    assert [line for line in lines if "MARKED" in strike(line)] == []
    assert len(ours) >= 12


@pytest.mark.parametrize("line", ["GET /acme/parc 200", "fleet.apply_import 12 failed", "18:00:01"])
def test_other_lines_stay_as_they_are(line: str) -> None:
    assert strike(line) == line


def test_whatever_is_logged_passes_through(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    try:
        int("password=MARKED")
    except ValueError:
        logging.getLogger("somewhere.else").exception("with token=%s", "MARKED")

    assert "MARKED" not in caplog.text
    assert "ValueError" in caplog.text


def test_signing_in_leaves_no_secret_in_the_log(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client.post("/connexion", data={"email": "a@b.example", "password": "MARKED-secret"})
    client.get("/connexion?next=/x&token=MARKED-secret", headers={"Authorization": "MARKED-secret"})

    assert "MARKED-secret" not in caplog.text


def test_a_form_that_was_open_for_hours_is_taken_and_one_of_another_session_is_not(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody wrote through her lunch is not lost to a token's age."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    token = re.compile(r'name="csrf_token" value="([^"]+)"')
    mine, theirs = (
        token.findall(it.get("/connexion").text)[0] for it in (client, app.test_client())
    )
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=9)):
        told = {"email": "a@b.example", "password": "x"}
        taken = client.post("/connexion", data={**told, "csrf_token": mine}).status_code
        refused = client.post("/connexion", data={**told, "csrf_token": theirs}).status_code

    assert (taken, refused) == (422, 400)
