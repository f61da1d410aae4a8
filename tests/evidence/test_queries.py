"""What the shelf, the tracking page, the board and the reminders read."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.evidence import queries, reach, service, shelf
from portal.evidence.linking import Aim
from portal.evidence.models import Kind, Visibility
from portal.evidence.shelf import Filters, State
from portal.guide import loader
from portal.kit import clock
from tenants.access import Actor
from tenants.context import Reach, Scope, entered
from tenants.db import db
from tenants.models import Membership
from tenants.roles import Role
from tests import make
from tests.counting import counted
from tests.evidence import proofs
from tests.evidence.proofs import TODAY

EDITION = make.EDITION


def test_an_establishment_is_served_by_its_own_its_offerings_and_the_tenants_proofs(
    owner: Actor,
) -> None:
    mine, other = make.offering(), make.offering()
    home, neighbour = make.establishment(), make.establishment()
    make.contract(home, mine, starts_on=TODAY)
    make.contract(neighbour, other, starts_on=TODAY)
    proofs.note(owner, "SAUV-01")
    proofs.note(owner, "SAUV-02", offering_id=mine)
    proofs.note(owner, "SAUV-03", establishment_ids=[home])
    proofs.note(owner, "SAUV-04", offering_id=other)
    proofs.note(owner, "SAUV-05", establishment_ids=[neighbour])
    with counted() as sent:
        found = queries.proofs_of(home, edition_id=EDITION, today=TODAY)
    assert {code: rows[0].level for code, rows in found.items()} == {
        "SAUV-01": "tenant",
        "SAUV-02": "offering",
        "SAUV-03": "establishment",
    }
    assert len(sent) == 1


def test_a_proof_linked_at_two_levels_comes_once_by_the_nearest(owner: Actor) -> None:
    home = make.establishment()
    make.contract(home, make.offering(), starts_on=TODAY)
    evidence_id = proofs.note(owner, "SAUV-04", establishment_ids=[home])
    service.link(
        owner,
        loader.current(),
        evidence_id,
        Aim(["SAUV-04"]),
        today=TODAY,
    )
    rows = queries.proofs_of(home, edition_id=EDITION, today=TODAY)["SAUV-04"]
    assert [row.level for row in rows] == ["establishment"]


def test_a_director_is_not_shown_what_the_provider_keeps_to_itself(owner: Actor) -> None:
    home = make.establishment()
    make.contract(home, make.offering(), starts_on=clock.today())
    director = make.member(Role.DIRECTOR, establishments=[home])
    proofs.note(owner, "SAUV-01", visibility=Visibility.PROVIDER)
    proofs.note(owner, "SAUV-02")
    db.session.rollback()
    with entered(scope_of(director)):
        found = queries.proofs_of(home, edition_id=EDITION, today=clock.today())
        db.session.rollback()
    assert list(found) == ["SAUV-02"]


def scope_of(actor: Actor) -> Scope:
    """What the gate opens for somebody who sees listed establishments only."""
    membership_id = db.session.scalar(
        select(Membership.id).where(Membership.user_id == actor.user_id)
    )
    db.session.rollback()
    return Scope(actor.tenant_id, Reach.LISTED, membership_id, actor.user_id)


def test_what_lapses_comes_soonest_first_with_whom_it_touches(owner: Actor) -> None:
    offering = make.offering()
    for _ in range(3):
        make.contract(make.establishment(), offering, starts_on=TODAY)
    later = proofs.note(owner, "SAUV-04", valid_until=TODAY + timedelta(30))
    sooner = proofs.note(
        owner, "SAUV-01", "SAUV-02", offering_id=offering, valid_until=TODAY + timedelta(7)
    )
    proofs.note(owner, valid_until=TODAY + timedelta(31))
    proofs.note(owner, valid_until=TODAY - timedelta(1))
    gone = proofs.note(owner, valid_until=TODAY + timedelta(7))
    service.withdraw(owner, gone, at=clock.now(), today=TODAY)
    found = queries.lapsing(TODAY, 30)
    assert [(row.id, row.codes, row.establishments) for row in found] == [
        (sooner, ["SAUV-01", "SAUV-02"], 3),
        (later, ["SAUV-04"], 3),
    ]


def test_who_is_touched_twice_counts_once(owner: Actor) -> None:
    offering = make.offering()
    homes = [make.establishment() for _ in range(3)]
    for home in homes[:2]:
        make.contract(home, offering, starts_on=TODAY)
    evidence_id = proofs.note(owner, "SAUV-04", offering_id=offering)
    service.link(
        owner,
        loader.current(),
        evidence_id,
        Aim(["SAUV-05"], None, homes[1:]),
        today=TODAY,
    )
    assert reach.touched([evidence_id], TODAY) == {evidence_id: 3}


def test_the_shelf_is_sorted_into_four(owner: Actor) -> None:
    for days in (-1, 0, 30, 31):
        proofs.note(owner, valid_until=TODAY + timedelta(days))
    service.withdraw(owner, proofs.note(owner), at=clock.now(), today=TODAY)
    assert shelf.counts(Filters(), TODAY) == {
        State.SHOWN: 4,
        State.LAPSED: 1,
        State.SOON: 2,
        State.LATER: 1,
        State.GONE: 1,
    }


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(text="ESSAI_1"), 1),
        (Filters(text="%"), 0),
        (Filters(code="SAUV-02"), 1),
        (Filters(kind=Kind.FILE), 0),
        (Filters(visibility=Visibility.PROVIDER), 1),
    ],
)
def test_the_shelf_is_filtered(owner: Actor, filters: Filters, expected: int) -> None:
    proofs.note(owner, "SAUV-01", title="Essai_1")
    proofs.note(owner, "SAUV-02", title="EssaiX1", visibility=Visibility.PROVIDER)
    assert len(shelf.lines(filters, State.SHOWN, TODAY)) == expected


def test_the_shelf_says_what_each_proof_serves(owner: Actor) -> None:
    offering = make.offering()
    home = make.establishment()
    make.contract(home, offering, starts_on=TODAY)
    proofs.note(owner, "SAUV-02", "SAUV-01", offering_id=offering)
    (line,) = shelf.lines(Filters(offering_id=offering), State.SHOWN, TODAY)
    assert (line.codes, len(line.offerings), line.establishments, line.for_all) == (
        ["SAUV-01", "SAUV-02"],
        1,
        1,
        False,
    )


def test_the_shelf_reads_as_few_statements_for_many(owner: Actor) -> None:
    proofs.note(owner)
    with counted() as for_one:
        shelf.lines(Filters(), State.SHOWN, TODAY)
    for _ in range(5):
        proofs.note(owner)
    with counted() as for_many:
        shelf.lines(Filters(), State.SHOWN, TODAY)
    assert len(for_one) == len(for_many) == 2
