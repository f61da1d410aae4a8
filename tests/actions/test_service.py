"""Opening actions, giving them to somebody, moving them on."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from portal.actions import queries, service
from portal.actions.models import Action, Effort, Origin, Priority, State
from portal.actions.queries import Choice
from portal.actions.service import Content
from portal.audit.models import AuditEvent
from portal.contests.models import Side
from portal.fleet.models import Establishment
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import Conflict, NotFound, Refused
from tenants.access import Actor
from tenants.context import Reach, Scope, entered
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tests import make
from tests.actions import places

TODAY = clock.today()


def _content(**said: Any) -> Content:
    given: dict[str, Any] = {
        "title": "Relire la charte",
        "note": "",
        "side": Side.PROVIDER,
        "owner": None,
        "due_on": TODAY + timedelta(days=10),
        "priority": Priority.NORMAL,
        "effort": Effort.HOURS,
    }
    return Content(**{**given, **said})


def _opened(actor: Actor, place: uuid.UUID, **said: Any) -> Action:
    return service.open_one(
        actor,
        _content(**said),
        establishment_id=place,
        code=None,
        edition=loader.current(),
        at=clock.now(),
    )


def _gaps(actor: Actor, place: uuid.UUID, codes: list[str], due_on: date | None = None) -> int:
    return service.open_for_gaps(
        actor,
        codes,
        establishment_id=place,
        due_on=due_on,
        edition=loader.current(),
        at=clock.now(),
    )


def test_an_action_on_a_requirement_knows_its_question(owner: Actor) -> None:
    made = service.open_one(
        owner,
        _content(),
        establishment_id=make.establishment(),
        code="SAUV-02",
        edition=loader.current(),
        at=clock.now(),
    )

    assert made.question == loader.current().requirement("SAUV-02").question


def test_a_requirement_that_the_guide_lacks_is_not_there(owner: Actor) -> None:
    with pytest.raises(NotFound):
        service.open_one(
            owner,
            _content(),
            establishment_id=make.establishment(),
            code="RIEN-01",
            edition=loader.current(),
            at=clock.now(),
        )


@pytest.mark.parametrize(
    "days", [-1, service.FURTHEST.days + 1], ids=["yesterday", "in another age"]
)
def test_a_day_that_is_past_or_far_away_is_refused(owner: Actor, days: int) -> None:
    with pytest.raises(Refused) as refused:
        _opened(owner, make.establishment(), due_on=clock.today() + timedelta(days=days))

    assert refused.value.field == "due_on"


def test_what_is_late_already_can_be_said_otherwise_with_its_day(owner: Actor) -> None:
    made = _opened(owner, make.establishment())
    late = made.due_on = TODAY - timedelta(days=3)
    db.session.flush()

    service.edit(
        owner, made, _content(title="Signer", due_on=late), version=made.version, at=clock.now()
    )

    assert (made.title, made.due_on) == ("Signer", late)


def test_it_is_given_to_somebody_of_that_side_with_access_there(owner: Actor) -> None:
    here, there = make.establishment(), make.establishment()
    director = make.member(Role.DIRECTOR, establishments=[here])

    made = _opened(owner, here, side=Side.ESTABLISHMENT, owner=director.user_id)
    assert made.owner_name == director.name
    for place, side in ((there, Side.ESTABLISHMENT), (here, Side.PROVIDER)):
        with pytest.raises(Refused) as refused:
            _opened(owner, place, side=side, owner=director.user_id)
        assert refused.value.field == "owner"


def test_neither_an_auditor_nor_a_stranger_is_given_anything(owner: Actor, stranger: Actor) -> None:
    place = make.establishment()
    auditor = make.member(Role.AUDITOR, establishments=[place])

    for person in (auditor, stranger):
        with pytest.raises(Refused):
            _opened(owner, place, side=Side.ESTABLISHMENT, owner=person.user_id)


def test_changing_side_alone_does_not_leave_it_to_somebody_of_the_other(owner: Actor) -> None:
    made = _opened(owner, make.establishment(), owner=owner.user_id)

    with pytest.raises(Refused):
        service.edit(
            owner,
            made,
            _content(side=Side.ESTABLISHMENT, owner=owner.user_id),
            version=made.version,
            at=clock.now(),
        )


def test_of_two_who_write_at_once_the_second_is_told(owner: Actor) -> None:
    made = _opened(owner, make.establishment())
    read = made.version
    service.edit(owner, made, _content(title="Premier"), version=read, at=clock.now())

    with pytest.raises(Conflict):
        service.edit(owner, made, _content(title="Second"), version=read, at=clock.now())
    assert made.title == "Premier"


def test_what_is_done_says_when_and_by_whom_until_it_is_opened_again(owner: Actor) -> None:
    made = _opened(owner, make.establishment())

    assert service.move(owner, made, State.DONE, at=clock.now()) is State.TODO
    assert (made.closed_by_name, made.closed_at is not None) == (owner.name, True)
    service.move(owner, made, State.DOING, at=clock.now())
    assert (made.closed_by_name, made.closed_at) == ("", None)


def test_moving_it_where_it_is_notes_nothing(owner: Actor) -> None:
    made = _opened(owner, make.establishment())

    service.move(owner, made, State.TODO, at=clock.now())

    noted = sa.select(AuditEvent.action).where(AuditEvent.subject_id == made.id)
    assert db.session.scalars(noted).all() == ["action.opened"]


def test_each_ticked_gap_opens_one_action_for_whoever_bears_it(owner: Actor) -> None:
    place = places.followed()
    gaps = {gap.requirement_code: gap for gap in queries.gaps(place, make.EDITION)}
    codes = sorted(gaps)[:3]

    assert _gaps(owner, place, [*codes, "RIEN-01"]) == len(codes)

    made = db.session.scalars(sa.select(Action).order_by(Action.requirement_code)).all()
    assert [it.requirement_code for it in made] == codes
    for it in made:
        assert it.origin is Origin.GAP
        bearer = gaps[it.requirement_code or ""].bearer.value
        assert it.side.value == ("establishment" if bearer == "establishment" else "provider")


def test_a_gap_with_an_action_is_no_longer_proposed_and_opens_no_second(owner: Actor) -> None:
    place = places.followed()
    code = queries.gaps(place, make.EDITION)[0].requirement_code
    _gaps(owner, place, [code])

    assert code not in [gap.requirement_code for gap in queries.gaps(place, make.EDITION)]
    assert _gaps(owner, place, [code]) == 0


def test_a_gap_is_proposed_again_once_its_action_is_closed(owner: Actor) -> None:
    place = places.followed()
    code = queries.gaps(place, make.EDITION)[0].requirement_code
    _gaps(owner, place, [code])
    made = db.session.scalars(sa.select(Action)).one()

    service.move(owner, made, State.DROPPED, at=clock.now())

    assert code in [gap.requirement_code for gap in queries.gaps(place, make.EDITION)]
    _gaps(owner, place, [code])
    with pytest.raises(Refused):
        service.move(owner, made, State.TODO, at=clock.now())


def test_postgresql_keeps_one_live_action_for_a_gap(owner: Actor) -> None:
    place = places.followed()
    code = queries.gaps(place, make.EDITION)[0].requirement_code
    _gaps(owner, place, [code])
    twin = Action(
        establishment_id=place,
        requirement_code=code,
        title="La même",
        side=Side.PROVIDER,
        origin=Origin.GAP,
        opened_by_name="Ann",
    )

    db.session.add(twin)
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_a_director_writes_for_her_establishment_and_sees_no_other(owner: Actor) -> None:
    here, there = make.establishment(), make.establishment()
    director = make.member(Role.DIRECTOR, establishments=[here])
    _opened(owner, there)
    db.session.commit()
    membership = db.session.scalars(
        sa.select(Membership.id).where(Membership.user_id == director.user_id)
    ).one()
    db.session.rollback()

    scope = Scope(director.tenant_id, Reach.LISTED, membership, director.user_id)
    with entered(scope):
        made = _opened(director, here, side=Side.ESTABLISHMENT, owner=director.user_id)
        shown = queries.page(Choice(), TODAY, limit=50, offset=0)
        assert [row.id for row in shown] == [made.id]
        assert [person.id for person in queries.doers(here, clock.now())] == [director.user_id]
        with pytest.raises(NotFound):
            _opened(director, there)
        db.session.rollback()


def test_the_nearest_comes_first_then_the_more_urgent(owner: Actor) -> None:
    place = make.establishment()
    soon, later = TODAY + timedelta(days=1), TODAY + timedelta(days=9)
    for title, due, priority in (
        ("d", None, Priority.HIGH),
        ("c", later, Priority.HIGH),
        ("b", soon, Priority.LOW),
        ("a", soon, Priority.HIGH),
    ):
        _opened(owner, place, title=title, due_on=due, priority=priority)

    shown = queries.page(Choice(), TODAY, limit=50, offset=0)

    assert [row.title for row in shown] == ["a", "b", "c", "d"]


def test_what_is_counted_is_what_is_listed_archived_establishments_left_out(owner: Actor) -> None:
    kept, gone = places.followed(), places.followed()
    for place in (kept, gone):
        _opened(owner, place, priority=Priority.HIGH, due_on=TODAY + timedelta(days=1))
    before = queries.counts(TODAY + timedelta(days=2))
    db.session.execute(
        sa.update(Establishment).where(Establishment.id == gone).values(archived_at=clock.now())
    )

    after = queries.counts(TODAY + timedelta(days=2))
    listed = queries.page(Choice(), TODAY, limit=9, offset=0)

    assert (before.left, before.late, before.high) == (2, 2, 2)
    assert (after.left, after.late, after.high) == (1, 1, 1)
    assert [row.establishment_id for row in listed] == [kept]
