"""The sheet of an establishment, as a browser without scripts meets it."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.fleet import service
from portal.fleet.models import Establishment
from portal.kit import clock
from tenants.access import Actor
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db
from tests import make
from tests.conftest import sign_in
from tests.fleet.importer.samples import EHPAD

SHEET = {"name": "EHPAD Les Tilleuls", "finess": EHPAD, "postcode": "01440", "city": "Valbrume"}


@pytest.fixture
def visitor(client: FlaskClient, owner: Actor) -> Iterator[FlaskClient]:
    """The owner's browser; requests open their own scope."""
    sign_in(client, owner)
    db.session.remove()
    with entered(NO_SCOPE):
        yield client


def added(visitor: FlaskClient) -> str:
    """The address of a new establishment."""
    answer = visitor.post("/acme/parc/nouveau", data=SHEET)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_the_new_sheet_offers_categories_by_family_and_no_closed_one(visitor: FlaskClient) -> None:
    page = visitor.get("/acme/parc/nouveau").text

    assert '<optgroup label="Personnes âgées">' in page
    assert 'value="500"' in page
    assert 'value="437"' not in page


def test_an_establishment_is_added_edited_archived_and_brought_back(visitor: FlaskClient) -> None:
    address = added(visitor)
    page = visitor.get(f"{address}/fiche").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    saved = visitor.post(
        f"{address}/fiche", data={**SHEET, "city": "Montclair", "version": version[1]}
    )
    archived = visitor.post(f"{address}/archiver")
    listed = visitor.get("/acme/parc/archives").text
    restored = visitor.post(f"{address}/reprendre")

    assert (saved.status_code, archived.status_code, restored.status_code) == (303, 303, 303)
    assert "EHPAD Les Tilleuls" in listed
    assert "Montclair" in listed


def test_what_was_typed_survives_a_refusal(visitor: FlaskClient) -> None:
    answer = visitor.post("/acme/parc/nouveau", data={**SHEET, "finess": "2,601E+08"})

    assert answer.status_code == 422
    assert 'value="2,601E+08"' in answer.text
    assert 'id="finess-error"' in answer.text


def test_the_second_editor_keeps_her_words_and_sees_the_saved_ones(visitor: FlaskClient) -> None:
    address = added(visitor)
    visitor.post(f"{address}/fiche", data={**SHEET, "city": "Première", "version": "1"})

    answer = visitor.post(f"{address}/fiche", data={**SHEET, "city": "Seconde", "version": "1"})

    assert answer.status_code == 409
    assert 'value="Seconde"' in answer.text
    assert "Première" in answer.text
    assert 'name="version" value="2"' in answer.text


def test_a_condition_the_guide_does_not_know_is_dropped(visitor: FlaskClient, owner: Actor) -> None:
    visitor.post("/acme/parc/nouveau", data={**SHEET, "conditions": ["always", "moon_base"]})

    db.session.remove()
    with tenant_scope(owner.tenant_id):
        (row,) = db.session.scalars(select(Establishment)).all()
        assert row.conditions == []
        db.session.remove()


def test_a_sheet_of_another_tenant_does_not_exist(
    visitor: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    with tenant_scope(owner.tenant_id):
        establishment_id = make.establishment()
        db.session.remove()
    sign_in(visitor, stranger)
    address = f"/globex/etablissements/{establishment_id}"

    assert visitor.get(f"{address}/fiche").status_code == 404
    assert visitor.post(f"{address}/fiche", data={**SHEET, "version": "1"}).status_code == 404
    assert visitor.post(f"{address}/archiver").status_code == 404


def test_a_long_archive_is_shown_whole_page_by_page(visitor: FlaskClient, owner: Actor) -> None:
    with tenant_scope(owner.tenant_id):
        for number in range(53):
            place = make.establishment(f"Foyer {number:03}")
            service.archive(owner, place, at=clock.now())
        db.session.commit()
        db.session.remove()

    pages = [visitor.get(f"/acme/parc/archives{asked}").text for asked in ("", "?page=2")]

    shown = [set(re.findall(r"Foyer \d{3}", page)) for page in pages]
    assert [len(it) for it in shown] == [50, 3]
    assert len(shown[0] | shown[1]) == 53
    assert "51 à 53 sur 53" in pages[1]
