"""Once a week the provider's people are told what the fleet has before it, worst first."""

from datetime import date, timedelta

import pytest

from portal.reminders import rules, service
from portal.reminders.items import score
from portal.reminders.kinds import Kind
from portal.reminders.workdays import Calendar
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.reminders import scene
from tests.reminders.scene import TODAY

DAY = timedelta(days=1)
#: The first of January 2027 is a Friday, the Monday after Easter a holiday.
NEW_YEAR = date(2027, 1, 1)
EASTER_MONDAY = date(2027, 3, 29)


@pytest.fixture
def owner(owner: Actor) -> Actor:
    rules.set_rule(owner, calendar=Calendar.FRANCE, weekly_on=0)
    db.session.commit()
    return owner


def _far(owner: Actor, day: date) -> None:
    """Something to come that is told at no step in the days around."""
    scene.action(make.establishment(), day + 5 * DAY)
    rules.set_kind_rules(owner, {Kind.ACTION: scene.steps(-60)})
    db.session.commit()


def test_the_week_is_told_on_its_day_and_once(owner: Actor) -> None:
    _far(owner, TODAY)
    scene.plan(TODAY - 7 * DAY)

    told = [day for day in range(6) if scene.plan(TODAY + day * DAY)]

    assert told == [0]
    assert scene.mails(owner)[-1].subject == "La semaine du parc : une échéance"
    assert scene.mails(owner)[-1].weekly


def test_on_a_holiday_it_waits_for_the_next_day(owner: Actor) -> None:
    _far(owner, EASTER_MONDAY)

    assert [scene.plan(EASTER_MONDAY + day * DAY) for day in (0, 1, 2)] == [0, 1, 0]


def test_of_a_friday_that_is_a_holiday_it_is_told_on_the_next_monday_and_once(
    owner: Actor,
) -> None:
    rules.set_rule(owner, calendar=Calendar.FRANCE, weekly_on=4)
    _far(owner, NEW_YEAR)
    _far(owner, NEW_YEAR + 7 * DAY)

    told = [day for day in range(-1, 10) if scene.plan(NEW_YEAR + day * DAY)]

    assert told == [3, 7]


def test_it_is_not_told_before_its_first_day(owner: Actor) -> None:
    rules.set_rule(owner, calendar=Calendar.FRANCE, weekly_on=2)
    _far(owner, EASTER_MONDAY)

    told = [day for day in range(7) if scene.plan(EASTER_MONDAY + day * DAY)]

    assert told == [2]


def test_a_weekday_chosen_after_the_week_was_told_begins_with_the_next(owner: Actor) -> None:
    _far(owner, TODAY)
    first = scene.plan(TODAY)
    rules.set_rule(owner, calendar=Calendar.FRANCE, weekly_on=2)
    db.session.commit()

    told = [day for day in range(1, 10) if scene.plan(TODAY + day * DAY)]

    assert (first, told) == (1, [9])


def test_it_comes_with_the_day_s_reminders_in_one_message(owner: Actor) -> None:
    place = make.establishment("EHPAD Ici")
    scene.action(place, TODAY)
    scene.action(place, TODAY + 13 * DAY)

    assert scene.plan(TODAY) == 1

    (mail,) = scene.mails(owner)
    assert mail.text.count("Changer les mots de passe") == 2
    assert "LA SEMAINE DU PARC" in mail.text
    assert mail.subject == "Une échéance aujourd’hui"


def test_when_nothing_comes_up_there_is_no_week_to_tell(owner: Actor) -> None:
    scene.action(make.establishment(), TODAY + 40 * DAY)

    assert scene.plan(TODAY) == 0


@pytest.mark.parametrize("who", ["declined", "director", "never"])
def test_some_are_not_told_of_it(owner: Actor, who: str) -> None:
    _far(owner, TODAY)
    place = make.establishment()
    director = make.member(Role.DIRECTOR, establishments=[place])
    if who == "declined":
        service.decline(owner.user_id, {Kind.WEEKLY})
    if who == "never":
        rules.set_rule(owner, calendar=Calendar.FRANCE, weekly_on=None)
    db.session.commit()

    scene.plan(TODAY)

    assert scene.mails(director if who == "director" else owner) == []


def test_the_heavier_and_the_nearer_come_first() -> None:
    def at(left: int, touched: int) -> float:
        return score(scene.item(due_on=TODAY + left * DAY, touched=touched), TODAY)

    assert at(3, 10) > at(3, 5)
    assert at(3, 10) > at(6, 10)
    assert at(9, 100) > at(3, 5) > at(9, 5)
    assert at(-20, 5) == at(0, 5)


def test_the_week_is_ranked_by_severity_times_nearness(owner: Actor) -> None:
    rules.set_kind_rules(owner, {kind: scene.steps(-60) for kind in (Kind.PROOF, Kind.ACTION)})
    offering = make.offering(carries=[scene.CODE])
    for _ in range(3):
        scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=TODAY + 2 * DAY, offering_id=offering, title="Lourde et proche")
    scene.action(make.establishment(), TODAY + 1 * DAY)
    scene.action(make.establishment(), TODAY + 12 * DAY)
    scene.plan(TODAY - 3 * DAY)

    scene.plan(TODAY)

    text = scene.mails(owner)[-1].text
    ranked = [line[3:] for line in text.splitlines() if line[:1].isdigit() and line[1] == "."]
    assert ranked == ["Lourde et proche", "Changer les mots de passe", "Changer les mots de passe"]
    assert text.index("demain") < text.index("dans 12 jours")
