"""What is foretold is foretold on the days on which messages really leave."""

import uuid
from datetime import date, timedelta

import pytest

from portal.kit import clock
from portal.reminders import centre, forecast, queries
from portal.reminders.forecast import Outlook
from portal.reminders.kinds import Subject
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.reminders import scene

SUNDAY = date(2026, 11, 29)
MONDAY = SUNDAY + timedelta(days=1)
CHRISTMAS = date(2026, 12, 25)


@pytest.fixture
def offering(owner: Actor) -> uuid.UUID:
    """Something declared at one client."""
    offering_id = make.offering(carries=[scene.CODE])
    scene.client(offering_id, "EHPAD Ici")
    scene.declare(owner, offering_id)
    return offering_id


def days(today: date) -> list[tuple[date, int]]:
    """The days on which the owner is told, with how many are left then."""
    people = queries.recipients(clock.now())
    outlook = Outlook(people, people, make.EDITION, today, 31)
    (found,) = forecast.ahead(outlook, [forecast.present()])
    return [
        (each.day, item.days(each.day))
        for each in found
        for digest in each.digests
        for item in digest.items
    ]


@pytest.mark.usefixtures("offering")
def test_a_proof_given_on_a_sunday_is_told_on_monday(owner: Actor) -> None:
    scene.prove(owner, until=SUNDAY + timedelta(days=30))

    assert days(SUNDAY) == [(MONDAY, 29), (date(2026, 12, 22), 7), (date(2026, 12, 29), 0)]
    scene.plan(MONDAY)
    assert days(MONDAY) == [(date(2026, 12, 22), 7), (date(2026, 12, 29), 0)]


@pytest.mark.usefixtures("offering")
def test_a_quiet_day_is_told_on_the_working_day_before(owner: Actor) -> None:
    scene.prove(owner, until=CHRISTMAS)
    scene.plan(MONDAY)

    assert days(MONDAY) == [(date(2026, 12, 18), 7), (date(2026, 12, 24), 1)]


@pytest.mark.usefixtures("offering")
def test_what_is_told_at_once_is_one_line(owner: Actor) -> None:
    scene.prove(owner, until=SUNDAY)

    assert days(SUNDAY) == [(MONDAY, -1)]


@pytest.mark.usefixtures("offering")
def test_what_is_put_off_to_a_quiet_day_is_told_on_the_next_working_day(owner: Actor) -> None:
    proof = scene.prove(owner, until=MONDAY + timedelta(days=7))
    scene.plan(MONDAY)
    saturday = MONDAY + timedelta(days=5)
    centre.put_off(
        owner.user_id, Subject.EVIDENCE, proof, until=saturday, today=MONDAY, at=clock.now()
    )
    db.session.commit()

    assert days(MONDAY) == [(MONDAY + timedelta(days=7), 0)]
    assert scene.plan(saturday - timedelta(days=1)) == 0
    assert scene.plan(MONDAY + timedelta(days=7)) == 1
