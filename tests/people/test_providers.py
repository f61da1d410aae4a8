"""Several hats, one head: her providers side by side, each read under its own scope."""

import re
import uuid
from collections.abc import Sequence

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.people import sides
from portal.tracking.models import Scorecard
from tenants import service as tenants
from tenants.access import Actor
from tenants.context import Scope, current_scope, tenant_scope
from tenants.db import db
from tenants.models import Membership, Tenant
from tenants.roles import Role, SecondFactor
from tests import make
from tests.conftest import sign_in

FINESS = "290000012"
_CARD = [[value] * 13 for value in (900, 600, 300)]


def _scored(name: str, figures: Sequence[Sequence[int]], finess: str | None) -> uuid.UUID:
    establishment_id = make.establishment(name, finess=finess)
    lists = {
        column.name: [0] * 13
        for column in Scorecard.__table__.columns
        if isinstance(column.type, sa.ARRAY) and not isinstance(column.type.item_type, sa.Date)
    }
    declared, proven, recognised = (list(one) for one in figures)
    lists |= {"declared": declared, "proven": proven, "recognised": recognised}
    days = {
        column.name: [None] * 13
        for column in Scorecard.__table__.columns
        if isinstance(column.type, sa.ARRAY) and isinstance(column.type.item_type, sa.Date)
    }
    totals = {
        column.name: 0
        for column in Scorecard.__table__.columns
        if column.name.endswith("_total") and not column.nullable
    }
    db.session.add(
        Scorecard(
            establishment_id=establishment_id, edition_id=make.EDITION, **lists, **days, **totals
        )
    )
    db.session.commit()
    return establishment_id


@pytest.fixture
def director(owner: Actor, stranger: Actor) -> Actor:
    """She directs one place that both providers follow; each has another that she must not see."""
    here = _scored("Foyer des Deux", _CARD, FINESS)
    _scored("Ailleurs chez Acme", _CARD, "290000020")
    person = make.member(Role.DIRECTOR, establishments=[here])
    db.session.rollback()
    with tenant_scope(stranger.tenant_id):
        there = _scored("Foyer des Deux", [[500] * 13, [400] * 13, [100] * 13], FINESS)
        _scored("Ailleurs chez Globex", _CARD, "290000038")
        tenants.admit(person.user_id, role=Role.DIRECTOR, establishments=[there])
        db.session.commit()
        db.session.remove()
    return person


def test_two_providers_stand_side_by_side(client: FlaskClient, director: Actor) -> None:
    sign_in(client, director)

    page = client.get("/mes-prestataires").text

    assert page.count("<h2 id=") == 1
    assert page.count('<th scope="row">') == 13
    assert "90" in page
    assert "Acme" in page
    assert "Globex" in page
    assert "Ailleurs" not in page


def test_r3_each_provider_is_read_under_its_own_scope(
    client: FlaskClient, director: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction for each access, listed, and never one statement for two tenants."""
    read: list[Scope] = []
    cards = sides._cards

    def noted() -> list[sides.Card]:
        read.append(current_scope())
        return cards()

    monkeypatch.setattr(sides, "_cards", noted)
    sign_in(client, director)

    client.get("/mes-prestataires")

    assert len({scope.tenant_id for scope in read}) == len(read) == 2
    assert {scope.reach.value for scope in read} == {"listed"}
    assert {scope.user_id for scope in read} == {director.user_id}


def test_r3_an_access_that_ended_is_not_compared(
    client: FlaskClient, director: Actor, stranger: Actor
) -> None:
    db.session.rollback()
    with tenant_scope(stranger.tenant_id):
        db.session.execute(
            sa.update(Membership)
            .where(Membership.user_id == director.user_id)
            .values(revoked_at=sa.func.now())
        )
        db.session.commit()
        db.session.remove()
    sign_in(client, director)

    page = client.get("/mes-prestataires").text

    assert "Acme" in page
    assert "Globex" not in page


def test_a_provider_that_demands_two_factors_is_not_read_by_one(
    client: FlaskClient, director: Actor, stranger: Actor
) -> None:
    tenant = db.session.get_one(Tenant, stranger.tenant_id)
    tenant.second_factor = SecondFactor.EVERYONE
    db.session.commit()
    sign_in(client, director, strong=False)

    page = client.get("/mes-prestataires").text

    assert "Globex demande un second facteur" in page
    told = re.findall(r"(?<=déclaré )\d+", page)
    assert set(told) == {"90"}, "Globex says 50"


def test_a_provider_s_own_people_compare_nothing(client: FlaskClient, owner: Actor) -> None:
    _scored("Foyer", _CARD, FINESS)
    sign_in(client, owner)

    assert "Foyer" not in client.get("/mes-prestataires").text


def test_her_accesses_lead_to_the_comparison(
    client: FlaskClient, app: Flask, director: Actor, owner: Actor
) -> None:
    sign_in(client, director)
    mine = client.get("/mes-acces").text
    other = app.test_client()
    sign_in(other, owner)

    assert "/mes-prestataires" in mine
    assert "/mes-prestataires" not in other.get("/mes-acces").text


def test_of_many_establishments_none_is_left_out(client: FlaskClient, owner: Actor) -> None:
    places = [_scored(f"Foyer {number:03}", _CARD, None) for number in range(53)]
    sign_in(client, make.member(Role.DIRECTOR, establishments=places))

    pages = [client.get(f"/mes-prestataires{asked}").text for asked in ("", "?page=2", "?page=9")]

    shown = [set(re.findall(r"Foyer \d{3}", page)) for page in pages]
    assert [len(it) for it in shown] == [50, 3, 3]
    assert len(shown[0] | shown[1]) == 53
    assert "51 à 53 sur 53" in pages[1]
    assert 'href="/mes-prestataires?page=2"' in pages[0]
