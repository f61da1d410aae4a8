"""An auditor whose access ended, or who became something else, finds no room of before."""

from datetime import timedelta

import sqlalchemy as sa

from portal.kit import clock
from portal.people import team
from portal.people.service import Access
from tenants import service as tenants
from tenants.db import db
from tenants.roles import Role
from tests.conftest import Visit
from tests.engagements.conftest import Room, engage, membership_of


def _came_before() -> None:
    """As if she had been let in, and named, days ago: within one test it is always now."""
    db.session.execute(sa.text("UPDATE membership SET starts_at = starts_at - interval '3 days'"))
    db.session.execute(
        sa.text("UPDATE engagement_auditor SET named_at = named_at - interval '3 days'")
    )
    db.session.commit()


def _admit_again(room: Room, role: Role = Role.AUDITOR) -> None:
    tenants.admit(
        room.auditor.user_id,
        role=role,
        establishments=[room.place, room.other],
        ends_at=clock.now() + timedelta(20),
    )
    db.session.commit()


def test_invited_again_she_has_none_of_the_rooms_of_before(room: Room, visit: Visit) -> None:
    _came_before()
    assert visit(room.auditor).get(room.url).status_code == 200
    db.session.rollback()
    team.revoke(room.owner, membership_of(room.auditor), at=clock.now())
    db.session.commit()

    _admit_again(room)

    assert visit(room.auditor).get(room.url).status_code == 404
    assert room.url not in visit(room.auditor).get("/acme/audits").text


def test_the_rooms_opened_since_are_hers(room: Room, visit: Visit) -> None:
    _came_before()
    team.revoke(room.owner, membership_of(room.auditor), at=clock.now())
    db.session.commit()
    _admit_again(room)

    opened = engage(room.owner, room.auditor, places=[room.other])

    assert visit(room.auditor).get(f"/acme/audits/{opened}").status_code == 200


def test_who_is_an_auditor_no_more_sees_no_room_that_is_not_of_her_establishments(
    room: Room, visit: Visit
) -> None:
    elsewhere = Access(role=Role.DIRECTOR, establishments=[room.other])
    team.change(room.owner, membership_of(room.auditor), elsewhere, at=clock.now())
    db.session.commit()

    assert visit(room.auditor).get(room.url).status_code == 404
    assert room.url not in visit(room.auditor).get("/acme/audits").text
