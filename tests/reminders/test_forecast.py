"""The page of what is to come says the days on which messages really leave."""

from datetime import date, timedelta

import pytest

from portal.kit import clock
from portal.reminders import forecast
from tenants.access import Actor
from tests import make
from tests.reminders import scene

SUNDAY = date(2026, 11, 29)
MONDAY = SUNDAY + timedelta(days=1)
CHRISTMAS = date(2026, 12, 25)


@pytest.fixture
def offering(owner: Actor) -> str:
    """Something declared at one client."""
    offering_id = make.offering(carries=[scene.CODE])
    scene.client(offering_id, "EHPAD Ici")
    scene.declare(owner, offering_id)
    return str(offering_id)


def days(today: date) -> list[tuple[date, int]]:
    found = forecast.notices(make.EDITION, today=today, at=clock.now())
    return [(notice.day, notice.left) for notice in found]


def test_a_proof_given_on_a_sunday_is_told_on_monday(owner: Actor, offering: str) -> None:
    scene.prove(owner, until=SUNDAY + timedelta(days=30))

    assert days(SUNDAY) == [(MONDAY, 29), (date(2026, 12, 22), 7), (date(2026, 12, 29), 0)]
    scene.plan(MONDAY)
    assert days(MONDAY) == [(date(2026, 12, 22), 7), (date(2026, 12, 29), 0)]


def test_a_quiet_day_is_told_on_the_working_day_before(owner: Actor, offering: str) -> None:
    scene.prove(owner, until=CHRISTMAS)
    scene.plan(MONDAY)

    assert days(MONDAY) == [(date(2026, 12, 18), 7), (date(2026, 12, 24), 1)]


def test_what_is_told_at_once_is_one_line(owner: Actor, offering: str) -> None:
    scene.prove(owner, until=SUNDAY)

    assert days(SUNDAY) == [(MONDAY, -1)]
