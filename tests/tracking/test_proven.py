"""What proves a state, for whom and until when."""

from datetime import date, timedelta

from portal.evidence import service as evidence
from portal.tracking.models import Status
from portal.tracking.sweep import sweep
from tenants.access import Actor
from tests import make
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY

DAY = timedelta(1)


def test_a_review_overdue_lowers_what_is_proven_the_day_after_its_last(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.declare(owner, offering, reviewed_on=date(2026, 1, 15))  # every six months
    scene.prove(owner)
    due = date(2026, 7, 15)

    seen = {}
    for day in (due, due + DAY):
        sweep(make.EDITION, today=day, since=TODAY, signature="-")
        seen[day] = (scene.row(place).proven, scene.card(place).lapsed_total)

    assert seen == {due: (True, 0), due + DAY: (False, 1)}
    assert scene.row(place).status == "implemented"


def test_a_proof_of_a_period_to_come_proves_from_its_first_day(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, covers_from=TODAY + 3 * DAY)

    before = scene.row(place).proven, scene.row(place).proof_until
    sweep(make.EDITION, today=TODAY + 3 * DAY, since=TODAY, signature="-")

    assert before == (False, None)
    assert scene.row(place).proven


def test_a_proof_of_an_offering_or_of_the_fleet_does_not_prove_an_exception(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    here, there = scene.client(offering), scene.client(offering)
    scene.declare(owner, offering)
    scene.prove(owner, offering_id=offering)
    scene.prove(owner)
    scene.except_(owner, here, Status.PARTIAL)

    without = scene.row(here).proven, scene.row(there).proven
    scene.prove(owner, establishment_ids=[here])

    assert without == (False, True)
    assert scene.row(here).proven


def test_a_proof_of_one_offering_does_not_prove_what_another_says(owner: Actor) -> None:
    one, two = make.offering(carries=[CODE]), make.offering(carries=[CODE])
    place = scene.client(one, two)
    scene.declare(owner, one, Status.PARTIAL)
    scene.prove(owner, offering_id=one)
    proven_at_first = scene.row(place).proven

    scene.declare(owner, two, Status.IMPLEMENTED)

    assert proven_at_first
    assert not scene.row(place).proven


def test_what_is_planned_is_never_proven(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.prove(owner)

    scene.declare(owner, offering, Status.PLANNED)

    assert (scene.row(place).proven, scene.card(place).lapsed_total) == (False, 0)


def test_a_proof_withdrawn_stops_proving_and_another_takes_over(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.declare(owner, offering)
    short = scene.prove(owner, until=TODAY + 5 * DAY)
    long = scene.prove(owner, until=TODAY + 90 * DAY)

    until = [scene.row(place).proof_until]
    for proof in (long, short):
        evidence.withdraw(owner, proof, at=scene.at(), today=TODAY)
        until.append(scene.row(place).proof_until)

    assert until == [TODAY + 90 * DAY, TODAY + 5 * DAY, None]
    assert not scene.row(place).proven


def test_a_proof_still_proves_on_its_last_day_and_a_review_holds_on_its_own(owner: Actor) -> None:
    offering = make.offering(carries=[CODE, "SAUV-01"])
    place = scene.client(offering)
    scene.declare(owner, offering)
    scene.declare(owner, offering, code="SAUV-01", reviewed_on=date(2025, 6, 15))  # once a year

    scene.prove(owner, until=TODAY)
    scene.prove(owner, "SAUV-01")

    assert scene.row(place, "SAUV-01").review_due == scene.card(place).next_review == TODAY
    assert [scene.row(place, code).proven for code in (CODE, "SAUV-01")] == [True, True]
