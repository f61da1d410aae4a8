"""What somebody was told is shown as far as her access reaches by now, and ends with it."""

import re
import uuid

from flask import Flask
from flask.testing import FlaskClient

from portal.kit import clock
from portal.reminders import centre
from portal.reminders.items import Item
from portal.reminders.kinds import Subject
from portal.reminders.models import Notice
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tenants.scoping import new_id
from tests import make
from tests.conftest import sign_in
from tests.people.post import deliver, invite, link_to, membership_id
from tests.privacy.archives import taken

TOLD = "/acme/rappels/recus"
EVERYTHING = f"{TOLD}?vue=all"


def _told(person: Actor, label: str, place: uuid.UUID | None) -> None:
    item = Item(Subject.ACTION, new_id(), label, clock.today(), ["SAUV-04"], 1, label, place)
    centre.note(person.user_id, [item], clock.today())
    db.session.commit()


def _shown(client: FlaskClient, *labels: str) -> set[str]:
    page = client.get(EVERYTHING)
    assert page.status_code == 200
    return {label for label in labels if label in page.text}


def _becomes(app: Flask, owner: Actor, person: Actor, role: str, *places: uuid.UUID) -> None:
    visitor = app.test_client()
    sign_in(visitor, owner)
    data = {"role": role, "establishments": [str(place) for place in places]}
    answer = visitor.post(f"/acme/equipe/{membership_id(person)}", data=data)
    assert answer.status_code == 303


def test_whoever_reaches_one_establishment_less_reads_no_more_what_she_was_told_of_it(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    kept, gone = make.establishment(), make.establishment()
    her = make.member(Role.DIRECTOR, establishments=[kept, gone])
    _told(her, "Les Aulnes", kept)
    _told(her, "Les Bouleaux", gone)
    sign_in(client, her)
    before = _shown(client, "Les Aulnes", "Les Bouleaux")
    notice = db.session.scalars(db.select(Notice.id).where(Notice.place_id == gone)).one()

    _becomes(app, owner, her, "director", kept)

    assert before == {"Les Aulnes", "Les Bouleaux"}
    assert _shown(client, "Les Aulnes", "Les Bouleaux") == {"Les Aulnes"}
    assert "Les Bouleaux" not in client.get(f"{TOLD}?vue=waiting").text
    assert [it["place"] for it in taken(client)["notices-acme.json"]] == ["Les Aulnes"]
    assert client.get(f"{TOLD}/{notice}/plus-tard").status_code == 404
    assert client.post(f"{TOLD}/{notice}").status_code == 404


def test_a_colleague_who_becomes_a_client_keeps_nothing_that_she_was_told_as_one(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    place = make.establishment()
    her = make.member(Role.MANAGER)
    _told(her, "Le contrat de tous", None)
    _told(her, "Les Bouleaux", make.establishment())
    sign_in(client, her)
    before = _shown(client, "Le contrat de tous", "Les Bouleaux")

    _becomes(app, owner, her, "director", place)

    assert before == {"Le contrat de tous", "Les Bouleaux"}
    assert _shown(client, "Le contrat de tous", "Les Bouleaux") == set()


def test_a_colleague_who_stays_one_keeps_it(client: FlaskClient, app: Flask, owner: Actor) -> None:
    her = make.member(Role.MANAGER)
    _told(her, "Le contrat de tous", None)
    sign_in(client, her)

    _becomes(app, owner, her, "technician")

    assert _shown(client, "Le contrat de tous") == {"Le contrat de tous"}


def test_whoever_comes_back_finds_nothing_of_before_nor_is_her_calendar_read(
    client: FlaskClient, app: Flask, owner: Actor
) -> None:
    place = make.establishment()
    her = make.member(Role.DIRECTOR, establishments=[place], email="ann@people.example")
    _told(her, "Les Aulnes", place)
    sign_in(client, her)
    page = client.post("/acme/calendrier", data={}).text
    feed = re.search(r"/calendrier/[\w=-]+/evenements\.ics", page)
    assert feed
    opened = app.test_client().get(feed[0]).status_code
    visitor = app.test_client()
    sign_in(visitor, owner)
    visitor.post(f"/acme/equipe/{membership_id(her)}/retirer")
    assert invite(visitor, "director", establishments=[str(place)]) == 303

    assert client.post(link_to(deliver(owner))).status_code == 303

    assert opened == 200
    assert _shown(client, "Les Aulnes") == set()
    assert app.test_client().get(feed[0]).status_code == 404
