"""What one puts off: from the centre or by the link of a mail, until a day, and back."""

import uuid
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.kit import clock
from portal.kit.errors import Refused
from portal.reminders import centre, later, postponed
from portal.reminders.centre import Choice, View
from portal.reminders.kinds import Kind, Subject
from portal.reminders.later import Delay
from tenants.access import Actor
from tenants.context import NO_SCOPE, entered
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.reminders import scene, shown

DAY = timedelta(days=1)


def test_put_off_from_the_centre_it_waits_is_told_again_and_can_be_taken_up(
    client: FlaskClient, told: Actor
) -> None:
    sign_in(client, told)
    today = clock.today()
    address = f"/acme/rappels/recus/{shown.notice(Subject.EVIDENCE).id}"
    form = client.get(f"{address}/plus-tard").text
    answer = client.post(f"{address}/plus-tard", data={"wait": "3"}, follow_redirects=True)
    waiting = shown.names(shown.page(client, "/acme/rappels/recus?vue=waiting"))
    told_before = [scene.plan(today + days * DAY) for days in (1, 2)]
    told_on_the_day = scene.plan(today + 3 * DAY)

    assert "Rapport de sauvegarde" in form
    assert "de nouveau" in answer.text
    assert f'action="{address}/reprendre"' in answer.text
    assert waiting == ["Rapport de sauvegarde"]
    assert told_before == [0, 0]
    assert told_on_the_day == 1
    assert scene.plan(today + 4 * DAY) == 0


def test_taken_up_again_it_is_as_if_it_had_never_waited(client: FlaskClient, told: Actor) -> None:
    sign_in(client, told)
    address = f"/acme/rappels/recus/{shown.notice(Subject.EVIDENCE).id}"
    client.post(f"{address}/plus-tard", data={"until": (clock.today() + 30 * DAY).isoformat()})
    while_it_waits = postponed.waits()

    client.post(f"{address}/reprendre")

    assert len(while_it_waits) == 1
    assert postponed.waits() == {}
    assert centre.unread(told) == 2
    assert scene.plan(clock.today() + 7 * DAY) == 1


@pytest.mark.parametrize("after", [-1, 0, 91])
def test_a_day_that_is_not_ahead_or_too_far_is_refused_and_nothing_lost(
    client: FlaskClient, told: Actor, after: int
) -> None:
    sign_in(client, told)
    day = (clock.today() + after * DAY).isoformat()

    answer = client.post(
        f"/acme/rappels/recus/{shown.notice(Subject.EVIDENCE).id}/plus-tard", data={"until": day}
    )

    assert answer.status_code == 422
    assert day in answer.text
    assert postponed.waits() == {}


def test_others_are_told_while_one_waits(told: Actor) -> None:
    colleague = make.member(Role.MANAGER)
    today = clock.today()
    with pytest.raises(Refused):
        centre.put_off(
            told.user_id, Subject.ACTION, uuid.uuid4(), until=today, today=today, at=clock.now()
        )
    notice = shown.notice(Subject.EVIDENCE)
    centre.put_off(
        told.user_id, notice.subject, notice.subject_id,
        until=today + 20 * DAY, today=today, at=clock.now(),
    )  # fmt: skip
    db.session.commit()

    scene.plan(today + 7 * DAY)

    assert "Rapport de sauvegarde" in scene.mails(colleague)[-1].text
    assert len(scene.mails(told)) == 1


class TestTheLinkOfAMail:
    """It asks for a day, and does nothing until somebody answers."""

    @pytest.fixture
    def link(self, app: Flask, told: Actor) -> str:
        (mail,) = scene.mails(told)
        lines = mail.text.splitlines()
        address = lines[next(n for n, line in enumerate(lines, 1) if "plus tard" in line)].strip()
        assert address in mail.html
        return address.removeprefix(app.config["SETTINGS"].public_url)

    def test_looked_at_it_changes_nothing(self, app: Flask, link: str) -> None:
        visitor = app.test_client()

        with entered(NO_SCOPE):  # nobody is signed in: what the page says was read beforehand
            pages = [visitor.get(link), visitor.head(link)]

        assert [page.status_code for page in pages] == [200, 200]
        assert "Changer les mots de passe" in pages[0].text
        db.session.rollback()
        assert postponed.waits() == {}

    def test_answered_it_puts_off_and_can_be_undone(
        self, app: Flask, told: Actor, link: str
    ) -> None:
        visitor = app.test_client()

        with entered(NO_SCOPE):
            done = visitor.post(link, data={"wait": "14"})
        db.session.rollback()
        waits = postponed.waits(told.user_id)[told.user_id]
        undone = visitor.post(link, data={"undo": "1"})
        db.session.rollback()

        assert [*waits.values()] == [clock.today() + 14 * DAY]
        assert 'name="undo"' in done.text
        assert undone.status_code == 200
        assert postponed.waits() == {}

    @pytest.mark.parametrize("sent", [{"wait": "5"}, {"until": "2020-01-01"}, {"until": "soon"}])
    def test_an_answer_that_is_none_is_refused(
        self, app: Flask, link: str, sent: dict[str, str]
    ) -> None:
        assert app.test_client().post(link, data=sent).status_code == 422
        db.session.rollback()
        assert postponed.waits() == {}

    def test_a_link_that_we_did_not_write_is_not_there(self, app: Flask, link: str) -> None:
        forged = f"{link[:-2]}{'A' if link[-2] != 'A' else 'B'}{link[-1]}"  # no spare bits there
        shifted = f"{link[:-40]}{link[-39:]}"

        answers = [app.test_client().post(one).status_code for one in (forged, shifted)]

        assert 404 in answers
        assert set(answers) == {404}

    def test_it_names_whom_it_was_written_for(self, told: Actor, link: str) -> None:
        read = later.read(link.rpartition("/")[2])

        assert read is not None
        assert (read.tenant_id, read.user_id) == (told.tenant_id, told.user_id)
        assert later.read(later.written(read)) == read


def test_a_waiting_view_forgets_what_is_past(told: Actor) -> None:
    notice, today = shown.notice(Subject.EVIDENCE), clock.today()
    delay = Delay(told.tenant_id, told.user_id, notice.subject, notice.subject_id)
    centre.put_off(
        delay.user_id, delay.subject, delay.subject_id,
        until=today + DAY, today=today, at=clock.now(),
    )  # fmt: skip
    choice = Choice(View.WAITING, Kind.PROOF)

    def waiting(day: date) -> int:
        return len(centre.page(told.user_id, choice, day, limit=9, offset=0))

    assert [waiting(today), waiting(today + DAY)] == [1, 0]
