"""Who bears what at an establishment, and the contract that says otherwise."""

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.contracts import bearers, offerings, queries, service
from portal.contracts.bearers import Responsibility
from portal.contracts.models import Bearer, ContractBearer, Part
from portal.contracts.offerings import Content, Served
from portal.contracts.signals import contracts_changed
from portal.fleet import queries as fleet
from portal.fleet.models import Tier
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import Conflict, Refused
from portal.tracking.models import TrackedRequirement
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.counting import counted

TODAY = date(2026, 6, 15)
EDITION = make.EDITION


def content(name: str = "Sauvegarde", *served: Served, included: bool = False) -> Content:
    return Content(name, "", included, served)


def client_with(*offering_ids: uuid.UUID) -> uuid.UUID:
    home = make.establishment()
    for offering_id in offering_ids:
        make.contract(home, offering_id, starts_on=TODAY - timedelta(90))
    return home


def borne(home: uuid.UUID, code: str) -> Responsibility:
    edition = loader.current()
    rows = bearers.table(fleet.establishment(home), edition, TODAY)
    return next(
        row for row in rows[edition.requirement(code).question] if row.requirement.code == code
    )


def share(actor: Actor, home: uuid.UUID, code: str, bearer: Bearer | None, seen: Bearer) -> None:
    bearers.share(
        actor,
        fleet.establishment(home),
        loader.current(),
        code,
        bearer=bearer,
        reason="Convenu avec la direction" if bearer else "",
        seen=seen,
        today=TODAY,
    )


def test_what_no_offering_serves_is_outside_the_contract(owner: Actor) -> None:
    home = client_with(make.offering(carries=["SAUV-02"]))
    row = borne(home, "SAUV-03")
    assert (row.outside, row.bearer) == (True, Bearer.ESTABLISHMENT)


def test_an_offering_that_is_over_serves_nothing(owner: Actor) -> None:
    home = make.establishment()
    over = TODAY - timedelta(1)
    make.contract(
        home, make.offering(carries=["SAUV-02"]), starts_on=date(2024, 1, 1), ends_on=over
    )
    assert borne(home, "SAUV-02").outside


def test_the_guide_says_who_bears_what_unless_the_offering_does(owner: Actor) -> None:
    made = offerings.create(
        owner,
        loader.current(),
        content(
            "A", Served("SAUV-02", Part.CARRIES), Served("SAUV-03", Part.CARRIES, Bearer.SHARED)
        ),
        today=TODAY,
    )
    home = client_with(made.id)
    assert [borne(home, code).bearer for code in ("SAUV-02", "SAUV-03")] == [
        Bearer.PROVIDER,
        Bearer.SHARED,
    ]


def test_the_whole_table_is_read_in_two_statements(owner: Actor) -> None:
    home = client_with(make.offering(carries=["SAUV-02"]))
    found = fleet.establishment(home)
    with counted() as sent:
        table = bearers.table(found, loader.current(), TODAY)
    assert (len(sent), sum(len(rows) for rows in table.values())) == (2, 79)


def test_reinforced_requirements_do_not_count_for_the_baseline(owner: Actor) -> None:
    reinforced = next(r for r in loader.current().requirements if r.tier == "reinforced")
    home = make.establishment(conditions=[reinforced.condition])
    plain = borne(home, reinforced.code).applies
    fleet.establishment(home).tier = Tier.REINFORCED
    assert (plain, borne(home, reinforced.code).applies) == (False, True)


@pytest.mark.parametrize("included", [False, True])
def test_a_contract_may_say_otherwise_and_follow_again(owner: Actor, included: bool) -> None:
    """Included offerings have no contract of their own: another one says it for them."""
    offering = make.offering(carries=["SAUV-02"], included=included)
    home = client_with(make.offering() if included else offering)
    contracts_changed.send(establishment_ids=[home], today=TODAY)
    share(owner, home, "SAUV-02", Bearer.SHARED, Bearer.PROVIDER)
    otherwise = (borne(home, "SAUV-02"), tracked(home))
    share(owner, home, "SAUV-02", None, Bearer.SHARED)
    again = (borne(home, "SAUV-02"), tracked(home))
    assert (otherwise[0].bearer, otherwise[0].overridden, otherwise[1]) == (
        Bearer.SHARED,
        True,
        Bearer.SHARED,
    )
    assert (again[0].bearer, again[0].overridden, again[1]) == (
        Bearer.PROVIDER,
        False,
        Bearer.PROVIDER,
    )


def tracked(home: uuid.UUID) -> Bearer:
    """Who bears SAUV-02 there, as tracking keeps it."""
    db.session.expire_all()
    found: Bearer = db.session.scalars(
        select(TrackedRequirement.bearer).where(
            TrackedRequirement.establishment_id == home,
            TrackedRequirement.requirement_code == "SAUV-02",
        )
    ).one()
    return found


def test_a_difference_needs_its_reason(owner: Actor) -> None:
    home = client_with(make.offering(carries=["SAUV-02"]))
    with pytest.raises(Refused) as refusal:
        bearers.share(
            owner,
            fleet.establishment(home),
            loader.current(),
            "SAUV-02",
            bearer=Bearer.SHARED,
            reason="",
            seen=Bearer.PROVIDER,
            today=TODAY,
        )
    assert refusal.value.field == "reason"


def test_who_decided_on_what_has_changed_is_told(owner: Actor) -> None:
    home = client_with(make.offering(carries=["SAUV-02"]))
    share(owner, home, "SAUV-02", Bearer.SHARED, Bearer.PROVIDER)
    with pytest.raises(Conflict):
        share(owner, home, "SAUV-02", Bearer.ESTABLISHMENT, Bearer.PROVIDER)


def test_outside_the_contracts_nobody_shares_anything(owner: Actor) -> None:
    home = client_with(make.offering(carries=["SAUV-02"]))
    with pytest.raises(Refused):
        share(owner, home, "SAUV-03", Bearer.SHARED, Bearer.ESTABLISHMENT)


def test_a_removed_contract_takes_its_differences_away_and_undoing_brings_them_back(
    owner: Actor,
) -> None:
    home = client_with(make.offering(carries=["SAUV-02"]))
    share(owner, home, "SAUV-02", Bearer.SHARED, Bearer.PROVIDER)
    (line,) = queries.contracts_of(home)
    act = service.remove(owner, line.id, today=TODAY)
    gone = db.session.scalars(select(ContractBearer)).all()
    service.undo(owner, act, at=clock.now(), today=TODAY)
    assert (gone, borne(home, "SAUV-02").bearer) == ([], Bearer.SHARED)
