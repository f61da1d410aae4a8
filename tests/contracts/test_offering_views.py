"""The pages of offerings, by real requests."""

import uuid

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.contracts import queries
from portal.contracts.models import Offering
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import make
from tests.conftest import sign_in
from tests.counting import counted
from tests.tracking import scene

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


def test_nothing_chosen_is_told_as_such(at_work: FlaskClient) -> None:
    """In a space without offerings, not one of them « is there already »."""
    answer = at_work.post("/acme/prestations/adopter", data={}, follow_redirects=True)

    assert "Choisissez au moins une prestation." in answer.text
    assert db.session.scalar(select(func.count()).select_from(Offering)) == 0


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
        {"name": "A", "part-SAUV-01": "carries", "proof-SAUV-01": "x" * 301},
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


def test_a_name_that_was_emptied_is_told_and_blamed_on_nobody_else(at_work: FlaskClient) -> None:
    """Its version was not read: that is no sign that another saved it meanwhile."""
    offering = make.offering()
    address = f"/acme/prestations/{offering}/modifier"
    answer = at_work.post(address, data={"name": " ", "version": "1"})

    assert answer.status_code == 422
    assert "pendant que vous écriviez" not in answer.text
    assert "Donnez un nom à la prestation." in answer.text
    assert 'href="#name"' in answer.text


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


CODE = "SAUV-02"


@pytest.fixture
def offering(owner: Actor) -> uuid.UUID:
    """It carries a requirement and says that this is done, at two clients."""
    found = make.offering(carries=[CODE])
    for name in ("Les Aulnes", "Les Bouleaux"):
        scene.client(found, name=name, since=clock.today(), today=clock.today())
    scene.declare(owner, found, today=clock.today())
    return found


def served(offering: uuid.UUID) -> list[str]:
    db.session.rollback()
    found = [row.requirement_code for row in queries.served(offering, make.EDITION)]
    db.session.rollback()
    return found


def words(page: TestResponse) -> str:
    """What a preview says, its blanks made plain."""
    panel = BeautifulSoup(page.text, "html.parser").select_one("section[aria-labelledby=apercu]")
    assert panel is not None
    return " ".join(panel.get_text(" ").split())


def test_what_will_move_is_told_before_it_is_saved_and_what_was_typed_stays(
    at_work: FlaskClient, offering: uuid.UUID
) -> None:
    address = f"/acme/prestations/{offering}/modifier"
    typed = {"name": "Autre nom", "version": "1", "part-SAUV-03": "supports", "preview": "1"}
    page = at_work.post(address, data=typed)

    told = words(page)
    assert page.status_code == 200
    assert "2 établissements ont cette prestation" in told
    assert "porte → ne s’en occupe pas" in told
    assert "prestataire → établissement chez 2" in told
    assert "en place → sans réponse chez 2" in told
    assert "Les Aulnes" in told
    assert 'value="Autre nom"' in page.text
    assert 'name="version" value="1"' in page.text
    assert served(offering) == [CODE]


def test_a_saved_offering_is_undone_from_its_message(
    at_work: FlaskClient, offering: uuid.UUID
) -> None:
    address = f"/acme/prestations/{offering}/modifier"
    at_work.post(address, data={"name": "Autre nom", "version": "1"})
    page = at_work.get(f"/acme/prestations/{offering}")
    form = BeautifulSoup(page.text, "html.parser").select_one('form[action$="/annuler"]')
    assert form is not None

    without = served(offering)
    undone = at_work.post(str(form["action"]), follow_redirects=True)
    again = at_work.post(str(form["action"]))

    assert (without, served(offering)) == ([], [CODE])
    assert (undone.status_code, again.status_code) == (200, 409)
    assert "a annulé une modification de cette prestation" in undone.text


def test_what_cannot_be_undone_any_more_is_said_in_words(
    at_work: FlaskClient, offering: uuid.UUID
) -> None:
    address = f"/acme/prestations/{offering}/modifier"
    at_work.post(address, data={"name": "Autre nom", "version": "1"})
    page = at_work.get(f"/acme/prestations/{offering}")
    form = BeautifulSoup(page.text, "html.parser").select_one('form[action$="/annuler"]')
    assert form is not None
    at_work.post(address, data={"name": "Encore un", "version": "2"})

    told = at_work.post(str(form["action"]))

    assert told.status_code == 409
    assert "Quelqu’un a modifié cette prestation depuis" in told.text


@pytest.mark.parametrize(
    "typed",
    [
        {"name": ""},
        {"name": "A", "part-SAUV-01": "everything"},
        {"name": "A", "part-SAUV-01": "carries", "bearer-SAUV-01": "nobody"},
        {"name": "A", "version": "x"},
        {"name": "A", "version": "9" * 40},
        {"name": "A\0", "version": "-1"},
    ],
)
def test_a_preview_of_nonsense_is_refused_and_kept_on_screen(
    at_work: FlaskClient, offering: uuid.UUID, typed: dict[str, str]
) -> None:
    address = f"/acme/prestations/{offering}/modifier"
    data = {"version": "1", **typed, "description": "Mes mots", "preview": "1"}
    answer = at_work.post(address, data=data)

    assert answer.status_code in (409, 422)
    assert "Mes mots" in answer.text
    assert "apercu" not in answer.text
    assert served(offering) == [CODE]


def test_whoever_only_reads_offerings_looks_at_no_move_and_undoes_nothing(
    client: FlaskClient, technician: Actor, offering: uuid.UUID
) -> None:
    sign_in(client, technician)
    address = f"/acme/prestations/{offering}/modifier"
    preview = client.post(address, data={"name": "A", "version": "1", "preview": "1"})
    undone = client.post(f"/acme/prestations/actes/{UNKNOWN}/annuler")

    assert (preview.status_code, undone.status_code) == (403, 403)


def test_a_preview_of_a_foreign_offering_is_one_of_an_unknown_one(
    at_work: FlaskClient, stranger: Actor
) -> None:
    theirs = foreign_offering(stranger)
    data = {"name": "A", "version": "1", "preview": "1"}
    answers = [
        at_work.post(f"/acme/prestations/{one}/modifier", data=data) for one in (theirs, UNKNOWN)
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
