"""Somebody who has an account opens one more provider's space, by real requests."""

import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.audit.models import AuditEvent
from portal.contracts.models import Offering
from portal.guide import loader
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import Scope, entered, tenant_scope
from tenants.db import db
from tenants.models import Membership, SignIn, Tenant, UserAccount
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in

SPACE = "/inscription/espace"
SAID = {"name": "Bréhat Infogérance SARL", "siren": "732 829 320"}


def _slugs() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(sa.select(Tenant.slug)))


def test_she_keeps_her_account_and_her_sign_in(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)
    accounts = db.session.scalar(sa.select(sa.func.count()).select_from(UserAccount))

    answer = client.post(SPACE, data=SAID)

    assert answer.headers["Location"] == "/brehat-infogerance/premiers-pas"
    assert client.get(answer.headers["Location"]).status_code == 200
    assert client.get("/acme/parc").status_code == 200
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(UserAccount)) == accounts
    opened = tenancy.tenant_by_slug("brehat-infogerance")
    assert opened is not None
    assert (opened.name, opened.siren) == ("Bréhat Infogérance SARL", "732829320")
    tenant_id = opened.id
    db.session.rollback()
    with tenant_scope(tenant_id):
        kept = db.session.execute(sa.select(Membership.user_id, Membership.role)).all()
        assert kept == [(owner.user_id, Role.OWNER)]
        noted = db.session.execute(sa.select(AuditEvent.actor_id, AuditEvent.action)).all()
        assert (owner.user_id, "tenant.opened") in noted
        offered = db.session.scalars(sa.select(Offering.id)).all()
        assert len(offered) == len(loader.current().offerings)
        db.session.rollback()


def test_a_director_may_open_a_provider_s_space_and_still_judges_hers(
    client: FlaskClient, owner: Actor
) -> None:
    place = make.establishment()
    director = make.member(Role.DIRECTOR, establishments=[place])
    sign_in(client, director)

    client.post(SPACE, data=SAID)

    assert client.get("/brehat-infogerance/equipe").status_code == 200
    assert client.get("/acme/equipe").status_code == 403
    assert client.get(f"/acme/etablissements/{place}").status_code == 200


def test_two_factors_are_demanded_of_her_as_of_any_provider(
    client: FlaskClient, owner: Actor
) -> None:
    director = make.member(Role.DIRECTOR, establishments=[make.establishment()])
    sign_in(client, director, strong=False)

    there = client.post(SPACE, data=SAID).headers["Location"]

    asked = client.get(there)
    assert asked.status_code == 303
    assert asked.headers["Location"].startswith("/double-verification?next=")


def test_the_page_for_newcomers_leads_her_here(client: FlaskClient, owner: Actor) -> None:
    assert client.get("/inscription").status_code == 200
    sign_in(client, owner)

    assert client.get("/inscription").headers["Location"] == SPACE
    assert f'href="{SPACE}"' in client.get("/mes-acces").text


def test_a_sign_in_that_is_over_sees_the_page_for_newcomers(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    client.post("/deconnexion")
    with client.session_transaction() as session:
        session["_user_id"] = str(owner.user_id)

    assert client.get("/inscription").status_code == 200


def test_nobody_opens_a_space_without_being_asked_who_she_is(client: FlaskClient) -> None:
    assert client.get(SPACE).headers["Location"].startswith("/connexion?next=")
    assert client.post(SPACE, data=SAID).status_code == 401
    assert _slugs() == set()


@pytest.mark.parametrize(
    "wrong",
    [
        {"siren": "732 829 321"},
        {"siren": "1" * 41},
        {"name": ""},
        {"slug": "acme"},
        {"slug": "static"},
        {"slug": "No Way"},
        {"name": "x" * 121},
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(
    client: FlaskClient, owner: Actor, wrong: dict[str, str]
) -> None:
    sign_in(client, owner)

    answer = client.post(SPACE, data={**SAID, **wrong})

    assert answer.status_code == 422
    assert re.search(rf'id="{next(iter(wrong))}-error"', answer.text)
    assert next(iter({**SAID, **wrong}.values())) in answer.text
    assert _slugs() == {"acme"}


def test_she_opens_a_few_and_no_flood(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)

    answers = [client.post(SPACE, data=SAID).status_code for _ in range(6)]

    assert answers == [303] * 5 + [429]
    assert {"brehat-infogerance", "brehat-infogerance-5"} <= _slugs()


def test_who_came_by_a_directory_opens_none(client: FlaskClient, owner: Actor) -> None:
    """The directory of a provider vouches for nothing beyond it."""
    sign_in(client, owner)
    with client.session_transaction() as session:
        held = session["sign_in"]
    db.session.rollback()
    with entered(Scope(user_id=owner.user_id)):
        tenant = tenancy.tenant(owner.tenant_id)
        tenant.directory_since = tenant.created_at
        db.session.execute(
            sa.update(SignIn).where(SignIn.id == held).values(only_tenant_id=owner.tenant_id)
        )
        db.session.commit()

    answer = client.post(SPACE, data=SAID)

    assert answer.headers["Location"].startswith("/connexion/cet-espace-seul?")
    assert _slugs() == {"acme"}
