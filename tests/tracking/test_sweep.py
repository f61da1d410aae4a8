"""The day that passes: what lapses, begins and ends without anybody writing."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from portal.audit.models import AuditEvent
from portal.fleet import queries as fleet
from portal.fleet.models import Stage
from portal.kit.outbox import Lease
from portal.tracking import jobs
from portal.tracking.models import Status, Verdict
from portal.tracking.signals import swept
from portal.tracking.sweep import sweep
from tenants import queries as tenancy
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.counting import counted
from tests.tracking import deeds, scene
from tests.tracking.life import CODES, Life
from tests.tracking.scene import CODE, TODAY

DAY = timedelta(1)
LAST = TODAY + timedelta(5)


@pytest.fixture
def place(owner: Actor) -> uuid.UUID:
    """Proven and recognised, by a proof that holds to the LAST day included."""
    offering = make.offering(carries=[CODE])
    found = scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, until=LAST)
    scene.judge_as(make.member(Role.DIRECTOR, establishments=[found]), found)
    return found


def pass_to(day: date, *, since: date | None = TODAY) -> int:
    found = sweep(make.EDITION, today=day, since=since, signature="Treize")
    db.session.commit()
    return found


def work_at(instant: datetime, *, since: date | None = TODAY) -> None:
    """What a worker does with the promise of a sweep, at that instant."""
    tenancy.tenant(current_tenant_id()).swept_until = since
    with time_machine.travel(instant, tick=False):
        jobs.sweep_day.run(_lease())
    db.session.commit()


def _lease() -> Lease:
    return Lease(uuid.uuid4(), "tracking.sweep", {}, fence=1, attempt=1, recovered=False)


def traces() -> list[AuditEvent]:
    return list(
        db.session.scalars(
            sa.select(AuditEvent).where(AuditEvent.action == "requirement.proof_lapsed")
        )
    )


def test_a_proof_holds_on_its_last_day_and_no_longer(place: uuid.UUID) -> None:
    pass_to(LAST)
    on_the_last_day = scene.row(place).proven, scene.row(place).recognised, traces()
    pass_to(LAST + DAY, since=LAST)

    assert on_the_last_day == (True, True, [])
    row = scene.row(place)
    assert (row.proven, row.recognised, row.verdict) == (False, False, Verdict.RECOGNISED)
    assert scene.totals(place)[0][1:] == (0, 0)
    assert scene.card(place).lapsed_total == 1


def test_a_day_ends_at_midnight_in_paris(place: uuid.UUID) -> None:
    """In summer, two hours before it ends in Greenwich."""
    work_at(datetime(LAST.year, LAST.month, LAST.day, 21, 59, tzinfo=UTC))
    a_minute_before = scene.row(place).proven
    work_at(datetime(LAST.year, LAST.month, LAST.day, 22, 0, tzinfo=UTC), since=LAST)

    assert a_minute_before
    assert not scene.row(place).proven


def test_a_lapse_leaves_one_dated_trace_where_its_people_read(
    place: uuid.UUID, owner: Actor
) -> None:
    pass_to(LAST + DAY)
    pass_to(LAST + DAY)
    pass_to(LAST + 2 * DAY, since=LAST + DAY)

    (trace,) = traces()
    assert (trace.establishment_id, trace.requirement_code) == (place, CODE)
    assert (trace.actor_id, trace.actor_name) == (None, "Treize")
    assert trace.details["proof_until"] == LAST.isoformat()


def test_each_requirement_and_establishment_has_its_own_trace(owner: Actor) -> None:
    codes = [CODE, "SAUV-03"]
    offering = make.offering(carries=codes)
    places = [scene.client(offering) for _ in range(2)]
    for code in codes:
        scene.declare(owner, offering, code=code)
    scene.prove(owner, *codes, until=LAST)

    pass_to(LAST + DAY)

    found = sorted((trace.establishment_id, trace.requirement_code) for trace in traces())
    assert found == sorted((place, code) for place in places for code in codes)


def test_what_does_not_count_leaves_no_trace(owner: Actor) -> None:
    offering = make.offering(carries=["SAUV-05"])  # reinforced
    scene.client(offering)
    scene.declare(owner, offering, code="SAUV-05")
    scene.prove(owner, "SAUV-05", until=LAST)

    pass_to(LAST + DAY)

    assert traces() == []


def test_a_proof_that_another_relays_leaves_no_trace(place: uuid.UUID, owner: Actor) -> None:
    scene.prove(owner, until=LAST + timedelta(90))

    pass_to(LAST + DAY)

    assert scene.row(place).recognised
    assert traces() == []


def test_an_overdue_review_of_what_nothing_proves_is_counted(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.declare(owner, offering, reviewed_on=TODAY - timedelta(180))  # every six months
    due = scene.row(place).review_due

    pass_to(due + DAY)

    assert (scene.card(place).lapsed_total, scene.card(place).next_review) == (1, None)


def test_a_second_sweep_of_the_same_day_changes_nothing(place: uuid.UUID) -> None:
    pass_to(LAST + DAY)
    before = scene.whole(without={"scorecard"}), Life.picture()

    pass_to(LAST + DAY)

    assert (scene.whole(without={"scorecard"}), Life.picture()) == before


def test_a_contract_to_come_makes_a_client_on_its_first_day(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = make.establishment(stage=Stage.PROSPECT)
    make.contract(place, offering, starts_on=TODAY + 3 * DAY)
    scene.declare(owner, offering)
    pass_to(TODAY + 2 * DAY)
    before = fleet.establishment(place).stage, scene.written(place)

    pass_to(TODAY + 3 * DAY, since=TODAY + 2 * DAY)

    assert before == ("prospect", 0)
    assert fleet.establishment(place).stage == "client"
    assert scene.row(place).status == "implemented"


@pytest.mark.parametrize("days", [1, 30, 31, 32, 40, 400])
def test_an_outage_of_any_length_catches_up(app: Flask, days: int) -> None:
    """Begun, ended, lapsed, overdue, and one proof whose period begins in between."""
    life = Life(app)
    try:
        deeds.sign(life, places=[0], sold=[0], since=-40, lasts=45)
        deeds.sign(life, places=[1], sold=[0, 1], since=-40)
        deeds.sign(life, places=[2], sold=[1], since=6)
        for code in CODES[:5]:
            deeds.declare(life, offering=0, code=code, status=Status.IMPLEMENTED, age=85)
        deeds.declare(life, offering=1, code=CODES[4], status=Status.PARTIAL, age=0)
        deeds.add_proof(life, codes=CODES, level=0, number=0, begins=None, lasts=12)
        deeds.add_proof(life, codes=CODES[:2], level=1, number=0, begins=8, lasts=90)
        life.verify()

        life.days_pass(days)

        life.verify()
        life.recompute()
    finally:
        life.end()


def test_a_day_on_which_nothing_turned_recomputes_nobody(place: uuid.UUID) -> None:
    for _ in range(3):
        scene.client(make.offering(carries=[CODE]))
    with counted() as sent:
        found = pass_to(TODAY + DAY)

    assert found == 0
    assert not [statement for statement in sent if "scorecard" in statement]


def test_a_late_worker_sweeps_the_present_day_and_tells_it(place: uuid.UUID) -> None:
    told = []

    def hear(_sender: object, *, today: date) -> None:
        told.append(today)

    with swept.connected_to(hear):
        work_at(datetime(2026, 7, 1, 8, 0, tzinfo=UTC))

    assert told == [date(2026, 7, 1)]
    assert not scene.row(place).proven


def test_a_first_sweep_looks_at_everything(place: uuid.UUID) -> None:
    assert pass_to(LAST + DAY, since=None) == -1
    assert not scene.row(place).proven


def test_days_whose_sweep_died_half_way_are_the_next_one_s(owner: Actor) -> None:
    """A contract that begins on such a day makes its client all the same."""
    offering = make.offering(carries=[CODE])
    place = make.establishment(stage=Stage.PROSPECT)
    make.contract(place, offering, starts_on=TODAY + 2 * DAY)
    scene.declare(owner, offering)
    work_at(scene.at(TODAY + DAY), since=TODAY)
    with (
        swept.connected_to(_die),
        time_machine.travel(scene.at(TODAY + 2 * DAY), tick=False),
        pytest.raises(ZeroDivisionError),
    ):
        jobs.sweep_day.run(_lease())
    db.session.rollback()
    after_the_death = fleet.establishment(place).stage

    with time_machine.travel(scene.at(TODAY + 3 * DAY), tick=False):
        jobs.sweep_day.run(_lease())
    db.session.commit()

    assert after_the_death == "prospect"
    assert fleet.establishment(place).stage == "client"
    assert tenancy.tenant(current_tenant_id()).swept_until == TODAY + 3 * DAY


def _die(_sender: object, *, today: date) -> None:
    raise ZeroDivisionError(today)


def test_what_a_clock_that_ran_ahead_wore_down_is_proven_again(place: uuid.UUID) -> None:
    ahead = LAST + 30 * DAY
    pass_to(ahead)
    worn = scene.row(place).proven

    pass_to(TODAY, since=ahead)

    assert (worn, scene.row(place).proven) == (False, True)
