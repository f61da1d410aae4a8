"""The team's page by real requests: another role, other places, an end, the door."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.audit.models import AuditEvent
from portal.kit import clock
from portal.people import team
from portal.people.service import Access
from tenants.access import Actor
from tenants.context import Scope, entered
from tenants.db import db
from tenants.http import CONFIRMED_FOR
from tenants.models import Membership, SignIn
from tenants.roles import GRANTS, Permission, Role
from tests import make
from tests.conftest import sign_in
from tests.people.post import membership_id


def test_a_change_shows_from_the_very_next_page(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    place = make.establishment()
    person = make.member(Role.MANAGER)
    visitor = app.test_client()
    sign_in(visitor, person)
    assert visitor.get("/acme/equipe").status_code == 200
    sign_in(client, owner)

    client.post(
        f"/acme/equipe/{membership_id(person)}",
        data={"role": "member", "establishments": str(place)},
    )

    assert visitor.get("/acme/equipe").status_code == 403
    assert visitor.get(f"/acme/etablissements/{place}").status_code == 200
    assert visitor.get(f"/acme/etablissements/{make.establishment()}").status_code == 404


def test_a_revoked_person_finds_the_door_shut(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    person = make.member(Role.MANAGER)
    visitor = app.test_client()
    sign_in(visitor, person)
    sign_in(client, owner)

    client.post(f"/acme/equipe/{membership_id(person)}/retirer")

    assert visitor.get("/acme/parc").status_code == 404


def test_the_last_owner_can_neither_leave_nor_step_down_nor_end(
    client: FlaskClient, owner: Actor
) -> None:
    mine = membership_id(owner)
    make.member(Role.OWNER, ends_at=clock.now() + timedelta(days=3))
    sign_in(client, owner)
    soon = (clock.today() + timedelta(days=3)).isoformat()

    answers = [
        client.post(f"/acme/equipe/{mine}/retirer"),
        client.post(f"/acme/equipe/{mine}", data={"role": "manager"}),
        client.post(f"/acme/equipe/{mine}", data={"role": "owner", "ends_on": soon}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert client.get("/acme/equipe").status_code == 200


def test_of_two_owners_one_may_leave(client: FlaskClient, owner: Actor) -> None:
    make.member(Role.OWNER)
    sign_in(client, owner)

    answer = client.post(f"/acme/equipe/{membership_id(owner)}/retirer")

    assert answer.headers["Location"] == "/mes-acces"
    assert client.get("/acme/equipe").status_code == 404


def test_r9_a_manager_touches_no_owner(client: FlaskClient, owner: Actor) -> None:
    make.member(Role.OWNER)
    manager = make.member(Role.MANAGER)
    theirs = membership_id(owner)
    sign_in(client, manager)

    answers = {
        client.post(f"/acme/equipe/{theirs}/retirer").status_code,
        client.post(f"/acme/equipe/{theirs}", data={"role": "billing"}).status_code,
    }

    assert answers == {403}


def test_r9_nobody_raises_herself(client: FlaskClient, owner: Actor) -> None:
    manager = make.member(Role.MANAGER)
    sign_in(client, manager)

    answer = client.post(f"/acme/equipe/{membership_id(manager)}", data={"role": "owner"})

    assert answer.status_code == 403


def test_r3_a_member_of_another_tenant_is_nobody(
    client: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    sign_in(client, owner)
    with entered(Scope(user_id=stranger.user_id)):
        foreign = db.session.scalars(sa.select(Membership.id)).one()
        db.session.rollback()

    answers = {
        client.get(f"/acme/equipe/{foreign}").status_code,
        client.post(f"/acme/equipe/{foreign}", data={"role": "billing"}).status_code,
        client.post(f"/acme/equipe/{foreign}/retirer").status_code,
    }

    assert answers == {404}


@pytest.mark.parametrize("path", ["inviter", "{me}"])
def test_giving_access_asks_again_who_she_is(client: FlaskClient, owner: Actor, path: str) -> None:
    sign_in(client, owner)
    me = membership_id(owner)
    with entered(Scope(user_id=owner.user_id)):
        db.session.rollback()
        db.session.execute(sa.update(SignIn).values(confirmed_at=datetime.now(UTC) - CONFIRMED_FOR))
        db.session.commit()

    answer = client.get(f"/acme/equipe/{path.format(me=me)}")

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/confirmer")


def test_whoever_took_too_long_over_a_form_is_told_that_it_was_not_taken(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)
    with entered(Scope(user_id=owner.user_id)):
        db.session.rollback()
        db.session.execute(sa.update(SignIn).values(confirmed_at=datetime.now(UTC) - CONFIRMED_FOR))
        db.session.commit()
    said = "n’a pas été pris"

    looked = client.get("/acme/equipe/inviter")
    sent = client.post("/acme/equipe/inviter", headers={"Referer": "/acme/equipe/inviter"})

    assert said not in client.get(looked.headers["Location"]).text
    assert said in client.get(sent.headers["Location"]).text


def test_what_becomes_of_an_access_is_in_the_journal(owner: Actor) -> None:
    place = make.establishment()
    person = make.member(Role.MANAGER)
    access = Access(role=Role.DIRECTOR, establishments=[place])

    team.change(owner, membership_id(person), access, at=clock.now())

    event = db.session.scalars(sa.select(AuditEvent)).one()
    assert event.action == "member.changed"
    assert event.details["before"] == {"role": "manager", "until": None, "establishments": 0}
    assert event.details["after"] == {"role": "director", "until": None, "establishments": 1}


def test_the_page_of_rights_is_the_table_that_decides(client: FlaskClient, owner: Actor) -> None:
    sign_in(client, owner)

    page = client.get("/acme/equipe/qui-peut-quoi").text

    assert page.count(">oui<") == sum(len(granted) for granted in GRANTS.values())
    assert not [permission for permission in Permission if f">{permission}<" in page]


def test_the_team_s_page_names_places_and_ends(client: FlaskClient, owner: Actor) -> None:
    places = [make.establishment(f"Foyer {number}") for number in range(5)]
    make.member(Role.AUDITOR, establishments=places, ends_at=datetime(2031, 3, 4, 23, tzinfo=UTC))
    sign_in(client, owner)

    page = " ".join(client.get("/acme/equipe").text.split())

    assert "Foyer 0, Foyer 1, Foyer 2 et 2 autres" in page
    assert "4 mars 2031" in page
    assert uuid.UUID(int=0).hex not in page
