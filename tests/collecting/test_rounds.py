"""When a collection's next proof is due, and what its turns become, whatever happens to proofs."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from portal.collecting import recurring, rounds
from portal.collecting.listeners import BEGIN
from portal.collecting.models import (
    CollectionTurn,
    Pace,
    TurnState,
)
from portal.collecting.recurring import Twice
from portal.evidence import service as evidence
from portal.evidence.facts import Content, Facts
from portal.evidence.models import Kind, Visibility
from portal.fleet import service as fleet
from portal.guide import loader
from portal.guide.edition import months_after
from portal.kit import clock
from portal.kit.errors import Conflict
from portal.tracking.signals import swept
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.collecting import turns
from tests.collecting.turns import CODE, in_months, later, proves, sets_up, states, the, works
from tests.counting import counted


def test_without_a_period_the_guide_says_how_often(owner: Actor) -> None:
    made = sets_up(owner, months=None)

    assert the(made).months == loader.current().requirement(CODE).proof.valid_months


def test_the_first_is_due_on_the_day_chosen_and_its_turn_opens_thirty_days_before(
    owner: Actor,
) -> None:
    made = sets_up(owner, first_in=40)
    with later(9):
        before = states(made)
    with later(10) as day:
        opened = turns.turns(made)[0]
        told = (opened.opened_on, opened.due_on)

    assert before == []
    assert told == (day, clock.today() + timedelta(40))


def test_a_short_period_opens_later_so_that_no_turn_follows_at_once(owner: Actor) -> None:
    proves(owner)
    made = sets_up(owner, months=1)
    with later(5):
        early = states(made)
    left = (in_months(1) - clock.today()).days
    with later(left - 10):
        opened = states(made)

    assert (early, opened) == ([], ["open"])


def test_the_due_date_follows_the_period_covered_and_never_goes_beyond_the_validity(
    owner: Actor,
) -> None:
    today = clock.today()
    made = sets_up(owner, months=6)
    proves(owner, covers_until=today - timedelta(10), until=today + timedelta(400))
    by_period = the(made).due_on
    proves(owner, covers_until=today, until=today + timedelta(100))
    by_validity = the(made).due_on

    assert by_period == months_after(today - timedelta(10), 6)
    # The former lasts longer for this collection, though the latter was deposited last.
    assert by_validity == by_period
    with later(0):
        assert the(made).evidence_id is not None


def test_a_valid_proof_ends_the_turn_and_the_next_opens_in_its_time(owner: Actor) -> None:
    made = sets_up(owner, first_in=5)
    opened = states(made)
    proof = proves(owner)
    done = turns.turns(made)[0]

    assert opened == ["open"]
    assert (done.state, done.evidence_id, done.closed_on) == (
        TurnState.DONE, proof, clock.today(),
    )  # fmt: skip
    assert the(made).due_on == in_months(3)
    with later((in_months(3) - clock.today()).days - 30):
        assert states(made) == ["done", "open"]


def test_a_proof_that_ends_before_the_turn_does_not_end_it(owner: Actor) -> None:
    made = sets_up(owner, first_in=20)
    proves(owner, until=clock.today() + timedelta(3))

    assert states(made) == ["open"]
    assert turns.turns(made)[0].due_on == clock.today() + timedelta(3)


@pytest.mark.parametrize("level", ["tenant", "offering", "establishment"])
def test_what_counts_is_a_proof_for_the_same_people(owner: Actor, level: str) -> None:
    place, sold, other = make.establishment(), make.offering(carries=[CODE]), make.offering()
    aims: dict[str, dict[str, Any]] = {
        "tenant": {},
        "offering": {"offering_id": sold},
        "establishment": {"establishment_id": place},
    }
    made = sets_up(owner, first_in=5, **aims[level])
    proves(owner, "SAUV-01")
    proves(owner, offering_id=other)
    proves(owner, establishment_ids=[make.establishment()])
    beside = states(made)
    if level == "establishment":
        proves(owner)
        proves(owner, offering_id=sold)
    wider = states(made)
    mine: dict[str, dict[str, Any]] = {
        "offering": {"offering_id": sold},
        "establishment": {"establishment_ids": [place]},
    }
    proves(owner, **mine.get(level, {}))

    assert (beside, wider, states(made)) == (["open"], ["open"], ["done"])


def test_a_proof_for_everybody_counts_for_an_offering(owner: Actor) -> None:
    made = sets_up(owner, first_in=5, offering_id=make.offering(carries=[CODE]))
    proves(owner)

    assert states(made) == ["done"]


def test_a_withdrawn_proof_opens_a_turn_again_and_a_restored_one_ends_it(owner: Actor) -> None:
    made = sets_up(owner, first_in=5)
    proof = proves(owner)
    evidence.withdraw(owner, proof, at=clock.now(), today=clock.today())
    db.session.commit()
    bare = states(made)
    evidence.restore(owner, proof, at=clock.now(), today=clock.today())
    db.session.commit()

    assert bare == ["done", "open"]
    assert states(made) == ["done", "done"]


def test_a_renewal_ends_the_turn_and_keeps_the_links(owner: Actor) -> None:
    old = proves(owner, CODE, "SAUV-01", until=clock.today() + timedelta(10))
    made = sets_up(owner)
    opened = states(made)
    new = evidence.replace_with(
        owner,
        loader.current(),
        old,
        content=Content(Kind.NOTE, body="Le suivant."),
        facts=Facts("Suivant", Visibility.CLIENTS),
        today=clock.today(),
    ).id
    db.session.commit()

    assert (opened, states(made)) == (["open"], ["done"])
    assert the(made).evidence_id == new


def test_one_turn_is_open_at_a_time_and_postgresql_keeps_it_so(owner: Actor) -> None:
    made = sets_up(owner, first_in=5)
    for _ in range(3):
        rounds.follow_all(at=clock.now(), today=clock.today())
    db.session.commit()

    assert states(made) == ["open"]
    again = CollectionTurn(
        collection_id=made, due_on=clock.today(), opened_on=clock.today(), state=TurnState.OPEN
    )
    db.session.add(again)
    with pytest.raises(sa.exc.IntegrityError, match="uq_collection_turn_open"):
        db.session.flush()
    db.session.rollback()


def test_a_pause_drops_the_turn_and_going_on_opens_it_again(owner: Actor) -> None:
    made = sets_up(owner, first_in=5)
    now, today = clock.now(), clock.today()
    recurring.move(owner, made, Pace.PAUSED, at=now, today=today)
    db.session.commit()
    paused = states(made)
    with later(20):
        still = states(made)
    recurring.move(owner, made, Pace.RUNNING, at=now, today=today)
    db.session.commit()

    assert paused == still == ["dropped"]
    assert states(made) == ["dropped", "open"]
    with pytest.raises(Conflict):
        recurring.move(owner, made, Pace.RUNNING, at=now, today=today)
    db.session.rollback()


def test_what_is_stopped_follows_nothing_and_frees_its_place(owner: Actor) -> None:
    made, now, today = sets_up(owner, first_in=5), clock.now(), clock.today()
    with pytest.raises(Twice):
        sets_up(owner)
    db.session.rollback()
    recurring.move(owner, made, Pace.STOPPED, at=now, today=today)
    db.session.commit()
    second = sets_up(owner, first_in=5)
    proves(owner)

    assert (states(made), states(second)) == (["dropped"], ["done"])
    with pytest.raises(Twice):
        recurring.move(owner, made, Pace.RUNNING, at=now, today=today)
    db.session.rollback()


def test_an_archived_establishment_is_asked_nothing_until_it_is_back(owner: Actor) -> None:
    place = make.establishment()
    made = sets_up(owner, first_in=5, establishment_id=place)
    fleet.archive(owner, place, at=clock.now())
    db.session.commit()
    with later(1):
        gone = states(made)
    fleet.restore(owner, place)
    db.session.commit()
    with later(2):
        assert (gone, states(made)) == (["dropped"], ["dropped", "open"])


def test_the_day_s_sweep_promises_the_day_s_turns_once(owner: Actor) -> None:
    made = sets_up(owner, first_in=40)
    db.session.rollback()
    with time_machine.travel(clock.now() + timedelta(15), tick=False):
        for _ in range(2):
            swept.send(today=clock.today())
            db.session.commit()
        done = works(BEGIN)
        found = states(made)

    assert (done, found) == (1, ["open"])


def test_the_list_of_a_thousand_takes_as_many_statements_as_of_one(owner: Actor) -> None:
    sets_up(owner, first_in=60, code="SAUV-01")
    with counted() as one:
        rounds.follow_all(at=clock.now(), today=clock.today())
    for code in list(loader.current().by_code)[:40]:
        if code != "SAUV-01":
            sets_up(owner, first_in=60, code=code)
    with counted() as many:
        rounds.follow_all(at=clock.now(), today=clock.today())

    assert len(many) == len(one)
