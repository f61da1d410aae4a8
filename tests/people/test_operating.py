"""Who operates the portal: named by the database's owner, told numbers alone."""

import dataclasses
from collections.abc import Iterator
from unittest import mock

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from sqlalchemy.exc import ProgrammingError

from portal.people.models import Operator
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.house import put_off
from tests.servers import servers


@pytest.fixture
def kept(app: Flask) -> Iterator[Actor]:
    """The owner of Acme, in earnest: the owner of the database must see her, so she is committed.

    Acme has three people, two clients, an archived one and a prospect; Globex its owner alone.
    """
    with app.app_context():
        owner = make.tenant("acme")
        make.tenant("globex")
        with tenant_scope(owner.tenant_id):
            first = make.establishment("Foyer Secret")
            make.establishment()
            make.member(Role.TECHNICIAN)
            make.member(Role.DIRECTOR, establishments=[first])
            db.session.remove()
        yield owner
        db.session.remove()
    database = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    assert database
    engine = sa.create_engine(servers.admin_url(database))
    with engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE tenant, user_account CASCADE"))
    engine.dispose()


def _grant(app: Flask, email: str) -> int:
    return _typed(app, "grant", email).exit_code


def _typed(app: Flask, command: str, email: str) -> Result:
    db.session.remove()
    return app.test_cli_runner().invoke(args=["operator", command, email])


def _page(app: Flask, actor: Actor, *, strong: bool = True) -> tuple[int, str]:
    client = app.test_client()
    sign_in(client, actor, strong=strong)
    answer = client.get("/exploitation")
    return answer.status_code, answer.headers.get("Location", answer.text)


def test_an_operator_sees_tenants_in_numbers_and_nothing_of_theirs(app: Flask, kept: Actor) -> None:
    assert _page(app, kept)[0] == 404
    assert _grant(app, " OWNER@acme.example") == 0
    assert _grant(app, "owner@acme.example") == 0

    status, page = _page(app, kept)

    assert status == 200
    acme = page.partition("/acme/")[2].partition("</tr>")[0]
    globex = page.partition("/globex/")[2].partition("</tr>")[0]
    assert [acme.count(f">{number}</td>") for number in (3, 2)] == [1, 1]
    assert [globex.count(f">{number}</td>") for number in (1, 0)] == [1, 1]
    assert "owner@globex.example" in page
    assert "Secret" not in page


def test_an_operator_enters_no_tenant_by_it(app: Flask, kept: Actor) -> None:
    _grant(app, "owner@acme.example")
    client = app.test_client()
    sign_in(client, kept)

    assert client.get("/globex/equipe").status_code == 404


def test_an_operator_is_led_there_from_her_accesses(app: Flask, kept: Actor) -> None:
    client = app.test_client()
    sign_in(client, kept)
    before = client.get("/mes-acces").text
    _grant(app, "owner@acme.example")

    assert "/exploitation" not in before
    assert 'href="/exploitation"' in client.get("/mes-acces").text


def test_two_spaces_with_one_siren_are_told_to_whoever_operates_and_to_nobody_else(
    app: Flask, kept: Actor
) -> None:
    """Neither is refused: who has the number in truth is not known, nor who is here told."""
    for slug in ("acme", "globex"):
        row = tenancy.tenant_by_slug(slug)
        assert row
        with tenant_scope(row.id):
            db.session.rollback()
            tenancy.tenant(row.id).siren = "732829320"
            db.session.commit()
            db.session.remove()
    client = app.test_client()
    sign_in(client, kept)
    owner_s = client.get("/acme/reglages").text
    _grant(app, "owner@acme.example")

    page = _page(app, kept)[1]

    assert page.count("un autre espace le porte") == 2
    assert "deux espaces peuvent porter le même" in owner_s.replace("\N{NO-BREAK SPACE}", " ")
    assert "un autre espace le porte" not in owner_s


def test_a_closed_account_is_said_in_words(app: Flask, kept: Actor) -> None:
    _grant(app, "owner@acme.example")
    with tenant_scope(kept.tenant_id):
        her = make.member(Role.BILLING, email="ines@people.example")
        db.session.remove()
    client = app.test_client()
    sign_in(client, her)
    before = _page(app, kept)[1]

    assert client.post("/mon-compte/fermer").status_code == 303

    page = _page(app, kept)[1]
    assert "ines@people.example" in before
    assert "Compte fermé" not in before
    assert page.count("Compte fermé") == page.count("effacée avec le compte") == 1
    assert "closed.invalid" not in page


def test_a_plan_chosen_too_late_is_found_again(app: Flask, kept: Actor) -> None:
    _grant(app, "owner@acme.example")
    put_off.has_password(kept)
    client = app.test_client()
    sign_in(client, kept)
    plan = "/exploitation/espaces/globex"

    put_off.found_again(client, kept, plan, plan)


def test_operating_takes_two_factors(app: Flask, kept: Actor) -> None:
    _grant(app, "owner@acme.example")

    status, there = _page(app, kept, strong=False)

    assert status == 303
    assert there == "/double-verification?next=/exploitation"


def test_postgresql_counts_for_operators_alone_and_puts_the_scope_back(
    app: Flask, kept: Actor
) -> None:
    census = sa.text("SELECT people, establishments FROM tenant_census(now())")
    settings = sa.text(
        "SELECT current_setting('app.tenant_id', true), current_setting('app.reach', true)"
    )
    with entered(Scope(user_id=kept.user_id)):
        before = db.session.execute(census).all()
        db.session.rollback()
        _grant(app, "owner@acme.example")
        counted = sorted(tuple(row) for row in db.session.execute(census))
        after = tuple(db.session.execute(settings).one())
        db.session.rollback()

    assert before == []
    assert counted == [(1, 0), (3, 2)]
    assert after == ("", "")


def test_nobody_is_no_operator(app: Flask, kept: Actor) -> None:
    assert _grant(app, "nobody@people.example") == 1


def test_who_is_revoked_sees_no_more_from_the_next_page_on(app: Flask, kept: Actor) -> None:
    """In the browser that she has open; what else she may do stays."""
    for address in ("owner@acme.example", "owner@globex.example"):
        _grant(app, address)
    client = app.test_client()
    sign_in(client, kept)
    before = client.get("/exploitation").status_code

    done = _typed(app, "revoke", " OWNER@acme.example")

    assert (done.exit_code, before) == (0, 200)
    assert [client.get(it).status_code for it in ("/exploitation", "/exploitation/travaux")] == [
        404, 404
    ]  # fmt: skip
    assert 'href="/exploitation"' not in client.get("/mes-acces").text
    assert client.get("/acme/equipe").status_code == 200
    assert _typed(app, "revoke", "owner@globex.example").exit_code == 0


def test_whoever_was_revoked_may_be_named_again(app: Flask, kept: Actor) -> None:
    """She was the last one: it is the terminal that names operators."""
    _grant(app, "owner@acme.example")
    _typed(app, "revoke", "owner@acme.example")

    assert _grant(app, "owner@acme.example") == 0
    assert _page(app, kept)[0] == 200


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("nobody@people.example", "Personne n’a de compte à cette adresse"),
        ("owner@globex.example", "Cette personne n’exploite pas le portail"),
    ],
)
def test_who_does_not_operate_is_not_revoked_in_silence(
    app: Flask, kept: Actor, email: str, said: str
) -> None:
    """A slip of the pen would leave in place whom one meant."""
    _grant(app, "owner@acme.example")

    done = _typed(app, "revoke", email)

    assert done.exit_code == 1
    assert said in done.output
    assert _page(app, kept)[0] == 200


def test_the_app_cannot_name_an_operator(owner: Actor) -> None:
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        db.session.add(Operator(user_id=owner.user_id))
        with pytest.raises(ProgrammingError, match="permission denied"):
            db.session.flush()
        db.session.rollback()


def test_without_the_owner_s_database_nobody_is_named_or_revoked(
    app: Flask, isolated: None
) -> None:
    poor = dataclasses.replace(app.config["SETTINGS"], owner_database_url=None)
    with mock.patch.dict(app.config, SETTINGS=poor):
        done = [_typed(app, it, "owner@acme.example") for it in ("grant", "revoke")]

    assert [it.exit_code for it in done] == [1, 1]
