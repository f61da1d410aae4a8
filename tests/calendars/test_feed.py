"""The address of a calendar, as the software that reads it meets it: no cookie, one secret."""

import re
import uuid
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar, Component

from portal.actions import queries, service
from portal.actions.models import Action, State
from portal.actions.service import Content
from portal.audit.models import AuditEvent
from portal.calendars.models import CalendarFeed
from portal.contests.models import Side
from portal.guide import loader
from portal.kit import clock
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.counting import counted
from tests.tracking.conftest import Pages

DUE = clock.today() + timedelta(20)


def _address(visit: Visit, actor: Actor, shape: str = "evenements", **form: str) -> str:
    page = visit(actor).post("/acme/calendrier", data=form).text
    found = re.search(rf"http://[^/]+(/calendrier/[\w=-]+/{shape}\.ics)", page)
    assert found, page
    return found[1]


def _entries(app: Flask, address: str) -> list[Component]:
    """What a subscriber without any cookie is given."""
    answer = app.test_client().get(address)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert "Set-Cookie" not in answer.headers
    calendar = Calendar.from_ical(answer.data)
    assert calendar.errors == []
    return list(calendar.subcomponents)


def _titles(app: Flask, address: str) -> set[str]:
    return {str(one["SUMMARY"]) for one in _entries(app, address)}


def _act(
    actor: Actor, place: uuid.UUID, title: str, *, owner: Actor | None = None,
    side: Side = Side.PROVIDER, due: date | None = DUE,
) -> uuid.UUID:  # fmt: skip
    by = Content(title, "", side, owner.user_id if owner else None, due, "normal", None)  # type: ignore[arg-type]
    made = service.open_one(
        actor, by, establishment_id=place, code=None, edition=loader.current(), at=clock.now()
    )
    made_id: uuid.UUID = made.id
    db.session.commit()
    return made_id


def _move(actor: Actor, action_id: uuid.UUID, state: State) -> None:
    service.move(actor, queries.action(action_id), state, at=clock.now())
    db.session.commit()


def test_a_day_is_a_whole_day_with_the_action_s_words(
    app: Flask, pages: Pages, visit: Visit
) -> None:
    made = _act(pages.owner, pages.place, "Changer la porte", owner=pages.owner)

    (event,) = _entries(app, _address(visit, pages.owner))

    assert (event.name, str(event["UID"])) == ("VEVENT", f"action-{made}")
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (DUE, DUE + timedelta(1))
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert str(event["LOCATION"]) == "Les Aulnes"
    assert str(event["URL"]).endswith(f"/acme/actions/{made}")
    assert (event["SEQUENCE"], str(event["STATUS"])) == (0, "CONFIRMED")
    assert str(event["TRANSP"]) == "TRANSPARENT"


def test_a_change_keeps_the_id_and_raises_the_sequence(
    app: Flask, pages: Pages, visit: Visit
) -> None:
    made = _act(pages.owner, pages.place, "Changer la porte", owner=pages.owner)
    db.session.execute(sa.text("UPDATE action SET updated_at = now() - interval '1 hour'"))
    db.session.commit()
    address = _address(visit, pages.owner)
    before = _entries(app, address)[0]

    _move(pages.owner, made, State.DROPPED)

    after = _entries(app, address)[0]
    assert str(after["UID"]) == str(before["UID"])
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("DTSTAMP") > before.decoded("DTSTAMP")
    assert str(after["STATUS"]) == "CANCELLED"


def test_tasks_tell_what_is_done_and_what_has_no_day(
    app: Flask, pages: Pages, visit: Visit
) -> None:
    done = _act(pages.owner, pages.place, "Faite", owner=pages.owner)
    _act(pages.owner, pages.place, "Un jour", owner=pages.owner, due=None)
    _move(pages.owner, done, State.DONE)
    address = _address(visit, pages.owner, "taches")

    tasks = {str(one["SUMMARY"]): one for one in _entries(app, address)}

    assert {one.name for one in tasks.values()} == {"VTODO"}
    assert (str(tasks["Faite"]["STATUS"]), tasks["Faite"]["PERCENT-COMPLETE"]) == ("COMPLETED", 100)
    assert tasks["Faite"].decoded("DUE") == DUE
    assert "DUE" not in tasks["Un jour"]
    assert _titles(app, address.replace("taches", "evenements")) == {"Fait\u00a0: Faite"}


def test_a_feed_tells_its_person_s_own_and_no_neighbour_s(
    app: Flask, pages: Pages, visit: Visit
) -> None:
    house = Side.ESTABLISHMENT
    director = pages.director
    _act(pages.owner, pages.place, "À elle", owner=director, side=house)
    _act(pages.owner, pages.place, "À prendre", side=house)
    _act(pages.owner, pages.neighbour, "Du voisin", side=house)
    _act(pages.owner, pages.place, "Au prestataire", owner=pages.owner)

    assert _titles(app, _address(visit, director)) == {"À elle"}
    assert _titles(app, _address(visit, director, wide="1")) == {"À elle", "À prendre"}


def test_what_was_hers_of_a_place_she_left_is_told_no_more(
    app: Flask, pages: Pages, visit: Visit
) -> None:
    """Read under her scope at each fetch: the row still names her."""
    director = make.member(Role.DIRECTOR, establishments=[pages.place, pages.neighbour])
    _act(pages.owner, pages.neighbour, "Du voisin", owner=director, side=Side.ESTABLISHMENT)
    address = _address(visit, director)
    before = _titles(app, address)

    db.session.execute(
        sa.text("DELETE FROM membership_establishment WHERE establishment_id = :place"),
        {"place": pages.neighbour},
    )
    db.session.commit()

    assert before == {"Du voisin"}
    assert _titles(app, address) == set()


def test_a_secret_is_kept_as_a_digest_alone(pages: Pages, visit: Visit) -> None:
    secret = _address(visit, pages.owner).split("/")[2]

    row = db.session.execute(sa.select(CalendarFeed.__table__)).one()

    assert secret not in str(row)
    assert secret not in visit(pages.owner).get("/acme/calendrier").text


@pytest.mark.parametrize("how", ["renewed", "closed", "access ended", "another's", "nonsense"])
def test_every_address_that_opens_nothing_answers_alike(
    app: Flask, pages: Pages, visit: Visit, how: str
) -> None:
    address = _address(visit, pages.owner)
    if how == "renewed":
        _address(visit, pages.owner)
    elif how == "closed":
        visit(pages.owner).post("/acme/calendrier/fermer")
    elif how == "access ended":
        db.session.execute(sa.text("UPDATE membership SET revoked_at = now()"))
        db.session.commit()
    elif how == "another's":
        address = address[:16] + ("A" if address[16] != "A" else "B") + address[17:]
    else:
        address = "/calendrier/x/evenements.ics"
    never = "/calendrier/" + "A" * 64 + "/evenements.ics"

    answers = [app.test_client().get(one) for one in (address, never)]

    faces = [
        (it.status_code, it.text.replace(one, ""), sorted(h for h in it.headers if h[0] != "Date"))
        for it, one in zip(answers, (address, never), strict=True)
    ]
    assert faces[0][0] == 404
    assert faces[0] == faces[1]


def test_software_that_asks_too_often_waits_whatever_the_address(
    client: FlaskClient,
) -> None:
    never = "/calendrier/" + "B" * 64 + "/evenements.ics"

    answers = [client.get(never).status_code for _ in range(61)]

    assert answers == [404] * 60 + [429]


def test_what_has_not_changed_is_not_sent_again(app: Flask, pages: Pages, visit: Visit) -> None:
    _act(pages.owner, pages.place, "Changer la porte", owner=pages.owner)
    address = _address(visit, pages.owner)
    known = app.test_client().get(address).headers["ETag"]

    again = app.test_client().get(address, headers={"If-None-Match": known})

    assert (again.status_code, again.data) == (304, b"")


def test_an_auditor_s_calendar_is_empty_of_the_fleet(
    app: Flask, pages: Pages, visit: Visit
) -> None:
    _act(pages.owner, pages.place, "Changer la porte")

    assert _titles(app, _address(visit, pages.auditor, wide="1")) == set()


def test_a_feed_is_read_in_few_statements_however_long(
    app: Flask, pages: Pages, visit: Visit
) -> None:
    address = _address(visit, pages.owner)
    app.test_client().get(address)
    with counted() as few:
        app.test_client().get(address)
    for number in range(30):
        _act(pages.owner, pages.place, f"Action {number}", owner=pages.owner)
    app.test_client().get(address)

    with counted() as statements:
        app.test_client().get(address)

    assert len(statements) == len(few)
    # Whose it is in two; actions and collections in one each; of lapses the edition, the rules,
    # what she declined, and they.
    assert len(statements) <= 8
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Action)) == 30


def test_giving_changing_and_closing_an_address_are_deeds_that_tell_no_secret(
    pages: Pages, visit: Visit
) -> None:
    opened, renewed = (_address(visit, pages.director) for _ in range(2))
    visit(pages.director).post("/acme/calendrier/fermer")

    journal = visit(pages.owner).get("/acme/journal?kind=calendar").text
    deeds = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.subject_type == "calendar").order_by(AuditEvent.id)
    ).all()

    assert [deed.action for deed in deeds] == [
        "calendar.opened", "calendar.renewed", "calendar.closed",
    ]  # fmt: skip
    assert {deed.actor_id for deed in deeds} == {pages.director.user_id}
    assert "a fermé l’adresse de son calendrier" in journal
    told = journal + repr([deed.details for deed in deeds])
    assert not any(address.split("/")[2] in told for address in (opened, renewed))
