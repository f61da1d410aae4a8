"""The lines of the fleet's week are read again before they leave, just as the day's are."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.kit import clock
from portal.reminders import rules, service
from portal.reminders.kinds import Kind
from portal.reminders.workdays import Calendar
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.reminders import scene, waiting_mail
from tests.smtp import Inbox, post_office

office = post_office
DAY = timedelta(days=1)


@pytest.fixture
def action_id(owner: Actor) -> uuid.UUID:
    """An action of the week's message, which tells nothing else."""
    rules.set_rule(owner, calendar=Calendar.NONE, weekly_on=0)
    rules.set_kind_rules(owner, {Kind.ACTION: scene.steps(-60)})
    db.session.commit()
    made = scene.action(make.establishment(), clock.today() + 5 * DAY)
    assert scene.plan(clock.today(), leaves=False) == 1
    return made


def test_the_week_leaves_as_it_was_written_while_it_is_true(
    owner: Actor, action_id: uuid.UUID, office: Inbox
) -> None:
    (written,) = scene.mails(owner)
    text = written.text

    waiting_mail.send()

    assert waiting_mail.text(office.read()) == text


@pytest.mark.parametrize(
    "act", [waiting_mail.done, waiting_mail.moved, waiting_mail.put_off, waiting_mail.declined]
)
def test_a_week_with_nothing_left_to_tell_does_not_leave(
    owner: Actor,
    action_id: uuid.UUID,
    office: Inbox,
    act: Callable[[Actor, uuid.UUID], None],
) -> None:
    act(owner, action_id)
    db.session.commit()

    waiting_mail.send()

    assert office.taken == []
    assert scene.mails(owner) == []


def test_the_week_is_not_sent_to_who_declined_it(
    owner: Actor, action_id: uuid.UUID, office: Inbox
) -> None:
    service.decline(owner.user_id, {Kind.WEEKLY})
    db.session.commit()

    waiting_mail.send()

    assert office.taken == []


@pytest.mark.parametrize("act", [waiting_mail.done, waiting_mail.moved, waiting_mail.put_off])
def test_the_week_beside_the_day_loses_what_is_no_more(
    owner: Actor, office: Inbox, act: Callable[[Actor, uuid.UUID], None]
) -> None:
    today = clock.today()
    rules.set_rule(owner, calendar=Calendar.NONE, weekly_on=0)
    db.session.commit()
    place = make.establishment()
    scene.action(place, today)
    of_the_week = scene.action(place, today + 12 * DAY)
    assert scene.plan(today, leaves=False) == 1
    (written,) = scene.mails(owner)
    assert written.text.count("Changer les mots de passe") == 2
    act(owner, of_the_week)
    db.session.commit()

    waiting_mail.send()

    assert waiting_mail.text(office.read()).count("Changer les mots de passe") == 1


def test_the_week_beside_the_day_is_left_out_for_who_declined_it(
    owner: Actor, office: Inbox
) -> None:
    today = clock.today()
    rules.set_rule(owner, calendar=Calendar.NONE, weekly_on=0)
    db.session.commit()
    place = make.establishment()
    scene.action(place, today)
    scene.action(place, today + 12 * DAY)
    scene.plan(today, leaves=False)
    service.decline(owner.user_id, {Kind.WEEKLY})
    db.session.commit()

    waiting_mail.send()

    assert "LA SEMAINE DU PARC" not in waiting_mail.text(office.read())
    assert not scene.mails(owner)[0].weekly
