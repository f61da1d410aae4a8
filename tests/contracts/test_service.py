"""Contracts: signed in bulk, ended, removed, undone; and the stage that follows them."""

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from portal.audit.acts import AlreadyUndone
from portal.audit.models import AuditEvent
from portal.contracts import queries, service
from portal.contracts.models import Contract
from portal.contracts.signals import contracts_changed
from portal.contracts.signing import Wanted, shares
from portal.fleet import queries as fleet
from portal.fleet.models import Establishment, Stage
from portal.kit import clock
from portal.kit.errors import Conflict, NotFound, Refused
from tenants.access import Actor
from tenants.context import current_tenant_id, tenant_scope
from tenants.db import db
from tests import make
from tests.counting import counted

TODAY = date(2026, 6, 15)


def stage(establishment_id: uuid.UUID) -> Stage:
    db.session.expire_all()
    found: Stage = db.session.get_one(Establishment, (current_tenant_id(), establishment_id)).stage
    return found


def contracts() -> int:
    return db.session.scalar(select(func.count()).select_from(Contract)) or 0


def test_a_first_contract_makes_a_prospect_a_client(owner: Actor) -> None:
    home = make.establishment(stage=Stage.PROSPECT)
    offering = make.offering()
    service.sign(owner, Wanted([home], [offering], TODAY), today=TODAY)
    assert stage(home) is Stage.CLIENT


def test_a_contract_that_starts_tomorrow_leaves_a_prospect_a_prospect(owner: Actor) -> None:
    home = make.establishment(stage=Stage.PROSPECT)
    offering = make.offering()
    service.sign(owner, Wanted([home], [offering], TODAY + timedelta(1)), today=TODAY)
    assert stage(home) is Stage.PROSPECT


def test_the_sweep_makes_a_client_of_the_prospect_whose_day_has_come(owner: Actor) -> None:
    home = make.establishment(stage=Stage.PROSPECT)
    make.contract(home, make.offering(), starts_on=TODAY)
    moved = service.refresh_stages(None, TODAY)
    assert (list(moved), stage(home)) == ([home], Stage.CLIENT)


def test_a_last_contract_ended_makes_a_prospect_again_the_day_after(owner: Actor) -> None:
    home = make.establishment()
    contract = make.contract(home, make.offering(), starts_on=TODAY - timedelta(9))
    service.end(owner, contract, seen=None, ends_on=TODAY, today=TODAY)
    before = stage(home)
    service.refresh_stages([home], TODAY + timedelta(1))
    assert (before, stage(home)) == (Stage.CLIENT, Stage.PROSPECT)


def test_signing_twice_signs_once(owner: Actor) -> None:
    homes = [make.establishment() for _ in range(3)]
    offerings = [make.offering(), make.offering()]
    service.sign(owner, Wanted(homes, offerings, TODAY), today=TODAY)
    again = service.sign(owner, Wanted([*homes, *homes], offerings * 2, TODAY), today=TODAY)
    assert (again.act_id, contracts()) == (None, 6)


def test_the_preview_counts_who_receives_and_who_has(owner: Actor) -> None:
    homes = [make.establishment() for _ in range(3)]
    offering = make.offering()
    make.contract(homes[0], offering)
    (share,) = shares(Wanted([*homes, uuid.uuid4()], [offering], TODAY))
    assert (share.receive, share.have) == (2, 1)


def test_an_archived_establishment_receives_nothing(owner: Actor) -> None:
    home = make.establishment()
    offering = make.offering()
    fleet.establishment(home).archived_at = clock.now()
    db.session.commit()
    signed = service.sign(owner, Wanted([home], [offering], TODAY), today=TODAY)
    assert signed.contracts == 0


def test_a_past_contract_does_not_stop_a_new_one(owner: Actor) -> None:
    home, offering = make.establishment(), make.offering()
    make.contract(home, offering, starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31))
    signed = service.sign(owner, Wanted([home], [offering], date(2025, 1, 1)), today=TODAY)
    assert signed.contracts == 1


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "field"),
    [
        (date(2, 1, 1), None, "starts_on"),
        (date(9999, 1, 1), None, "starts_on"),
        (TODAY, date(9999, 12, 31), "ends_on"),
        (TODAY, TODAY - timedelta(1), "ends_on"),
    ],
)
def test_impossible_dates_are_refused(
    owner: Actor, starts_on: date, ends_on: date | None, field: str
) -> None:
    wanted = Wanted([make.establishment()], [make.offering()], starts_on, ends_on)
    with pytest.raises(Refused) as refusal:
        service.sign(owner, wanted, today=TODAY)
    assert refusal.value.field == field


def test_foreign_establishments_and_offerings_are_as_unknown(owner: Actor, stranger: Actor) -> None:
    with tenant_scope(stranger.tenant_id):
        db.session.rollback()
        theirs, sold = make.establishment(), make.offering()
        db.session.rollback()
    mine, offering = make.establishment(), make.offering()
    signed = service.sign(owner, Wanted([theirs, mine], [sold, offering], TODAY), today=TODAY)
    assert signed.contracts == 1


def test_undoing_a_signature_takes_its_contracts_back(owner: Actor) -> None:
    homes = [make.establishment(stage=Stage.PROSPECT) for _ in range(2)]
    signed = service.sign(owner, Wanted(homes, [make.offering()], TODAY), today=TODAY)
    assert signed.act_id
    undone = service.undo(owner, signed.act_id, at=clock.now(), today=TODAY)
    assert (undone.contracts, contracts(), stage(homes[0])) == (2, 0, Stage.PROSPECT)


def test_undoing_a_signature_leaves_what_somebody_changed_since(owner: Actor) -> None:
    homes = [make.establishment(stage=Stage.PROSPECT) for _ in range(2)]
    signed = service.sign(owner, Wanted(homes, [make.offering()], TODAY), today=TODAY)
    (line,) = queries.contracts_of(homes[0])
    service.end(owner, line.id, seen=None, ends_on=TODAY + timedelta(30), today=TODAY)
    assert signed.act_id
    undone = service.undo(owner, signed.act_id, at=clock.now(), today=TODAY)
    assert (undone.contracts, undone.kept, contracts()) == (1, 1, 1)


def test_an_act_is_undone_once(owner: Actor) -> None:
    signed = service.sign(
        owner, Wanted([make.establishment()], [make.offering()], TODAY), today=TODAY
    )
    assert signed.act_id
    service.undo(owner, signed.act_id, at=clock.now(), today=TODAY)
    with pytest.raises(AlreadyUndone):
        service.undo(owner, signed.act_id, at=clock.now(), today=TODAY)


def test_undoing_an_end_opens_the_contract_again(owner: Actor) -> None:
    home = make.establishment()
    contract = make.contract(home, make.offering(), starts_on=TODAY)
    act = service.end(owner, contract, seen=None, ends_on=TODAY, today=TODAY)
    service.undo(owner, act, at=clock.now(), today=TODAY)
    assert queries.contracts_of(home)[0].ends_on is None


def test_an_end_is_not_undone_over_a_contract_begun_since(owner: Actor) -> None:
    home, offering = make.establishment(), make.offering()
    contract = make.contract(home, offering, starts_on=TODAY - timedelta(90))
    act = service.end(owner, contract, seen=None, ends_on=TODAY - timedelta(1), today=TODAY)
    service.sign(owner, Wanted([home], [offering], TODAY), today=TODAY)
    with pytest.raises(Conflict):
        service.undo(owner, act, at=clock.now(), today=TODAY)


def test_undoing_a_removal_brings_the_contract_back(owner: Actor) -> None:
    home, offering = make.establishment(), make.offering()
    contract = make.contract(home, offering, starts_on=TODAY)
    act = service.remove(owner, contract, today=TODAY)
    gone = contracts()
    service.undo(owner, act, at=clock.now(), today=TODAY)
    assert (gone, queries.contracts_of(home)[0].starts_on) == (0, TODAY)


def test_a_removal_is_not_undone_beside_the_contract_signed_since(owner: Actor) -> None:
    home, offering = make.establishment(), make.offering()
    act = service.remove(owner, make.contract(home, offering, starts_on=TODAY), today=TODAY)
    service.sign(owner, Wanted([home], [offering], TODAY), today=TODAY)

    with pytest.raises(Conflict):
        service.undo(owner, act, at=clock.now(), today=TODAY)


def test_an_end_that_somebody_changed_since_is_not_undone(owner: Actor) -> None:
    home = make.establishment()
    contract = make.contract(home, make.offering(), starts_on=TODAY)
    act = service.end(owner, contract, seen=None, ends_on=TODAY + timedelta(300), today=TODAY)
    service.end(
        owner, contract, seen=TODAY + timedelta(300), ends_on=TODAY + timedelta(30), today=TODAY
    )

    with pytest.raises(Conflict):
        service.undo(owner, act, at=clock.now(), today=TODAY)

    assert queries.contracts_of(home)[0].ends_on == TODAY + timedelta(30)


def test_a_foreign_contract_is_as_unknown(owner: Actor, stranger: Actor) -> None:
    with tenant_scope(stranger.tenant_id):
        db.session.rollback()
        theirs = make.contract(make.establishment(), make.offering())
        db.session.rollback()
    for contract_id in (theirs, uuid.uuid4()):
        with pytest.raises(NotFound):
            service.end(owner, contract_id, seen=None, ends_on=TODAY, today=TODAY)


def test_those_above_are_told_whose_contracts_moved(owner: Actor) -> None:
    heard: list[list[uuid.UUID]] = []

    def listen(_sender: object, *, establishment_ids: list[uuid.UUID], today: date) -> None:
        heard.append(list(establishment_ids))

    home = make.establishment()
    with contracts_changed.connected_to(listen):
        service.sign(owner, Wanted([home], [make.offering()], TODAY), today=TODAY)
    assert heard == [[home]]


def test_each_establishment_keeps_a_trace_of_what_it_received(owner: Actor) -> None:
    homes = [make.establishment() for _ in range(2)]
    service.sign(owner, Wanted(homes, [make.offering()], TODAY), today=TODAY)
    db.session.flush()
    noted = db.session.scalars(
        select(AuditEvent.establishment_id).where(AuditEvent.action == "contract.signed")
    ).all()
    assert sorted(noted, key=str) == sorted(homes, key=str)


def test_signing_for_many_takes_as_few_statements_as_for_few(owner: Actor) -> None:
    offerings = [make.offering(), make.offering()]
    few = [make.establishment() for _ in range(2)]
    many = [make.establishment() for _ in range(40)]
    with contracts_changed.muted(), counted() as for_few:
        service.sign(owner, Wanted(few, offerings, TODAY), today=TODAY)
        db.session.flush()
    with contracts_changed.muted(), counted() as for_many:
        service.sign(owner, Wanted(many, offerings, TODAY), today=TODAY)
        db.session.flush()
    assert len(for_many) == len(for_few) <= 12
