"""A message that waits to leave tells nothing that was done, moved, put off or declined since."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from portal.actions.models import Action, State
from portal.evidence.models import Evidence
from portal.kit import clock
from portal.reminders import service
from portal.reminders.kinds import Subject
from portal.reminders.models import Mail, Reminder
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.reminders import scene, waiting_mail
from tests.smtp import Inbox, post_office

office = post_office
DAY = timedelta(days=1)


@pytest.fixture
def action_id(owner: Actor) -> uuid.UUID:
    """An action of today's beside a proof that lapses in a week, told to the owner this morning."""
    today = clock.today()
    scene.remind_on_any_day(owner)
    offering = make.offering(carries=[scene.CODE])
    place = scene.client(offering, today=today)
    scene.declare(owner, offering, reviewed_on=today)
    scene.prove(owner, until=today + 7 * DAY, offering_id=offering)
    made = scene.action(place, today)
    assert scene.plan(today, leaves=False) == 1
    return made


def test_what_is_still_true_leaves_as_it_was_written(
    owner: Actor, action_id: uuid.UUID, office: Inbox
) -> None:
    (written,) = scene.mails(owner)
    text = written.text

    waiting_mail.send()

    assert waiting_mail.text(office.read()) == text


@pytest.mark.parametrize(
    "act", [waiting_mail.done, waiting_mail.moved, waiting_mail.put_off, waiting_mail.declined]
)
def test_what_is_no_more_is_taken_out_and_the_rest_leaves(
    owner: Actor, action_id: uuid.UUID, office: Inbox, act: Callable[[Actor, uuid.UUID], None]
) -> None:
    act(owner, action_id)
    db.session.commit()

    waiting_mail.send()

    told = office.read().as_string() + scene.mails(owner)[0].text
    assert "Changer les mots de passe" not in told
    assert "Rapport de sauvegarde" in told
    assert office.read()["Subject"] == "Une échéance dans 7 jours"
    subjects = db.session.scalars(db.select(Reminder.subject)).all()
    assert subjects == [Subject.EVIDENCE]


def test_a_message_with_nothing_left_to_tell_does_not_leave(
    owner: Actor, action_id: uuid.UUID, office: Inbox
) -> None:
    waiting_mail.done(owner, action_id)
    db.session.execute(db.update(Evidence).values(withdrawn_at=clock.now()))
    db.session.commit()

    waiting_mail.send()

    assert office.taken == []
    counts = [
        db.session.scalar(db.select(db.func.count()).select_from(t)) for t in (Mail, Reminder)
    ]
    assert counts == [0, 0]


def test_what_was_taken_out_is_told_anew_when_it_comes_back(
    owner: Actor, action_id: uuid.UUID, office: Inbox
) -> None:
    waiting_mail.done(owner, action_id)
    db.session.commit()
    waiting_mail.send()
    db.session.execute(db.update(Action).values(state=State.TODO, closed_at=None))
    db.session.commit()

    scene.plan(clock.today() + DAY)

    assert "Changer les mots de passe" in scene.mails(owner)[-1].text


def test_a_director_s_message_is_checked_in_her_own_reach(owner: Actor, office: Inbox) -> None:
    from_now = clock.today()
    scene.remind_on_any_day(owner)
    offering = make.offering(carries=[scene.CODE])
    here = scene.client(offering, "EHPAD Ici", today=from_now)
    scene.declare(owner, offering, reviewed_on=from_now)
    scene.prove(owner, until=from_now + 7 * DAY, establishment_id=here)
    director = make.member(Role.DIRECTOR, establishments=[here])
    scene.plan(from_now, leaves=False)
    (waiting,) = scene.mails(director)
    text = waiting.text

    waiting_mail.send()

    assert text in {waiting_mail.text(Inbox.parsed(one)) for one in office.taken}


class TestAfterAnOutage:
    """Whatever waited while messages could not leave is told by one message to each."""

    def test_days_without_a_server_become_one_message(self, owner: Actor, office: Inbox) -> None:
        today = clock.today()
        scene.remind_on_any_day(owner)
        place = make.establishment()
        for after in range(5):
            scene.action(place, today + (7 + after) * DAY)
        office.answers["RCPT"] = "451 not now"
        for after in range(5):
            assert scene.plan(today + after * DAY, leaves=False) == 1
            waiting_mail.try_to_send()
        del office.answers["RCPT"]

        waiting_mail.send()

        assert len(office.taken) == 1
        assert office.read()["Subject"].startswith("5 échéances")
        assert db.session.scalar(db.select(db.func.count()).select_from(Reminder)) == 5

    def test_a_message_that_nobody_knows_to_have_left_is_not_told_again(self, owner: Actor) -> None:
        today = clock.today()
        scene.remind_on_any_day(owner)
        scene.action(make.establishment(), today)
        scene.plan(today, leaves=False)
        service.take(scene.mails(owner)[0].id, at=clock.now())
        db.session.commit()

        assert scene.plan(today + DAY) == 0


def test_the_day_s_message_takes_over_only_what_waits(owner: Actor) -> None:
    first: date = clock.today()
    scene.remind_on_any_day(owner)
    scene.action(make.establishment(), first + 7 * DAY)
    scene.plan(first, leaves=False)

    scene.plan(first + DAY, leaves=False)

    (only,) = scene.mails(owner)
    assert only.day == first + DAY
