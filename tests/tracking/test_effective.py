"""What an establishment inherits, what it excepts itself from, and what counts there."""

import uuid
from datetime import timedelta

import pytest

from portal.contracts import offerings, rewriting
from portal.contracts.models import Part
from portal.contracts.offerings import Content, Served
from portal.fleet import queries as fleet
from portal.fleet.models import Tier
from portal.guide import loader
from portal.tracking.models import Status
from portal.tracking.sweep import sweep
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.tracking import scene
from tests.tracking.scene import CODE, TODAY

DAY = timedelta(1)


def edit(owner: Actor, offering_id: uuid.UUID, *served: Served, included: bool = False) -> None:
    rewriting.edit(
        owner,
        loader.current(),
        offering_id,
        Content(f"Offre {offering_id}", "", included, served),
        version=1,
        today=TODAY,
    )
    db.session.commit()


def test_without_a_statement_nothing_is_known_and_the_guide_says_who_bears_it(owner: Actor) -> None:
    place = scene.client(make.offering(carries=[CODE]))

    row = scene.row(place)
    assert (row.status, row.origin, row.bearer) == ("unknown", "none", "provider")
    assert scene.card(place).unanswered_total == scene.card(place).applicable_total


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (Status.IMPLEMENTED, Status.ALTERNATIVE),
        (Status.ALTERNATIVE, Status.PARTIAL),
        (Status.PARTIAL, Status.PLANNED),
        (Status.PLANNED, Status.NOT_APPLICABLE),
        (Status.NOT_APPLICABLE, Status.UNKNOWN),
    ],
)
@pytest.mark.parametrize("better_first", [True, False])
def test_the_best_of_several_statements_is_inherited(
    owner: Actor, better: Status, worse: Status, *, better_first: bool
) -> None:
    one, two = make.offering(carries=[CODE]), make.offering(carries=[CODE])
    place = scene.client(one, two)
    first, second = (better, worse) if better_first else (worse, better)

    scene.declare(owner, one, first)
    scene.declare(owner, two, second)

    row = scene.row(place)
    assert (row.status, row.offering_id) == (better, one if better_first else two)


def test_of_two_equal_statements_the_one_reviewed_last_is_inherited(owner: Actor) -> None:
    one, two = make.offering(carries=[CODE]), make.offering(carries=[CODE])
    place = scene.client(one, two)
    scene.declare(owner, one, reviewed_on=TODAY - 10 * DAY)
    scene.declare(owner, two, reviewed_on=TODAY - 3 * DAY)

    assert scene.row(place).offering_id == two
    assert scene.row(place).reviewed_on == TODAY - 3 * DAY


def test_an_included_offering_speaks_for_whoever_has_a_contract(owner: Actor) -> None:
    included = make.offering(carries=[CODE], included=True)
    client, prospect = scene.client(make.offering()), make.establishment()

    scene.declare(owner, included)

    assert scene.row(client).offering_id == included
    assert scene.written(prospect) == 0


def test_an_included_offering_that_is_archived_falls_silent(owner: Actor) -> None:
    included, other = make.offering(carries=[CODE], included=True), make.offering()
    place = scene.client(other)
    scene.declare(owner, included)

    offerings.archive(owner, included, at=scene.at(), today=TODAY)

    assert (scene.row(place).status, scene.row(place).bearer) == ("unknown", "establishment")


def test_an_archived_offering_goes_on_where_it_is_under_contract(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.declare(owner, offering)

    offerings.archive(owner, offering, at=scene.at(), today=TODAY)

    assert scene.row(place).status == "implemented"


def test_an_offering_that_no_longer_serves_a_requirement_no_longer_speaks_of_it(
    owner: Actor,
) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.declare(owner, offering)

    edit(owner, offering, Served("SAUV-01", Part.CARRIES))
    silent = scene.row(place)
    rewriting.edit(
        owner,
        loader.current(),
        offering,
        Content("De nouveau", "", False, [Served(CODE, Part.SUPPORTS)]),
        version=2,
        today=TODAY,
    )

    assert (silent.status, silent.origin, silent.bearer) == ("unknown", "none", "establishment")
    assert scene.row(place).status == "implemented"


def test_when_the_better_contract_ends_the_other_statement_is_inherited(owner: Actor) -> None:
    better, other = make.offering(carries=[CODE]), make.offering(carries=[CODE])
    place = scene.client(better, until=TODAY + 4 * DAY)
    make.contract(place, other, starts_on=TODAY)
    scene.tell(place)
    scene.declare(owner, better, Status.IMPLEMENTED)
    scene.declare(owner, other, Status.PARTIAL)

    last_day = TODAY + 4 * DAY
    sweep(make.EDITION, today=last_day, since=TODAY, signature="-")
    on_the_last_day = scene.row(place).status
    sweep(make.EDITION, today=last_day + DAY, since=last_day, signature="-")

    assert on_the_last_day == "implemented"
    assert (scene.row(place).status, scene.row(place).offering_id) == ("partial", other)


def test_when_the_only_contract_ends_nothing_is_said_and_an_exception_stays(owner: Actor) -> None:
    offering = make.offering(carries=[CODE, "SAUV-01"])
    place = scene.client(offering, until=TODAY)
    scene.declare(owner, offering)
    scene.except_(owner, place, Status.PARTIAL, code="SAUV-01")

    sweep(make.EDITION, today=TODAY + DAY, since=TODAY, signature="-")

    assert scene.row(place).status == "unknown"
    assert scene.row(place).bearer == "establishment"
    assert scene.row(place, "SAUV-01").status == "partial"
    assert fleet.establishment(place).stage == "prospect"


def test_an_exception_survives_a_change_of_the_statement(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    here, there = scene.client(offering), scene.client(offering)
    scene.declare(owner, offering)
    scene.except_(owner, here, Status.PARTIAL, note="Un site sur deux.")

    scene.declare(owner, offering, Status.PLANNED)

    assert (scene.row(here).status, scene.row(here).note) == ("partial", "Un site sur deux.")
    assert scene.row(there).status == "planned"


def test_withdrawing_an_exception_falls_back_to_what_is_said_now(owner: Actor) -> None:
    offering = make.offering(carries=[CODE])
    place = scene.client(offering)
    scene.declare(owner, offering)
    before = scene.totals(place)
    scene.except_(owner, place, Status.NOT_APPLICABLE, note="Rien à sauvegarder ici.")

    scene.withdraw(owner, place)

    row = scene.row(place)
    assert (row.status, row.origin, row.offering_id, row.note) == (
        "implemented", "statement", offering, "",
    )  # fmt: skip
    assert scene.totals(place) == before


def test_withdrawing_an_exception_where_nothing_is_said_leaves_nothing(owner: Actor) -> None:
    place = scene.client(make.offering(carries=[CODE]))
    scene.except_(owner, place, Status.IMPLEMENTED)

    scene.withdraw(owner, place)

    row = scene.row(place)
    assert (row.status, row.origin, row.reviewed_on, row.review_due) == (
        "unknown", "none", None, None,
    )  # fmt: skip


def test_not_applicable_leaves_the_sum_and_the_count(owner: Actor) -> None:
    offering = make.offering(carries=["NOM-01", "NOM-03"])
    place = scene.client(offering)
    scene.declare(owner, offering, code="NOM-01")
    half, before = scene.card(place).declared[8], scene.card(place)

    scene.except_(owner, place, Status.NOT_APPLICABLE, code="NOM-03", note="Sans portable.")

    after = scene.card(place)
    assert (half, after.declared[8]) == (500, 1000)
    assert after.applicable[8] == before.applicable[8] - 1
    assert after.unanswered_total == before.unanswered_total - 1


def test_a_question_to_which_nothing_applies_has_no_score_rather_than_nought(owner: Actor) -> None:
    place = scene.client(make.offering(carries=["NOM-01"]))
    for code in ("NOM-01", "NOM-03"):
        scene.except_(owner, place, Status.NOT_APPLICABLE, code=code, note="Sans portable.")

    card = scene.card(place)
    assert (card.declared[8], card.proven[8], card.recognised[8], card.applicable[8]) == (
        -1, -1, -1, 0,
    )  # fmt: skip


def test_tier_and_conditions_tell_what_counts(owner: Actor) -> None:
    offering = make.offering()
    plain = scene.client(offering)
    strict = scene.client(offering, tier=Tier.REINFORCED, conditions=["online_services"])

    applies = {
        place: [scene.row(place, code).applies for code in ("SAUV-02", "SAUV-05", "SAUV-07")]
        for place in (plain, strict)
    }

    assert applies == {plain: [True, False, False], strict: [True, True, True]}
