"""No secret in a log line: everything that carries one is sent, with all that is logged kept.

Once as it should go, once with a failure in its midst whose message says all that was sent.
"""

import dataclasses
import io
import json
import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pyotp
import pytest
from flask import Flask, has_request_context, request
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from portal import dispatcher, worker
from portal.accounts import comeback, recovery, service, totp
from portal.kit import clock, limits, mail, outbox, tokens, valkey
from portal.kit.mail import NotAccepted, SmtpPost
from portal.kit.outbox import Job, Lease
from portal.kit.secrecy import STRUCK
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make
from tests.conftest import sign_in
from tests.people.post import deliver, invite, link_to

live = alive.live
PASSWORD = "MARKED lampe cuivre onze"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
FILE = b"%PDF-1.4 MARKED content of a proof"
PASSKEY = json.dumps(
    {"rawId": "MARKED", "response": {"userHandle": "A" * 22, "signature": "MARKED-signature"}}
)
#: What asks, and what it sends; a path says in braces what is known once the test runs.
SENT: dict[str, tuple[str, dict[str, Any]]] = {
    "sign-in": ("/connexion", {"email": "owner@acme.example", "password": PASSWORD}),
    "wrong sign-in": ("/connexion", {"email": "a@b.example", "password": "MARKED-wrong"}),
    "second step": ("/connexion/double", {"code": "{totp}"}),
    "code on paper": ("/connexion/double", {"code": "{paper}"}),
    "passkey": ("/connexion/cle", {"answer": PASSKEY}),
    "reset": ("/mot-de-passe/nouveau", {"code": "MARKED-0", "password": PASSWORD}),
    "confirmation": ("/confirmer", {"password": PASSWORD}),
    "invitation": ("{invitation}", {"name": "Ann Example", "password": PASSWORD}),
    "cancelling": ("/connexion/sans-facteur/annuler/{token}", {}),
    "former address": ("/adresse-precedente/{token}", {}),
    "new address": ("/mon-compte/adresse/code", {"code": "MARKED-1"}),
    "new app": ("/double-verification/application", {"code": "MARKED-2", "label": "App"}),
    "new password": ("/mon-compte/mot-de-passe", {"password": PASSWORD}),
    "directory": ("/acme/annuaire", {"client_id": "treize", "client_secret": "MARKED-secret"}),
    "upload": ("/acme/preuves/nouvelle", {"title": "Essai", "codes": "SAUV-04", "file": "{file}"}),
}
#: What a directory sends a browser back with, and a token that somebody put into an address.
ASKED = (
    "/connexion/annuaire/acme/retour?code=MARKED-code&state=MARKED-state",
    "/connexion/pro-sante-connect/retour?code=MARKED-code&state=MARKED-state",
    "/connexion?next=%2F%3Ftoken%3DMARKED-token&token=MARKED-token",
    "/connexion?next=%2Finvitation%2FMARKED-0123456789abcdef",
    "{invitation}",
)


@pytest.fixture
def known(app: Flask, owner: Actor, client: FlaskClient) -> dict[str, str]:
    """The owner's own secrets, and the links that were sent."""
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        person = tenancy.user(owner.user_id)
        assert person
        service.set_password(person, PASSWORD, memory_kib=8)
        totp.add(owner.user_id, SECRET, step=0, label="App", at=clock.now())
        paper = recovery.make_anew(owner.user_id, memory_kib=8)
        token = comeback.ask(owner.user_id, at=clock.now())
        db.session.commit()
    host = app.test_client()
    sign_in(host, owner)
    invite(host, "manager")
    return {
        "totp": pyotp.TOTP(SECRET).at(clock.now()),
        "paper": paper[0],
        "token": str(token),
        "invitation": link_to(deliver(owner)),
    }


@pytest.fixture
def logged(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> pytest.LogCaptureFixture:
    """All that any logger says; and each request's line, as a server in front would write it."""
    caplog.set_level(logging.DEBUG)
    access = logging.getLogger("access")
    inner = app.wsgi_app

    def telling(environ: dict[str, Any], start: Any) -> Any:
        line = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        access.info('"%s" cookie: %s', line, environ.get("HTTP_COOKIE", ""))
        return inner(environ, start)

    monkeypatch.setattr(app, "wsgi_app", telling)
    return caplog


@contextmanager
def failing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The first statement of each request fails, and says whatever was sent with it."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    def fail(*_: Any) -> None:
        if has_request_context():
            raise RuntimeError(
                f"{list(request.form.values())} {request.form!r} {request.full_path}"
                f" {list(request.cookies.values())} {dict(request.headers)}"
            )

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", fail)


def send(
    client: FlaskClient, path: str, data: dict[str, Any], known: dict[str, str]
) -> TestResponse:
    page = client.get("/confidentialite").text
    token = re.search(r'csrf-token" content="([^"]+)"', page)
    assert token
    known["csrf"] = token[1]
    filled: dict[str, Any] = {
        name: (io.BytesIO(FILE), "essai.pdf") if value == "{file}" else _filled(value, known)
        for name, value in data.items()
    }
    return client.post(
        _filled(path, known),
        data={**filled, "csrf_token": token[1]},
        content_type="multipart/form-data",
    )


def _filled(value: str, known: dict[str, str]) -> str:
    found = re.fullmatch(r"(.*)\{(\w+)\}", value)
    return f"{found[1]}{known[found[2]]}" if found else value


def somebody(app: Flask, owner: Actor, kind: str) -> FlaskClient:
    """Signed in where the page wants it, half-way in where that is wanted."""
    client = app.test_client()
    if kind in {"second step", "code on paper"}:
        client.post("/connexion", data={"email": "owner@acme.example", "password": PASSWORD})
    if kind == "reset":
        client.post("/mot-de-passe", data={"email": "owner@acme.example"})
    if kind in {"confirmation", "new address", "new app", "new password", "directory", "upload"}:
        sign_in(client, owner)
    return client


def secrets_of(client: FlaskClient, known: dict[str, str]) -> list[str]:
    cookie = client.get_cookie("session")
    return ["MARKED", SECRET, *known.values(), *([cookie.value] if cookie else [])]


@pytest.mark.parametrize("kind", SENT)
@pytest.mark.parametrize("fails", [False, True], ids=["going well", "failing"])
def test_what_is_sent_stays_out_of_the_log(
    app: Flask,
    owner: Actor,
    known: dict[str, str],
    logged: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    fails: bool,
) -> None:
    client = somebody(app, owner, kind)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    logged.clear()
    with failing(app, monkeypatch) if fails else nullcontext():
        answer = send(client, *SENT[kind], known)

    assert (answer.status_code == 500) is fails
    assert STRUCK in logged.text
    assert ("RuntimeError" in logged.text) is fails
    assert [it for it in secrets_of(client, known) if it in logged.text] == []


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("fails", [False, True], ids=["going well", "failing"])
def test_what_an_address_says_stays_out_of_the_log(
    app: Flask,
    known: dict[str, str],
    logged: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    fails: bool,
) -> None:
    client = app.test_client()
    logged.clear()
    with failing(app, monkeypatch) if fails else nullcontext():
        client.get(_filled(path, known))

    assert STRUCK in logged.text
    assert [it for it in secrets_of(client, known) if it in logged.text] == []


def test_a_failing_job_says_no_secret(
    live: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    token = tokens.make(uuid.uuid4())[0]

    def fail(_held: Lease) -> None:
        raise RuntimeError(
            f"to smtp://treize:MARKED@mail.example: password=MARKED, /invitation/{token}"
        )

    actor = make.tenant("acme")
    monkeypatch.setitem(worker.JOBS, "test.work", Job("test.work", fail, 30))
    with tenant_scope(actor.tenant_id):
        outbox.promise("test.work", key="once", payload={"n": 1}, run_at=clock.now())
        db.session.commit()
        outbox_id = alive.promised("test.work").id
        db.session.rollback()
    dispatcher.rounds()
    alive.work(live)
    worker.perform(str(actor.tenant_id), str(outbox_id), "test.work")

    assert "RuntimeError" in caplog.text
    assert STRUCK in caplog.text
    assert "MARKED" not in caplog.text
    assert token not in caplog.text


def test_a_server_that_is_away_is_named_without_its_password(
    app: Flask, isolated: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Each address has one: the database's, Valkey's, the mail server's."""
    caplog.set_level(logging.DEBUG)
    log = logging.getLogger("portal")
    addresses = (
        "postgresql+psycopg://treize:MARKED@127.0.0.1:1/treize",
        "redis://:MARKED@127.0.0.1:1/0",
        "smtp://treize:MARKED@127.0.0.1:1",
    )
    try:
        create_engine(addresses[0]).connect()
    except OperationalError:
        log.exception("away: %s", addresses[0])
    counters = limits.Counters(valkey.impatient(addresses[1]))
    counters.hit(limits.RULES["verify"].address, "x")  # type: ignore[arg-type]  # it has one
    post = SmtpPost.from_url(addresses[2])
    try:
        post.send(mail.write(**_NOTE))
    except NotAccepted:
        log.exception("%r of %s", post, addresses[2])
    settings = dataclasses.replace(
        app.config["SETTINGS"], database_url=addresses[0], redis_url=addresses[1],
        smtp_url=addresses[2], psc_client_secret="MARKED", secret_key="MARKED",
    )  # fmt: skip
    log.error("%r", settings)

    assert caplog.text.count(STRUCK) >= 6
    assert "MARKED" not in caplog.text


def test_the_dispatcher_says_no_password_of_a_database_that_is_away(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    left = iter([False, True])
    address = "postgresql+psycopg://treize:MARKED@127.0.0.1:1/treize"
    monkeypatch.setitem(app.config, "SQLALCHEMY_DATABASE_URI", address)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)

    dispatcher.run(app, stopped=lambda: next(left))

    assert "dispatcher waits" in caplog.text
    assert "MARKED" not in caplog.text


_NOTE: dict[str, Any] = {
    "sender": "Treize <ne-pas-repondre@treize.example>",
    "to_name": "Ann",
    "to_address": "ann@people.example",
    "subject": "x",
    "text": "x",
    "html": "x",
    "message_id": "<x@treize.example>",
    "at": clock.now(),
}
