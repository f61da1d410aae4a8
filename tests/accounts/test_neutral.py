"""What a page costs tells nobody whether an address has an account.

Counted rather than timed: password hashes, statements, templates and promised messages, in their
order.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask, template_rendered
from flask.testing import FlaskClient

from portal.accounts import service
from portal.kit import outbox
from tenants import queries as tenancy
from tenants import service as tenants
from tenants.access import Actor
from tenants.db import db
from tests.conftest import sign_in
from tests.counting import counted

KNOWN, BARE, UNKNOWN = "ann@people.example", "bob@people.example", "eve@people.example"
PASSWORD = "lampe cuivre onze girafe"
Work = list[str]
Deed = Callable[[FlaskClient, str], int]


@pytest.fixture
def people(owner: Actor) -> None:
    """One with a password, one without, and nobody at the third address."""
    for email, password in ((KNOWN, PASSWORD), (BARE, None)):
        hashed = service.hash_password(password, memory_kib=8) if password else None
        tenants.register_user(email=email, name="Somebody", password_hash=hashed)
    db.session.commit()
    assert tenancy.user_by_email(UNKNOWN) is None


@contextmanager
def recorded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """All that costs time while the block runs."""
    done: Work = []

    def telling(name: str, what: Callable[..., Any]) -> Callable[..., Any]:
        def tell(*args: Any, **kwargs: Any) -> Any:
            done.append(name)
            return what(*args, **kwargs)

        return tell

    def rendered(_app: Flask, *, template: Any, **_: Any) -> None:
        done.append(f"render {template.name}")

    with monkeypatch.context() as patched, counted() as statements:
        for name in ("verify", "hash"):
            patched.setattr(PasswordHasher, name, telling(name, getattr(PasswordHasher, name)))
        patched.setattr(outbox, "promise", telling("message", outbox.promise))
        with template_rendered.connected_to(rendered, app):
            yield done
    done += statements


def _sign_in(client: FlaskClient, email: str) -> int:
    data = {"email": email, "password": "not the right one"}
    return client.post("/connexion", data=data).status_code


def _ask_reset(client: FlaskClient, email: str) -> int:
    return client.post("/mot-de-passe", data={"email": email}).status_code


def _type_reset(client: FlaskClient, email: str) -> int:
    data = {"code": "00000000", "password": "zut mollusque pinson neuf"}
    return client.post("/mot-de-passe/nouveau", data=data).status_code


def _sign_up(client: FlaskClient, email: str) -> int:
    data = {"name": "Infogérance", "siren": "732829320", "person": "Ann", "email": email}
    return client.post("/inscription", data=data).status_code


def _move(client: FlaskClient, email: str) -> int:
    return client.post("/mon-compte/adresse", data={"email": email}).status_code


@pytest.mark.parametrize(
    ("deed", "status", "costs"),
    [
        (_sign_in, 422, {"verify": 1, "message": 0}),
        (_ask_reset, 303, {"verify": 0, "message": 1}),
        (_type_reset, 422, {"verify": 0, "message": 0}),
        (_sign_up, 303, {"verify": 0, "message": 2}),
        (_move, 303, {"verify": 0, "message": 2}),
    ],
    ids=["sign in", "forgotten", "code", "sign up", "another address"],
)
def test_an_address_costs_the_same_known_or_not(
    app: Flask,
    owner: Actor,
    people: None,
    monkeypatch: pytest.MonkeyPatch,
    deed: Deed,
    status: int,
    costs: dict[str, int],
) -> None:
    works: list[Work] = []
    for email in (UNKNOWN, UNKNOWN, KNOWN, BARE):  # the first time fills what is kept
        client = app.test_client()
        if deed is _move:
            sign_in(client, owner)
        if deed is _type_reset:
            _ask_reset(client, email)
        with recorded(app, monkeypatch) as work:
            assert deed(client, email) == status
        works.append(work)

    assert works[1] == works[2] == works[3]
    assert {name: works[1].count(name) for name in costs} == costs
    assert len(works[1]) > sum(costs.values())


def test_a_hash_costs_the_same_for_whoever_is_not_there(people: None) -> None:
    """The hash that stands in for nobody's is made as all the others are."""
    somebody = tenancy.user_by_email(KNOWN)
    assert somebody
    assert somebody.password_hash

    parameters = [hashed.split("$")[:4] for hashed in (somebody.password_hash, service._decoy(8))]

    assert parameters[0] == parameters[1]
