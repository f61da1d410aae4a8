"""What is put off is told again on its day, however long ago it lapsed; what is not, is not."""

import uuid
from datetime import date, timedelta

import pytest

from portal.kit import clock
from portal.reminders import centre, forecast, queries
from portal.reminders.centre import Choice, View
from portal.reminders.forecast import Outlook
from portal.reminders.kinds import Kind, Subject
from portal.tracking.models import TrackedRequirement
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.reminders import scene

DAY = timedelta(days=1)
OTHER = "SAUV-03"


def _put_off(owner: Actor, subject: Subject, subject_id: uuid.UUID, today: date, days: int) -> None:
    until = today + days * DAY
    centre.put_off(owner.user_id, subject, subject_id, until=until, today=today, at=clock.now())
    db.session.commit()


def _told(today: date, days: int, *, first: int = 1) -> list[int]:
    return [after for after in range(first, days) if scene.plan(today + after * DAY)]


def test_what_lapsed_long_before_its_day_is_told_on_it_and_once(owner: Actor) -> None:
    today = clock.today()
    scene.remind_on_any_day(owner)
    late = scene.action(make.establishment(), today - 40 * DAY)
    assert scene.plan(today) == 1

    _put_off(owner, Subject.ACTION, late, today, 30)
    people = queries.recipients(clock.now())
    (found,) = forecast.ahead(
        Outlook(people, people, make.EDITION, today, 50), [forecast.present()]
    )
    foretold = [(each.day - today).days for each in found if each.digests]

    assert foretold == [30]
    assert _told(today, 50) == [30]
    assert scene.stages(owner) == [-7, -70]


def test_what_lapsed_as_long_ago_and_was_not_put_off_is_still_no_news(owner: Actor) -> None:
    today = clock.today()
    scene.remind_on_any_day(owner)
    place = make.establishment()
    late = scene.action(place, today - 59 * DAY)
    scene.plan(today)
    _put_off(owner, Subject.ACTION, late, today, 30)
    scene.action(place, today - 55 * DAY)

    assert _told(today, 40, first=8) == [30]
    assert scene.mails(owner)[-1].text.count("Changer les mots de passe") == 1


@pytest.fixture
def reviews(owner: Actor) -> tuple[uuid.UUID, date]:
    """An offering with two reviews, the first in a month, the other twenty days later; today."""
    today = clock.today()
    scene.remind_on_any_day(owner)
    offering = make.offering(carries=[scene.CODE, OTHER])
    scene.client(offering, today=today)
    t, first = TrackedRequirement, today + 30 * DAY
    for code, day in ((scene.CODE, first), (OTHER, first + 20 * DAY)):
        scene.declare(owner, offering, reviewed_on=today, code=code)
        db.session.execute(db.update(t).where(t.requirement_code == code).values(review_due=day))
    db.session.commit()
    return offering, today


def test_one_review_put_off_leaves_the_next_of_the_same_offering_as_it_was(
    owner: Actor, reviews: tuple[uuid.UUID, date]
) -> None:
    offering, today = reviews
    assert scene.plan(today) == 1

    _put_off(owner, Subject.STATEMENT_REVIEW, offering, today, 60)

    assert _told(today, 70) == [20, 43, 50, 60]


def test_it_alone_is_shown_as_waiting(owner: Actor, reviews: tuple[uuid.UUID, date]) -> None:
    offering, today = reviews
    scene.plan(today)
    _put_off(owner, Subject.STATEMENT_REVIEW, offering, today, 60)
    scene.plan(today + 20 * DAY)

    rows = [
        centre.page(owner.user_id, Choice(view, Kind.REVIEW), today, limit=9, offset=0)
        for view in (View.ALL, View.WAITING)
    ]

    assert [[row.Notice.due_on for row in each] for each in rows] == [
        [today + 30 * DAY, today + 50 * DAY], [today + 30 * DAY],
    ]  # fmt: skip
