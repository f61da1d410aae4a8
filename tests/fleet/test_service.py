"""Establishments by hand."""

import dataclasses
import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.fleet import queries, service
from portal.fleet.models import Establishment, ManagingBody, Stage, Tier
from portal.fleet.service import Sheet
from portal.fleet.signals import establishments_changed
from portal.kit import clock
from portal.kit.errors import NotFound, Refused
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import make
from tests.fleet.importer.samples import EHPAD, IME

TODAY = date(2026, 11, 23)
SHEET = Sheet(
    name="EHPAD Les Tilleuls",
    finess="01 000 012 3",
    managing_body="Association Inventée",
    category_code="500",
    postcode="01440",
    city="Valbrume",
)


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """What the fleet told whoever listens."""
    heard: list[dict[str, Any]] = []

    def hear(_sender: object, **said: Any) -> None:
        heard.append(said)

    with establishments_changed.connected_to(hear):
        yield heard


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.at)))


def test_a_new_establishment_is_a_prospect_whose_place_is_known(owner: Actor) -> None:
    row = service.add(owner, SHEET)

    assert (row.finess, row.stage) == (EHPAD, Stage.PROSPECT)
    assert (row.departement, row.region) == ("01", "Auvergne-Rhône-Alpes")
    assert row.search == f"ehpad les tilleuls {EHPAD} valbrume association inventee"
    assert actions() == ["establishment.added"]


def test_a_managing_body_already_known_is_not_made_twice(owner: Actor) -> None:
    service.add(owner, SHEET)
    service.add(owner, dataclasses.replace(SHEET, finess=IME, managing_body="association inventée"))

    assert len(db.session.scalars(select(ManagingBody)).all()) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"finess": "2,601E+08"}, "finess"),
        ({"finess": "123"}, "finess"),
        ({"siret": "12"}, "siret"),
    ],
)
def test_a_wrong_number_is_refused_beside_its_field(
    owner: Actor, change: dict[str, str], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        service.add(owner, dataclasses.replace(SHEET, **change))  # type: ignore[arg-type]  # mypy cannot follow a test's table

    assert refused.value.field == field


def test_a_doubtful_check_digit_is_taken_and_said(owner: Actor) -> None:
    sheet = dataclasses.replace(SHEET, finess="010000124")

    assert service.add(owner, sheet).finess == "010000124"
    assert len(service.doubts(sheet)) == 1


@pytest.mark.parametrize("typed", ["12345678901234", "123 456 789 01234"])
def test_a_siret_that_fails_its_check_is_taken_and_said(owner: Actor, typed: str) -> None:
    sheet = dataclasses.replace(SHEET, siret=typed)

    assert service.add(owner, sheet).siret == "12345678901234"
    assert ["12345678901234" in it for it in service.doubts(sheet)] == [True]


def test_a_number_already_in_the_fleet_is_refused(owner: Actor) -> None:
    service.add(owner, SHEET)

    with pytest.raises(service.NumberTaken):
        service.add(owner, SHEET)


def test_an_edited_sheet_says_what_changed(owner: Actor, told: list[dict[str, Any]]) -> None:
    row = service.add(owner, SHEET)
    new = dataclasses.replace(SHEET, city="Montclair")

    service.edit(owner, row.id, new, version=1, today=TODAY)

    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "establishment.edited")
    ).one()
    assert event.details["changes"] == {"city": ["Valbrume", "Montclair"]}
    assert (row.version, "montclair" in row.search) == (2, True)
    assert told == []


def test_saving_without_a_change_changes_nothing(owner: Actor) -> None:
    row = service.add(owner, SHEET)

    service.edit(owner, row.id, SHEET, version=1, today=TODAY)

    assert (row.version, actions()) == (1, ["establishment.added"])


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(owner: Actor) -> None:
    row = service.add(owner, SHEET)
    service.edit(owner, row.id, dataclasses.replace(SHEET, city="A"), version=1, today=TODAY)

    with pytest.raises(service.Stale):
        service.edit(owner, row.id, dataclasses.replace(SHEET, city="B"), version=1, today=TODAY)

    assert row.city == "A"


def test_a_change_of_tier_or_conditions_is_told_upwards(
    owner: Actor, told: list[dict[str, Any]]
) -> None:
    row = service.add(owner, SHEET)

    service.edit(
        owner, row.id, dataclasses.replace(SHEET, tier=Tier.REINFORCED), version=1, today=TODAY
    )

    assert told == [{"establishment_ids": [row.id], "today": TODAY}]


def test_an_archived_establishment_leaves_and_comes_back_as_it_was(owner: Actor) -> None:
    row = service.add(owner, SHEET)

    service.archive(owner, row.id, at=clock.now())
    archived, number = queries.archived(1, per_page=50)
    service.restore(owner, row.id)

    assert ([it.id for it in archived], number) == ([row.id], 1)
    assert queries.archived(1, per_page=50) == ([], 0)
    assert actions() == [
        "establishment.added",
        "establishment.archived",
        "establishment.restored",
    ]


def test_another_tenant_s_establishment_is_not_there(owner: Actor, stranger: Actor) -> None:
    establishment_id = make.establishment()
    db.session.remove()

    with tenant_scope(stranger.tenant_id), pytest.raises(NotFound):
        service.archive(stranger, establishment_id, at=clock.now())
    db.session.remove()


def test_an_unknown_establishment_is_not_there(owner: Actor) -> None:
    with pytest.raises(NotFound):
        service.edit(owner, uuid.uuid4(), SHEET, version=1, today=TODAY)

    assert db.session.scalars(select(Establishment)).all() == []


def test_what_an_import_knew_better_survives_an_edit_that_does_not_speak_of_it(
    owner: Actor,
) -> None:
    row = service.add(owner, SHEET)
    row.category_code, row.category_label, row.long_name = "998", "Maison inventée", "Aux Tilleuls"
    row.departement, row.region = "2A", "Corse"
    db.session.flush()
    new = dataclasses.replace(SHEET, category_code="998", city="Montclair")

    service.edit(owner, row.id, new, version=1, today=TODAY)

    assert (row.category_label, row.region) == ("Maison inventée", "Corse")
    assert "aux tilleuls" in row.search


def test_an_edit_keeps_to_the_managing_body_it_had_among_namesakes(owner: Actor) -> None:
    row = service.add(owner, SHEET)
    namesake = ManagingBody(name="ASSOCIATION INVENTÉE", finess="010000008")
    db.session.add(namesake)
    db.session.flush()
    row.managing_body_id = namesake.id
    db.session.flush()

    service.edit(owner, row.id, dataclasses.replace(SHEET, city="A"), version=1, today=TODAY)

    assert row.managing_body_id == namesake.id
