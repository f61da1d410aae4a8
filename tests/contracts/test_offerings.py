"""Offerings adopted, written, edited and archived."""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from portal.contracts import bearers, offerings, queries, rewriting, service
from portal.contracts.models import Bearer, Part
from portal.contracts.offerings import Content, Served
from portal.contracts.rewriting import ChangedMeanwhile
from portal.contracts.signals import contracts_changed, offerings_changed
from portal.contracts.signing import Wanted
from portal.fleet import queries as fleet
from portal.guide import loader
from portal.kit import clock
from portal.kit.errors import Refused
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


def outside(home: uuid.UUID, code: str) -> bool:
    edition = loader.current()
    table = bearers.table(fleet.establishment(home), edition, TODAY)
    rows = table[edition.requirement(code).question]
    return next(row.outside for row in rows if row.requirement.code == code)


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
    rewriting.edit(owner, edition, line.id, content("La nôtre"), version=1, today=TODAY)
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
    rewriting.edit(
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
    rewriting.edit(owner, loader.current(), made.id, content("B"), version=1, today=TODAY)
    with pytest.raises(ChangedMeanwhile):
        rewriting.edit(owner, loader.current(), made.id, content("C"), version=1, today=TODAY)


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
        rewriting.edit(owner, edition, made.id, carried, version=1, today=TODAY)
        rewriting.edit(owner, edition, made.id, carried, version=2, today=TODAY)
    assert heard == [[home]]


def test_including_an_offering_brings_it_to_every_client(owner: Actor) -> None:
    made = offerings.create(owner, loader.current(), content("A"), today=TODAY)
    homes = {client_with(make.offering()) for _ in range(2)}
    make.establishment()
    rewriting.edit(
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
    assert (outside(home, "SAUV-02"), signed.contracts) == (False, 0)


def test_a_name_taken_meanwhile_stops_a_return(owner: Actor) -> None:
    made = offerings.create(owner, loader.current(), content("A"), today=TODAY)
    offerings.archive(owner, made.id, at=clock.now(), today=TODAY)
    offerings.create(owner, loader.current(), content("A"), today=TODAY)
    with pytest.raises(Refused):
        offerings.restore(owner, made.id, today=TODAY)
