"""Offerings adopted, written, edited and archived; and who bears what under them."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.contracts import bearers, offerings, queries, service
from portal.contracts.bearers import Responsibility
from portal.contracts.models import Bearer, ContractBearer, Part
from portal.contracts.offerings import ChangedMeanwhile, Content, Served
from portal.contracts.signals import contracts_changed, offerings_changed
from portal.contracts.signing import Wanted
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


def client_with(*offering_ids: uuid.UUID) -> uuid.UUID:
    home = make.establishment()
    for offering_id in offering_ids:
        make.contract(home, offering_id, starts_on=TODAY - timedelta(90))
    return home


def test_the_fourteen_usual_offerings_are_adopted_once(owner: Actor) -> None:
    edition = loader.current()
    first = offerings.adopt(owner, edition, codes=None, today=TODAY)
    again = offerings.adopt(owner, edition, codes=None, today=TODAY)
    lines = queries.offerings(EDITION, TODAY)
    assert (len(first), len(again), len(lines)) == (14, 0, 14)
    assert [line.code for line in lines] == [template.code for template in edition.offerings]


def test_an_adopted_offering_says_what_it_carries_and_what_remains(owner: Actor) -> None:
    edition = loader.current()
    offerings.adopt(owner, edition, codes=["sauvegarde"], today=TODAY)
    (line,) = queries.offerings(EDITION, TODAY)
    rows = {row.requirement_code: row for row in queries.served(line.id, EDITION)}
    assert (line.carries, line.supports) == (7, 2)
    assert rows["SAUV-01"].remains == edition.requirement("SAUV-01").remains != ""


def test_adopting_leaves_what_was_changed_since(owner: Actor) -> None:
    edition = loader.current()
    offerings.adopt(owner, edition, codes=["sauvegarde"], today=TODAY)
    (line,) = queries.offerings(EDITION, TODAY)
    offerings.edit(owner, edition, line.id, content("La nôtre"), version=1, today=TODAY)
    offerings.adopt(owner, edition, codes=None, today=TODAY)
    assert queries.offering(line.id).name == "La nôtre"


def test_unknown_codes_adopt_nothing(owner: Actor) -> None:
    assert offerings.adopt(owner, loader.current(), codes=["nope", ""], today=TODAY) == []


def test_adopting_all_takes_a_handful_of_statements(owner: Actor) -> None:
    with contracts_changed.muted(), counted() as sent:
        offerings.adopt(owner, loader.current(), codes=None, today=TODAY)
        db.session.flush()
    assert len(sent) <= 4


def test_two_offerings_on_sale_bear_two_names(owner: Actor) -> None:
    offerings.create(owner, loader.current(), content("Sauvegarde"), today=TODAY)
    with pytest.raises(Refused) as refusal:
        offerings.create(owner, loader.current(), content("SAUVEGARDE"), today=TODAY)
    assert refusal.value.field == "name"


def test_two_names_that_look_alike_get_two_codes(owner: Actor) -> None:
    for name in ("Réseau !", "réseau ?"):
        offerings.create(owner, loader.current(), content(name), today=TODAY)
    assert len(queries.offering_codes()) == 2


def test_an_edit_adds_changes_and_takes_away_requirements(owner: Actor) -> None:
    edition = loader.current()
    made = offerings.create(
        owner,
        edition,
        content("A", Served("SAUV-01", Part.CARRIES), Served("SAUV-02", Part.CARRIES)),
        today=TODAY,
    )
    offerings.edit(
        owner,
        edition,
        made.id,
        content(
            "A",
            Served("SAUV-02", Part.SUPPORTS, Bearer.SHARED, "Signer."),
            Served("SAUV-03", Part.CARRIES),
        ),
        version=1,
        today=TODAY,
    )
    found = [
        (row.requirement_code, row.part, row.bearer, row.remains)
        for row in queries.served(made.id, EDITION)
    ]
    assert found == [
        ("SAUV-02", Part.SUPPORTS, Bearer.SHARED, "Signer."),
        ("SAUV-03", Part.CARRIES, None, ""),
    ]


def test_the_second_of_two_editors_is_told(owner: Actor) -> None:
    made = offerings.create(owner, loader.current(), content("A"), today=TODAY)
    offerings.edit(owner, loader.current(), made.id, content("B"), version=1, today=TODAY)
    with pytest.raises(ChangedMeanwhile):
        offerings.edit(owner, loader.current(), made.id, content("C"), version=1, today=TODAY)


def test_those_above_are_told_which_clients_an_edit_moves(owner: Actor) -> None:
    heard: list[Sequence[uuid.UUID]] = []

    def listen(_sender: object, *, establishment_ids: Sequence[uuid.UUID], today: date) -> None:
        heard.append(establishment_ids)

    edition = loader.current()
    made = offerings.create(owner, edition, content("A"), today=TODAY)
    home = client_with(made.id)
    client_with(make.offering())
    carried = content("A", Served("SAUV-01", Part.CARRIES))
    with offerings_changed.connected_to(listen):
        offerings.edit(owner, edition, made.id, carried, version=1, today=TODAY)
        offerings.edit(owner, edition, made.id, carried, version=2, today=TODAY)
    assert heard == [[home]]


def test_including_an_offering_brings_it_to_every_client(owner: Actor) -> None:
    made = offerings.create(owner, loader.current(), content("A"), today=TODAY)
    homes = {client_with(make.offering()) for _ in range(2)}
    make.establishment()
    offerings.edit(
        owner, loader.current(), made.id, content("A", included=True), version=1, today=TODAY
    )
    assert set(queries.clients_of(made.id, TODAY)) == homes


def test_an_archived_offering_runs_on_where_it_is_signed_and_is_signed_no_more(
    owner: Actor,
) -> None:
    offering = make.offering(carries=["SAUV-02"])
    home, other = client_with(offering), make.establishment()
    offerings.archive(owner, offering, at=clock.now(), today=TODAY)
    signed = service.sign(owner, Wanted([other], [offering], TODAY), today=TODAY)
    assert (borne(home, "SAUV-02").outside, signed.contracts) == (False, 0)


def test_a_name_taken_meanwhile_stops_a_return(owner: Actor) -> None:
    made = offerings.create(owner, loader.current(), content("A"), today=TODAY)
    offerings.archive(owner, made.id, at=clock.now(), today=TODAY)
    offerings.create(owner, loader.current(), content("A"), today=TODAY)
    with pytest.raises(Refused):
        offerings.restore(owner, made.id, today=TODAY)


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
