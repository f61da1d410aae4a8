"""The pages of offerings, by real requests."""

import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.contracts import queries
from portal.contracts.models import Offering
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import make
from tests.conftest import sign_in
from tests.counting import counted

UNKNOWN = uuid.UUID(int=7)


def on_sale() -> list[uuid.UUID]:
    db.session.rollback()
    found = [row[0] for row in queries.on_sale()]
    db.session.rollback()
    return found


def foreign_offering(stranger: Actor) -> uuid.UUID:
    with tenant_scope(stranger.tenant_id):
        db.session.rollback()
        offering = make.offering()
        db.session.rollback()
    return offering


def test_a_new_provider_adopts_the_fourteen_in_one_click(at_work: FlaskClient) -> None:
    first = at_work.get("/acme/prestations").text
    answer = at_work.post("/acme/prestations/adopter", data={"all": "1"})
    names = db.session.scalar(select(func.count()).select_from(Offering))
    assert "Reprendre les quatorze" in first
    assert (answer.status_code, names) == (303, 14)


def test_the_list_takes_as_few_statements_for_many_offerings(at_work: FlaskClient) -> None:
    make.offering()
    at_work.get("/acme/prestations")
    with counted() as for_one:
        at_work.get("/acme/prestations")
    for _ in range(10):
        make.contract(make.establishment(), make.offering(carries=["SAUV-01"]))
    with counted() as for_many:
        at_work.get("/acme/prestations")
    assert len(for_many) == len(for_one) <= 4


def test_a_foreign_offering_answers_like_an_unknown_one(
    at_work: FlaskClient, stranger: Actor
) -> None:
    theirs = foreign_offering(stranger)
    answers = [at_work.get(f"/acme/prestations/{one}").data for one in (theirs, UNKNOWN)]
    statuses = [
        at_work.post(f"/acme/prestations/{one}/archiver").status_code for one in (theirs, UNKNOWN)
    ]
    assert (answers[0] == answers[1], statuses) == (True, [404, 404])


def test_an_offering_is_written_with_its_requirements(at_work: FlaskClient) -> None:
    answer = at_work.post(
        "/acme/prestations/nouvelle",
        data={
            "name": "  Sauvegarde isolée ",
            "part-SAUV-01": "carries",
            "bearer-SAUV-01": "shared",
            "remains-SAUV-01": "Signer.",
            "part-SAUV-02": "",
        },
    )
    made = db.session.scalars(select(Offering)).one()
    (row,) = queries.served(made.id, make.EDITION)
    assert (answer.status_code, made.name, made.code) == (
        303,
        "Sauvegarde isolée",
        "sauvegarde-isolee",
    )
    assert (row.requirement_code, row.part, row.bearer, row.remains) == (
        "SAUV-01",
        "carries",
        "shared",
        "Signer.",
    )


@pytest.mark.parametrize(
    "typed",
    [
        {"name": ""},
        {"name": "x" * 200},
        {"name": "A", "part-SAUV-01": "everything"},
        {"name": "A", "part-SAUV-01": "carries", "bearer-SAUV-01": "nobody"},
        {"name": "A", "part-SAUV-01": "carries", "remains-SAUV-01": "x" * 1001},
    ],
)
def test_what_makes_no_offering_is_refused_and_kept_on_screen(
    at_work: FlaskClient, typed: dict[str, str]
) -> None:
    answer = at_work.post("/acme/prestations/nouvelle", data={**typed, "description": "Mes mots"})
    assert (answer.status_code, "Mes mots" in answer.text) == (422, True)


def test_the_second_of_two_editors_is_told_and_loses_nothing(at_work: FlaskClient) -> None:
    offering = make.offering()
    address = f"/acme/prestations/{offering}/modifier"
    at_work.post(address, data={"name": "Le premier nom", "version": "1"})
    answer = at_work.post(address, data={"name": "Le second nom", "version": "1"})
    assert answer.status_code == 409
    assert "Le premier nom" in answer.text
    assert "Le second nom" in answer.text
    assert 'name="version" value="2"' in answer.text


def test_archiving_is_undone_from_its_message(at_work: FlaskClient) -> None:
    offering = make.offering()
    at_work.post(f"/acme/prestations/{offering}/archiver")
    archived = on_sale()
    at_work.post(f"/acme/prestations/{offering}/reprendre")
    assert (archived, on_sale()) == ([], [offering])


def test_a_technician_reads_offerings_and_changes_none(
    client: FlaskClient, technician: Actor
) -> None:
    offering = make.offering()
    sign_in(client, technician)
    page = client.get(f"/acme/prestations/{offering}")
    assert (page.status_code, "Modifier" in page.text) == (200, False)
    assert client.post("/acme/prestations/adopter", data={"all": "1"}).status_code == 403
