"""In these tests the fleet's week is told where a test asks for it."""

from datetime import timedelta

import pytest

from portal.kit import clock
from portal.reminders import rules
from portal.reminders.workdays import Calendar
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.reminders import scene


@pytest.fixture
def owner(owner: Actor) -> Actor:
    rules.set_rule(owner, calendar=Calendar.FRANCE, weekly_on=None)
    db.session.commit()
    return owner


@pytest.fixture
def told(owner: Actor) -> Actor:
    """An owner who was told this morning of a proof and of an action."""
    today = clock.today()
    scene.remind_on_any_day(owner)
    offering = make.offering(carries=[scene.CODE])
    place = scene.client(offering, "EHPAD Ici", today=today)
    scene.declare(owner, offering, reviewed_on=today)
    scene.prove(owner, until=today + timedelta(days=7), offering_id=offering)
    scene.action(place, today)
    assert scene.plan(today) == 1
    return owner
