"""What a supplier brings at each turn, by a page that serves once, and what becomes of it."""

import re
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.collecting import recurring
from portal.collecting.models import Collector, FileRequest, Pace, RequestState
from portal.collecting.service import SEND
from portal.evidence.models import Evidence, EvidenceLink
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tests import make
from tests.collecting.links import came, gives, link_in, messages
from tests.collecting.turns import (
    CODE,
    in_months,
    later,
    proves,
    sets_up,
    states,
    the,
    turns,
    works,
)  # fmt: skip
from tests.conftest import sign_in
from tests.evidence import examined
from tests.smtp import Inbox


def asked() -> list[FileRequest]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(FileRequest).order_by(FileRequest.id)))


def test_each_turn_asks_the_supplier_and_what_she_gives_renews_the_proof_with_its_links(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    old = proves(owner, CODE, "SAUV-01", until=clock.today() + timedelta(10))
    made = sets_up(
        owner, collector=Collector.SUPPLIER, supplier="Éditeur Ouest", to_email="a@ouest.example"
    )
    works(SEND)
    link = link_in(messages(inbox)[0])
    answer = gives(outside, link)
    waiting = states(made)
    examined.all_files()
    new = came().id
    page = at_work.get(f"/acme/collectes/{made}").text
    done = at_work.post(
        f"/acme/demandes/{asked()[0].id}/accepter",
        data={
            "title": "Le suivant",
            "visibility": "clients",
            "covers_from": clock.today().isoformat(),
            "covers_until": clock.today().isoformat(),
        },
    )

    assert messages(inbox)[0]["To"] == "Éditeur Ouest <a@ouest.example>"
    assert (answer.status_code, waiting) == (303, ["open"])
    assert "reçue, à relire" in page
    assert done.status_code == 303, done.text
    assert states(made) == ["done"]
    assert the(made).due_on == in_months(3)
    codes = db.session.scalars(
        sa.select(EvidenceLink.requirement_code)
        .where(EvidenceLink.evidence_id == new)
        .order_by(EvidenceLink.requirement_code)
    ).all()
    assert codes == ["SAUV-01", "SAUV-04"]
    assert db.session.get_one(Evidence, (owner.tenant_id, old)).replaced_by == new


def test_the_first_that_comes_is_proposed_for_whom_the_collection_is(
    at_work: FlaskClient, outside: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    place = make.establishment("Les Aulnes")
    sets_up(
        owner,
        first_in=5,
        establishment_id=place,
        collector=Collector.SUPPLIER,
        supplier="Ouest",
        to_email="a@ouest.example",
    )
    works(SEND)
    gives(outside, link_in(messages(inbox)[0]))
    examined.all_files()
    page = at_work.get(f"/acme/demandes/{asked()[0].id}").text

    assert re.search(r'value="establishment"\s+checked', page)
    assert re.search(rf'value="{place}"[^>]*checked', page)


def test_a_proof_that_came_otherwise_calls_the_request_off(
    outside: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    sets_up(
        owner, first_in=5, collector=Collector.SUPPLIER, supplier="O", to_email="a@ouest.example"
    )
    works(SEND)
    link = link_in(messages(inbox)[0])
    proves(owner)

    assert [row.state for row in asked()] == [RequestState.REVOKED]
    assert outside.get(link).status_code == 404


def test_a_pause_calls_the_request_off_and_going_on_asks_again(owner: Actor) -> None:
    made = sets_up(
        owner, first_in=5, collector=Collector.SUPPLIER, supplier="O", to_email="a@ouest.example"
    )
    for pace in (Pace.PAUSED, Pace.RUNNING):
        recurring.move(owner, made, pace, at=clock.now(), today=clock.today())
        db.session.commit()

    assert [row.state for row in asked()] == [RequestState.REVOKED, RequestState.OPEN]


def test_a_supplier_without_an_address_waits_for_whoever_hands_the_link_over(
    at_work: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    made = sets_up(owner, first_in=5, collector=Collector.SUPPLIER, supplier="Ouest")
    request = asked()[0]
    page = at_work.get(f"/acme/collectes/{made}").text

    assert works(SEND) == 0
    assert f"/acme/demandes/{request.id}" in page
    again = at_work.post(
        f"/acme/demandes/{request.id}/relancer", data={"due_on": request.due_on.isoformat()}
    )
    assert "/depot/" in at_work.get(again.location).text


def test_who_set_it_up_and_left_is_followed_by_a_colleague(owner: Actor, technician: Actor) -> None:
    made = sets_up(
        technician,
        first_in=100,
        collector=Collector.SUPPLIER,
        supplier="Ouest",
        to_email="a@ouest.example",
    )
    db.session.execute(
        sa.update(Membership)
        .where(Membership.user_id == technician.user_id)
        .values(revoked_at=clock.now() - timedelta(1))
    )
    db.session.commit()
    with later(90):
        assert states(made) == ["open"]
        assert asked()[0].asked_by == owner.user_id


def test_a_turn_that_opens_late_leaves_the_supplier_two_weeks(owner: Actor) -> None:
    proves(owner, covers_until=clock.today() - timedelta(400), until=clock.today() - timedelta(2))
    made = sets_up(
        owner, collector=Collector.SUPPLIER, supplier="Ouest", to_email="a@ouest.example"
    )

    assert turns(made)[0].due_on < clock.today()
    assert asked()[0].due_on == clock.today() + timedelta(14)


def test_a_member_of_a_place_never_sees_what_is_asked_of_suppliers(
    app: Flask, owner: Actor
) -> None:
    place = make.establishment("Les Aulnes")
    director = make.member(Role.DIRECTOR, establishments=[place])
    made = sets_up(
        owner,
        first_in=5,
        establishment_id=place,
        collector=Collector.SUPPLIER,
        supplier="Ouest",
        to_email="a@ouest.example",
    )
    hers = app.test_client()
    sign_in(hers, director)
    page = hers.get(f"/acme/collectes/{made}")

    assert page.status_code == 200
    assert "a@ouest.example" not in page.text
    assert "/demandes/" not in page.text


def test_an_address_corrected_where_it_was_asked_is_the_collection_s_from_then_on(
    at_work: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    made = sets_up(
        owner, first_in=5, collector=Collector.SUPPLIER, supplier="O", to_email="faux@o.example"
    )
    works(SEND)
    (first,) = asked()
    before = link_in(messages(inbox)[0])
    again = {"due_on": first.due_on.isoformat(), "to_email": "bon@o.example"}
    answer = at_work.post(f"/acme/demandes/{first.id}/relancer", data=again)
    works(SEND)
    with later(1):  # the day's sweep finds nothing to call off
        assert states(made) == ["open"]
    works(SEND)

    (row,) = asked()
    wrong, right = messages(inbox)
    assert answer.status_code == 303
    assert (wrong["To"], right["To"]) == ("O <faux@o.example>", "O <bon@o.example>")
    assert the(made).to_email == "bon@o.example"
    assert (row.state, row.to_email) == (RequestState.OPEN, "bon@o.example")
    assert at_work.get(before).status_code == 404
    assert at_work.get(link_in(right)).status_code == 200
    assert "a corrigé l’adresse" in at_work.get(f"/acme/collectes/{made}").text


def test_what_another_turn_or_nobody_s_correction_asks_leaves_the_collection_alone(
    at_work: FlaskClient, owner: Actor
) -> None:
    made = sets_up(
        owner, first_in=5, collector=Collector.SUPPLIER, supplier="O", to_email="a@o.example"
    )
    (first,) = asked()
    due = {"due_on": first.due_on.isoformat()}
    version = the(made).version
    at_work.post(f"/acme/demandes/{first.id}/relancer", data=due)
    same = the(made).version
    recurring.move(owner, made, Pace.PAUSED, at=clock.now(), today=clock.today())
    db.session.commit()
    at_work.post(f"/acme/demandes/{first.id}/relancer", data={**due, "to_email": "b@o.example"})

    assert version == same
    assert the(made).to_email == "a@o.example"


def test_the_correction_is_undone_as_any_other_change(
    at_work: FlaskClient, owner: Actor, inbox: Inbox
) -> None:
    made = sets_up(
        owner, first_in=5, collector=Collector.SUPPLIER, supplier="O", to_email="a@o.example"
    )
    (first,) = asked()
    again = {"due_on": first.due_on.isoformat(), "to_email": "b@o.example"}
    at_work.post(f"/acme/demandes/{first.id}/relancer", data=again)
    undone = at_work.post(f"/acme/collectes/{made}/annuler/{the(made).version}")
    works(SEND)

    assert undone.status_code == 303
    assert the(made).to_email == "a@o.example"
    assert [row.state for row in asked()] == [RequestState.REVOKED, RequestState.OPEN]
    assert [message["To"] for message in messages(inbox)] == ["O <a@o.example>"]
