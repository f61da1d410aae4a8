"""How long a room stays open: thirty days unless it is said otherwise, 180 and not one more."""

import re
import uuid
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from sqlalchemy.exc import IntegrityError

from portal.engagements.models import Engagement
from portal.kit import clock
from portal.kit.clock import PARIS
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.engagements.conftest import Room, membership_of

NEW = "/acme/audits/nouveau"
SUMMER = datetime(2027, 7, 1, 0, 30, tzinfo=PARIS)
WINTER = datetime(2027, 1, 4, 23, 30, tzinfo=PARIS)


def test_the_form_proposes_thirty_days_and_takes_no_more_than_180(room: Room, visit: Visit) -> None:
    today = clock.today()

    field = BeautifulSoup(visit(room.owner).get(NEW).text, "html.parser").find(id="ends_on")

    assert field is not None
    assert field["value"] == (today + timedelta(30)).isoformat()
    assert field["max"] == (today + timedelta(180)).isoformat()


@pytest.mark.parametrize(("days", "status"), [(0, 303), (180, 303), (181, 422)])
def test_the_form_takes_the_180th_day_and_not_the_next(
    room: Room, visit: Visit, days: int, status: int
) -> None:
    today = clock.today()
    last = today + timedelta(days)
    access_ends = clock.end_of(today + timedelta(180))
    auditor = make.member(Role.AUDITOR, establishments=[room.place], ends_at=access_ends)
    chosen = membership_of(auditor)
    db.session.rollback()

    answer = visit(room.owner).post(
        NEW,
        data={
            "title": "Évaluation HAS",
            "auditors": str(chosen),
            "establishments": str(room.place),
            "questions": "1",
            "period_from": today.isoformat(),
            "period_until": today.isoformat(),
            "ends_on": last.isoformat(),
        },
    )

    assert answer.status_code == status
    if status != 303:
        assert "Un audit dure 180 jours au plus." in re.sub(r"\s", " ", answer.text)
        return
    ends = db.session.scalars(sa.select(Engagement.ends_at).where(Engagement.id != room.id)).one()
    db.session.rollback()
    assert ends == clock.end_of(last)


def lasts(room_id: uuid.UUID, since: datetime, last: date) -> None:
    table = Engagement.__table__
    db.session.execute(
        sa.update(table)
        .where(table.c.id == room_id)
        .values(starts_at=since, ends_at=clock.end_of(last))
    )


@pytest.mark.parametrize("since", [SUMMER, WINTER])
def test_postgresql_counts_the_days_as_france_does(room: Room, since: datetime) -> None:
    """Also opened in the first hour of a day, with the clocks gone back before it ends."""
    lasts(room.id, since, clock.day_of(since) + timedelta(180))
    with pytest.raises(IntegrityError, match="ck_engagement_lasting"):
        lasts(room.id, since, clock.day_of(since) + timedelta(181))
    db.session.rollback()
