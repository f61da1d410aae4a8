"""The pages of proofs, by real requests."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.evidence.models import Evidence, EvidenceLink, Visibility
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.counting import counted
from tests.evidence import proofs

UNKNOWN = uuid.UUID(int=7)
SHELF = "/acme/preuves"


def note(owner: Actor, *codes: str, **said: Any) -> uuid.UUID:
    """A proof that holds today, whenever the test runs."""
    said.setdefault("valid_until", clock.today() + timedelta(100))
    evidence_id = proofs.note(owner, *codes, today=clock.today(), **said)
    db.session.rollback()
    return evidence_id


def kept() -> Evidence:
    """The only proof there is; no transaction stays open behind."""
    db.session.rollback()
    found = db.session.scalars(select(Evidence)).one()
    db.session.expunge(found)
    db.session.rollback()
    return found


def test_every_page_opens(at_work: FlaskClient, owner: Actor) -> None:
    evidence_id = note(owner)
    pages = [
        SHELF,
        f"{SHELF}/export.csv",
        f"{SHELF}/nouvelle",
        f"{SHELF}/nouvelle?code=SAUV-04&establishment={UNKNOWN}",
        f"{SHELF}/etablissements?find=les",
        f"{SHELF}/{evidence_id}",
        f"{SHELF}/{evidence_id}/modifier",
        f"{SHELF}/{evidence_id}/retirer",
        f"{SHELF}/{evidence_id}/remplacer",
    ]
    assert {page: at_work.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


def test_a_last_day_long_past_is_told_once(at_work: FlaskClient, owner: Actor) -> None:
    """In days where it is near, by its date alone where it is not."""
    told = []
    for days in (60, 61):
        page = f"{SHELF}/{note(owner, valid_until=clock.today() - timedelta(days))}"
        cell = BeautifulSoup(at_work.get(page).text, "html.parser").select_one("dl.facts dd")
        assert cell is not None
        told.append([part.get_text() for part in cell.find_all("span", class_="quiet")])

    assert told == [["il y a 60 jours"], []]


def test_a_note_has_no_file_to_download(at_work: FlaskClient, owner: Actor) -> None:
    assert at_work.get(f"{SHELF}/{note(owner)}/fichier").status_code == 404


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""),
        ("GET", "/fichier"),
        ("GET", "/modifier"),
        ("GET", "/retirer"),
        ("GET", "/remplacer"),
        ("POST", "/modifier"),
        ("POST", "/lier"),
        ("POST", "/delier"),
        ("POST", "/retirer"),
        ("POST", "/retablir"),
        ("POST", "/remplacer"),
    ],
)
def test_a_foreign_proof_answers_like_an_unknown_one(
    at_work: FlaskClient, stranger: Actor, method: str, rest: str
) -> None:
    with tenant_scope(stranger.tenant_id):
        db.session.rollback()
        theirs = note(stranger)
    answers = [at_work.open(f"{SHELF}/{one}{rest}", method=method) for one in (theirs, UNKNOWN)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data


def test_a_proof_whose_period_has_not_begun_profits_nobody_today(
    at_work: FlaskClient, owner: Actor
) -> None:
    begins = clock.today() + timedelta(30)
    later = note(owner, covers_from=begins, valid_until=begins + timedelta(300))
    told = " ".join(at_work.get(f"{SHELF}/{later}").text.split())

    assert "Elle prouvera une exigence" in told
    assert "Sa période commence le" in told
    assert "aujourd’hui." not in told


def test_withdrawing_says_first_what_it_lowers(at_work: FlaskClient, owner: Actor) -> None:
    offering = make.offering()
    for _ in range(3):
        make.contract(make.establishment(), offering)
    evidence_id = note(owner, "SAUV-04", "SAUV-05", offering_id=offering)
    page = at_work.get(f"{SHELF}/{evidence_id}/retirer").text
    assert "3 établissements perdront la preuve" in page
    assert "de 2 exigences" in page


def test_a_withdrawal_is_undone_from_its_message(at_work: FlaskClient, owner: Actor) -> None:
    evidence_id = note(owner)
    at_work.post(f"{SHELF}/{evidence_id}/retirer")
    withdrawn = kept().withdrawn_at
    with at_work.session_transaction() as session:
        ((category, _message),) = session["_flashes"]
    at_work.post(category.removeprefix("undo:"))
    assert (withdrawn is None, kept().withdrawn_at) == (False, None)


def test_links_are_added_taken_away_and_put_back(at_work: FlaskClient, owner: Actor) -> None:
    evidence_id, offering = note(owner), make.offering()
    typed = {"codes": ["SAUV-04", "SAUV-05"], "level": "offering", "offering": offering}
    at_work.post(f"{SHELF}/{evidence_id}/lier", data=typed)
    at_work.post(f"{SHELF}/{evidence_id}/delier", data={**typed, "codes": ["SAUV-05"]})
    with at_work.session_transaction() as session:
        category = session["_flashes"][-1][0]
    left = len(db.session.scalars(select(EvidenceLink)).all())
    db.session.rollback()
    at_work.post(category.removeprefix("undo:"))
    assert (left, len(db.session.scalars(select(EvidenceLink)).all())) == (2, 3)


def test_the_next_proof_is_deposited_from_the_old_one(at_work: FlaskClient, owner: Actor) -> None:
    old = note(owner)
    answer = at_work.post(f"{SHELF}/{old}/remplacer", data={"body": "Essai de juin"})
    again = at_work.post(f"{SHELF}/{old}/remplacer", data={"body": "Essai de juillet"})
    page = at_work.get(f"{SHELF}/{old}").text
    assert (answer.status_code, again.status_code, "Remplacée par" in page) == (303, 409, True)
    assert "Version 1 sur 2" in page
    assert "Version 2 sur 2" in at_work.get(answer.headers["Location"]).text


def test_a_deed_that_was_done_already_speaks_of_no_text(at_work: FlaskClient, owner: Actor) -> None:
    address = f"{SHELF}/{note(owner)}/retirer"
    at_work.post(address)
    answer = at_work.post(address)
    assert answer.status_code == 409
    assert "Cette preuve est déjà retirée." in answer.text
    assert "puis rechargez la page" in answer.text
    assert "votre texte" not in answer.text


def test_the_second_of_two_editors_is_told_and_loses_nothing(
    at_work: FlaskClient, owner: Actor
) -> None:
    address = f"{SHELF}/{note(owner)}/modifier"
    typed = {"version": "1", "valid_until": clock.today().isoformat(), "visibility": "clients"}
    at_work.post(address, data={**typed, "title": "Premier titre"})
    answer = at_work.post(address, data={**typed, "title": "Second titre"})
    assert answer.status_code == 409
    assert "Premier titre" in answer.text
    assert "Second titre" in answer.text
    assert 'name="version" value="2"' in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "state=nowhere&kind=x&visibility=y&offering=z&page=-3",
        "q=%25_%5C%00&code=" + "x" * 500,
        "page=99999999999999999999",
        f"offering={UNKNOWN}&establishment={UNKNOWN}",
    ],
)
def test_nonsense_in_the_address_is_left_out(at_work: FlaskClient, query: str) -> None:
    assert at_work.get(f"{SHELF}?{query}").status_code == 200


def test_the_shelf_is_flat_in_statements(at_work: FlaskClient, owner: Actor) -> None:
    note(owner)
    at_work.get(SHELF)
    with counted() as for_one:
        at_work.get(SHELF)
    for _ in range(8):
        note(owner, "SAUV-01", "SAUV-02")
    with counted() as for_many:
        at_work.get(SHELF)
    assert len(for_many) == len(for_one) <= 6


def test_a_formula_in_a_title_is_defused_in_the_export(at_work: FlaskClient, owner: Actor) -> None:
    note(owner, title="=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in at_work.get(f"{SHELF}/export.csv").text


def test_a_director_writes_nothing(client: FlaskClient, owner: Actor) -> None:
    home = make.establishment()
    evidence_id = note(owner, establishment_ids=[home], visibility=Visibility.CLIENTS)
    sign_in(client, make.member(Role.DIRECTOR, establishments=[home]))
    tries = [f"{SHELF}/nouvelle", *(f"{SHELF}/{evidence_id}/{act}" for act in ("lier", "retirer"))]
    assert [client.post(one).status_code for one in tries] == [403, 403, 403]
