"""What one was told, found again in the portal: read, unread, put off, settled by itself."""

import uuid
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.actions.models import Action, State
from portal.kit import clock
from portal.reminders import centre
from portal.reminders.kinds import Subject
from portal.reminders.models import Notice
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.counting import counted
from tests.reminders import scene, shown

DAY = timedelta(days=1)


def test_what_was_told_is_there_unread_and_counted_on_every_page(
    client: FlaskClient, told: Actor
) -> None:
    sign_in(client, told)

    assert set(shown.names(shown.page(client))) == {
        "Rapport de sauvegarde",
        "Changer les mots de passe",
    }
    assert shown.count(shown.page(client, "/acme/actions")) == "2 à lire"


def _told_on(client: FlaskClient) -> set[str]:
    return {each.get_text(strip=True) for each in shown.page(client).select("td time")}


def test_a_day_ahead_that_is_planned_by_hand_is_told_today(
    client: FlaskClient, told: Actor
) -> None:
    sign_in(client, told)

    assert scene.plan(clock.today() + 7 * DAY) == 1

    assert set(db.session.scalars(db.select(Notice.told_on))) == {clock.today()}
    assert _told_on(client) == {"aujourd’hui"}


def test_what_one_was_told_was_never_told_tomorrow(client: FlaskClient, told: Actor) -> None:
    """As when the worker's clock is past midnight, and that of the page is not."""
    sign_in(client, told)
    db.session.execute(db.update(Notice).values(told_on=clock.today() + DAY))
    db.session.commit()

    assert _told_on(client) == {"aujourd’hui"}


def test_opening_one_reads_it_and_leads_to_its_remedy(client: FlaskClient, told: Actor) -> None:
    sign_in(client, told)
    notice = shown.notice(Subject.ACTION)

    answer = client.post(f"/acme/rappels/recus/{notice.id}")

    assert answer.location == f"/acme/actions/{notice.subject_id}"
    assert shown.count(shown.page(client)) == "1 à lire"
    assert shown.names(shown.page(client)) == ["Rapport de sauvegarde"]


def test_the_count_is_one_question_however_many_there_are(client: FlaskClient, told: Actor) -> None:
    sign_in(client, told)
    client.get("/acme/calendrier")
    with counted() as few:
        client.get("/acme/calendrier")
    scene.told_of_actions(told, 41)

    with counted() as many:
        page = shown.page(client, "/acme/calendrier")

    assert shown.count(page) == "43 à lire"
    assert len(many) == len(few)
    assert sum("FROM notice" in statement for statement in many) == 1


def test_a_longer_list_asks_no_more_of_the_database(client: FlaskClient, told: Actor) -> None:
    sign_in(client, told)
    client.get("/acme/rappels/recus")
    with counted() as few:
        client.get("/acme/rappels/recus")
    scene.told_of_actions(told, 40)

    with counted() as many:
        client.get("/acme/rappels/recus")

    assert len(many) == len(few)


def test_ticked_ones_are_read_and_unread_again(client: FlaskClient, told: Actor) -> None:
    sign_in(client, told)
    ids = [str(shown.notice(Subject.ACTION).id), str(uuid.uuid4()), "nonsense"]

    client.post("/acme/rappels/recus", data={"mark": "read", "ids": ids})
    after = centre.unread(told)
    client.post("/acme/rappels/recus", data={"mark": "unread", "ids": ids})

    assert (after, centre.unread(told)) == (1, 2)


def test_all_are_read_at_once(client: FlaskClient, told: Actor) -> None:
    sign_in(client, told)

    client.post("/acme/rappels/recus", data={"all": "1"})

    assert centre.unread(told) == 0
    assert "Tout est lu" in client.get("/acme/rappels/recus").text


def test_filters_live_in_the_address_and_survive_an_act(client: FlaskClient, told: Actor) -> None:
    sign_in(client, told)
    address = "/acme/rappels/recus?vue=all&genre=action"

    first, again = (
        shown.names(shown.page(client, address)),
        shown.names(shown.page(client, address)),
    )
    answer = client.post("/acme/rappels/recus", data={"vue": "all", "genre": "action"})

    assert first == again == ["Changer les mots de passe"]
    assert answer.location == address


@pytest.mark.parametrize("nonsense", ["?vue=moon", "?genre=moon", "?page=-4", "?vue=%00&genre=é"])
def test_nonsense_in_the_address_asks_for_nothing(
    client: FlaskClient, told: Actor, nonsense: str
) -> None:
    sign_in(client, told)

    assert len(shown.names(shown.page(client, f"/acme/rappels/recus{nonsense}"))) == 2


def test_nobody_opens_what_was_told_to_somebody_else(
    client: FlaskClient, told: Actor, owner: Actor
) -> None:
    colleague = make.member(Role.MANAGER)
    notice = shown.notice(Subject.ACTION)
    sign_in(client, colleague)

    answers = [
        client.post(f"/acme/rappels/recus/{notice.id}"),
        client.get(f"/acme/rappels/recus/{notice.id}/plus-tard"),
        client.post(f"/acme/rappels/recus/{notice.id}/plus-tard"),
        client.post(f"/acme/rappels/recus/{notice.id}/reprendre"),
    ]
    client.post("/acme/rappels/recus", data={"ids": [str(notice.id)]})

    assert [answer.status_code for answer in answers] == [404] * 4
    assert shown.names(shown.page(client)) == []
    assert centre.unread(owner) == 2


def test_told_again_it_is_unread_again(told: Actor) -> None:
    centre.mark(told, None, read=True, at=clock.now())
    db.session.commit()

    scene.plan(clock.today() + 7 * DAY)

    assert centre.unread(told) == 2
    assert db.session.scalar(db.select(db.func.count()).select_from(Notice)) == 2


def test_what_was_done_is_settled_by_itself(client: FlaskClient, told: Actor) -> None:
    sign_in(client, told)
    db.session.execute(db.update(Action).values(state=State.DONE, closed_at=clock.now()))
    db.session.commit()

    scene.plan(clock.today() + DAY)

    assert shown.names(shown.page(client)) == ["Rapport de sauvegarde"]
    assert "réglé" in shown.page(client, "/acme/rappels/recus?vue=all").get_text()


def test_what_nobody_does_for_months_is_not_said_to_be_settled(
    client: FlaskClient, told: Actor
) -> None:
    sign_in(client, told)

    scene.plan(clock.today() + 61 * DAY)

    kept = shown.notice(Subject.ACTION)
    assert (kept.settled_on, kept.read_at) == (None, None)
    assert "Changer les mots de passe" in shown.names(shown.page(client))
