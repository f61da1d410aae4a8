"""Every address of no tenant × every kind of visitor: what each is told stands in outside.txt.

An answer is its status, and where it leads.  Four have names: ``sign-in``, she is asked who she
is; ``here-only``, her directory opens one tenant alone; ``factor``, a second one is to be added or
given first; ``confirm``, she is asked again who she is.  A dot stands for what the signed-in are
told; after the columns come those of them who are told something else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.kit import clock
from portal.kit.health import DISPATCHER_BEAT
from portal.people.models import Operator
from tenants.access import SIGNED_IN, Actor
from tenants.context import NO_TENANT, Scope, entered
from tenants.db import db
from tenants.models import SignIn, Tenant, UserAccount
from tenants.roles import Role
from tenants.scoping import new_id
from tests.conftest import sign_in
from tests.house import routes
from tests.house.routes import Route
from tests.house.visitors import World
from tests.servers import servers

OUTSIDE = [route for route in routes.known() if not route.inside]
#: Signed in as one should be: who is told the same, but for those that the table names.
PEOPLE = (*(role.value for role in Role), "stranger", "late", "revoked", "operator")
#: The owner signed in by halves: by her directory, without any factor left, a while ago.
HALVES = ("directory", "enrolling", "stale")
NAMED: Final = {
    "/connexion/cet-espace-seul": "here-only",
    "/double-verification": "factor",
    "/confirmer": "confirm",
}


@dataclass(frozen=True)
class Line:
    """What is told of one address to nobody in particular, to who signed in, and to others."""

    endpoint: str
    nobody: str
    signed_in: str
    others: dict[str, str]

    def of(self, who: str) -> str:
        return self.nobody if who == "nobody" else self.others.get(who, self.signed_in)


def _read() -> list[Line]:
    """The lines of the table, the first of which names the columns."""
    text = Path(__file__).with_name("outside.txt").read_text("utf-8")
    (_, *columns), *lines = (line.split() for line in text.splitlines())
    nobody, signed_in, *halves = range(len(columns))
    return [
        Line(
            endpoint,
            said[nobody],
            said[signed_in],
            {columns[at]: said[at] for at in halves if said[at] != "."}
            | dict(one.split("=") for one in said[len(columns) :]),
        )
        for endpoint, *said in lines
    ]


TABLE = {line.endpoint: line for line in _read()}


@pytest.fixture(scope="module")
def operator(app: Flask) -> Iterator[Actor]:
    """Somebody of no tenant who operates the portal: only the terminal names her, so in earnest."""
    her = Actor(new_id(), NO_TENANT, Role.OWNER, "Operator")
    engine = sa.create_engine(
        servers.admin_url(str(sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database))
    )
    account, operators = (it.metadata.tables[it.__tablename__] for it in (UserAccount, Operator))
    with engine.begin() as connection:
        person = {"id": her.user_id, "email": "op@portal.example", "name": her.name, "locale": "fr"}
        connection.execute(account.insert(), person)
        connection.execute(operators.insert(), {"user_id": her.user_id})
    yield her
    with engine.begin() as connection:
        connection.execute(operators.delete().where(operators.c.user_id == her.user_id))
        connection.execute(account.delete().where(account.c.id == her.user_id))
    engine.dispose()


def _client(world: World, operator: Actor, who: str) -> FlaskClient:
    client = world.app.test_client()
    if who == "nobody":
        return client
    owner = world.people["owner"]
    person = operator if who == "operator" else world.people.get(who, owner)
    sign_in(client, person)
    if who in HALVES:
        with entered(Scope(user_id=owner.user_id)):
            _halve(owner, who)
            db.session.commit()
    return client


def _halve(owner: Actor, who: str) -> None:
    """Make of her sign-in one that opens less."""
    ago = clock.now() - timedelta(minutes=16)
    told: dict[str, dict[str, Any]] = {
        "directory": {"only_tenant_id": owner.tenant_id},
        "enrolling": {"enrolling": True, "strong": False},
        "stale": {"confirmed_at": ago},
    }
    hers = sa.update(SignIn).where(SignIn.user_id == owner.user_id)
    db.session.execute(hers.values(told[who]))
    if who == "directory":
        db.session.get_one(Tenant, owner.tenant_id).directory_since = ago


def _told(answer: TestResponse) -> str:
    there = answer.headers.get("Location", "")
    if answer.status_code == 401 or there.startswith("/connexion?next="):
        return "sign-in"
    if not there:
        return str(answer.status_code)
    path = urlsplit(there).path
    return NAMED.get(path, f"{answer.status_code}:{path}")


def test_each_address_outside_of_tenants_has_its_line() -> None:
    assert [*TABLE] == [route.endpoint for route in OUTSIDE]


def test_a_line_names_nobody_who_does_not_knock() -> None:
    assert {who for line in TABLE.values() for who in line.others} <= {*PEOPLE, *HALVES}


def test_who_has_to_sign_in_is_told_so_there_and_nowhere_else() -> None:
    doors = {line.endpoint for line in TABLE.values() if line.nobody == "sign-in"}
    inside = {said for line in TABLE.values() for said in (line.signed_in, *line.others.values())}

    assert doors == {route.endpoint for route in OUTSIDE if route.demands == SIGNED_IN}
    assert "sign-in" not in inside


@pytest.mark.parametrize("who", ["nobody", *PEOPLE, *HALVES])
@pytest.mark.parametrize("route", OUTSIDE, ids=[route.endpoint for route in OUTSIDE])
def test_each_visitor_is_told_what_the_table_says(
    operator: Actor, world: World, route: Route, who: str
) -> None:
    """With nothing filled in: a form says what it lacks, and a deed without one is done."""
    world.app.extensions["limits"].forget()
    world.app.extensions["valkey"].delete(DISPATCHER_BEAT)  # of a test just before
    client = _client(world, operator, who)

    answer = client.open(world.address(route.rule, world.inside), method=route.methods[0])

    assert _told(answer) == TABLE[route.endpoint].of(who)
