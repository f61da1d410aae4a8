"""Where it is still yesterday: a message whose hour comes after midnight in Paris leaves at it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.kit import clock
from portal.kit.outbox import Outbox
from portal.reminders import planning, queries, rules
from portal.reminders.workdays import Calendar, Zone
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.reminders import scene

DAY = timedelta(days=1)
AFTERNOON = time(14)


@pytest.fixture
def day(owner: Actor) -> date:
    """A day on which the owner, who lives by Tahiti’s clock, is told in the afternoon."""
    day = clock.today() + DAY
    zone = Zone.POLYNESIE
    rules.set_rule(owner, calendar=Calendar.NONE, weekly_on=None, zone=zone, opens_at=AFTERNOON)
    offering = make.offering(carries=[scene.CODE])
    scene.client(offering, today=day)
    scene.declare(owner, offering, reviewed_on=day)
    scene.prove(owner, until=day + 7 * DAY, offering_id=offering)
    return day


def _after_midnight(day: date) -> int:
    at = datetime.combine(day, time(0, 10), clock.PARIS).astimezone(UTC)
    written = planning.plan(day, at=at, keeps_hours=True)
    db.session.commit()
    return written


def test_the_next_day_s_planning_leaves_it_to_its_hour(owner: Actor, day: date) -> None:
    assert _after_midnight(day) == 1
    (mail,) = scene.mails(owner)
    leaves = db.session.scalar(db.select(Outbox.run_at).where(Outbox.dedup_key == str(mail.id)))

    again = _after_midnight(day + DAY)

    assert leaves is not None
    assert clock.day_of(leaves) == day + DAY
    assert leaves.astimezone(Zone.POLYNESIE.clock).time() == AFTERNOON
    assert again == 0
    assert [mail.day for mail in scene.mails(owner)] == [day]


def test_what_did_not_leave_at_its_hour_is_told_in_the_next_one(owner: Actor, day: date) -> None:
    _after_midnight(day)

    assert queries.held_up(day + DAY) == []
    assert _after_midnight(day + 2 * DAY) == 1
    assert [mail.day for mail in scene.mails(owner)] == [day + 2 * DAY]


def test_what_was_tried_in_vain_is_told_in_the_next_one(owner: Actor, day: date) -> None:
    _after_midnight(day)
    db.session.execute(db.update(Outbox).values(fence=1))
    db.session.commit()

    assert _after_midnight(day + DAY) == 1
    assert [mail.day for mail in scene.mails(owner)] == [day + DAY]
