"""However one has signed in, the same doors open or stay shut: R16, by each method in earnest.

R3, a directory believed beyond its tenant, is tried in ``tests/federation``; R11, invitations taken
up elsewhere, in ``tests/people``.
"""

from collections.abc import Callable, Iterator

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts import recovery, service, totp
from portal.kit import clock, mail
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tests import oidc_server
from tests.accounts import lost
from tests.accounts.lost import PASSWORD, SECRET
from tests.accounts.soft_key import SoftKey
from tests.conftest import sign_in
from tests.federation.conftest import Walk, tie, trust
from tests.oidc_server import Directory
from tests.smtp import Inbox, serving

#: A sample of doors: of her tenant to read and to write, of another, of her own, of nobody's.
DOORS = (
    ("GET", "/acme/parc"),
    ("GET", "/acme/parc.csv"),
    ("POST", "/acme/equipe/inviter"),
    ("GET", "/globex/parc"),
    ("GET", "/globex/journal.json"),
    ("GET", "/mes-acces"),
    ("POST", "/mon-compte"),
    ("GET", "/exploitation"),
)
#: What each answers to whoever may enter.
OPEN = (200, 200, 422, 404, 404, 200, 422, 404)
#: To be told to sign in first, or to add the second factor: never more than that.
SHUT = (303, 303, 401, 303, 303, 303, 401, 303)
Enter = Callable[["Person"], FlaskClient]


class Person:
    """Acme's owner, with a password, an app, codes on paper, a passkey and a directory."""

    def __init__(self, app: Flask, owner: Actor, inbox: Inbox, directory: Directory) -> None:
        self.app, self.actor, self.inbox, self.directory = app, owner, inbox, directory
        db.session.rollback()
        with entered(Scope(user_id=owner.user_id)):
            person = tenancy.user(owner.user_id)
            assert person
            service.set_password(person, PASSWORD, memory_kib=8)
            totp.add(owner.user_id, SECRET, step=0, label="App", at=clock.now())
            self.codes = recovery.make_anew(owner.user_id, memory_kib=8)
            db.session.commit()
        self.key = SoftKey()
        client = self.browser()
        sign_in(client, owner)
        options = client.post("/double-verification/cle/defi").get_json()
        client.post("/double-verification/cle", data={"answer": self.key.make(options)})
        trust(owner, directory)
        tie(owner, directory)

    def browser(self) -> FlaskClient:
        return self.app.test_client()


def _half_way(person: Person) -> FlaskClient:
    return lost.half_way(person.browser())


def _by_app(person: Person) -> FlaskClient:
    client = _half_way(person)
    client.post("/connexion/double", data={"code": pyotp.TOTP(SECRET).at(clock.now())})
    return client


def _by_paper(person: Person) -> FlaskClient:
    client = _half_way(person)
    client.post("/connexion/double", data={"code": person.codes[0]})
    return client


def _by_passkey(person: Person) -> FlaskClient:
    client = person.browser()
    options = client.post("/connexion/cle/defi").get_json()
    client.post("/connexion/cle", data={"answer": person.key.prove(options)})
    return client


def _by_directory(person: Person) -> FlaskClient:
    client = person.browser()
    Walk(client, person.directory)()
    return client


def _nobody(person: Person) -> FlaskClient:
    return person.browser()


def _without(key: str) -> Enter:
    def enter(person: Person) -> FlaskClient:
        """With half of what the session holds (what ShellHub took for « no need to check »)."""
        client = _by_app(person)
        with client.session_transaction() as session:
            del session[key]
        return client

    return enter


@pytest.fixture
def inbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    inbox = Inbox()
    with serving(inbox) as port:
        monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", port))
        yield inbox


@pytest.fixture
def directory(app: Flask) -> Iterator[Directory]:
    app.extensions["valkey"].flushdb()
    with oidc_server.running() as directory:
        directory.amr = ["mfa"]
        yield directory


@pytest.fixture
def person(app: Flask, owner: Actor, stranger: Actor, inbox: Inbox, directory: Directory) -> Person:
    return Person(app, owner, inbox, directory)


def _told(client: FlaskClient) -> tuple[int, ...]:
    return tuple(client.open(path, method=method).status_code for method, path in DOORS)


@pytest.mark.parametrize(
    ("enter", "expected"),
    [
        pytest.param(_by_app, OPEN, id="password and app"),
        pytest.param(_by_paper, OPEN, id="password and paper"),
        pytest.param(_by_passkey, OPEN, id="passkey"),
        pytest.param(_by_directory, (200, 200, 422, 404, 404, 200, 303, 303), id="directory"),
        pytest.param(_half_way, SHUT, id="password alone"),
        pytest.param(_nobody, SHUT, id="nobody"),
        pytest.param(_without("_user_id"), SHUT, id="no person"),
        pytest.param(_without("sign_in"), SHUT, id="no sign-in"),
    ],
)
def test_r16_each_way_in_opens_the_same_doors(
    person: Person, enter: Enter, expected: tuple[int, ...]
) -> None:
    assert _told(enter(person)) == expected


def test_r16_what_opens_to_add_a_factor_opens_no_other_door(person: Person) -> None:
    """By the code that is sent, a wait after every factor was lost."""
    lost.asked(person.app)
    with time_machine.travel(clock.now() + lost.LATER, tick=False):
        client = lost.enrolling(person.app, person.inbox)
        told = [client.open(path, method=method) for method, path in DOORS]

    assert {answer.status_code for answer in told} <= {303, 401}
    assert {answer.headers.get("Location", "").partition("?")[0] for answer in told} <= {
        "/double-verification",
        "",
    }


def test_r16_one_factor_of_a_directory_is_one_factor(person: Person) -> None:
    person.directory.amr = ["pwd"]

    assert _told(_by_directory(person))[:3] == (303, 303, 303)
