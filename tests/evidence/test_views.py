"""The pages of proofs, by real requests."""

import hashlib
import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.evidence.models import Evidence, EvidenceLink, Visibility
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.counting import counted
from tests.evidence import files, proofs

UNKNOWN = uuid.UUID(int=7)
SHELF = "/acme/preuves"


@pytest.fixture
def at_work(client: FlaskClient, owner: Actor) -> FlaskClient:
    """The owner's browser."""
    sign_in(client, owner)
    return client


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


def stored(app: Flask) -> int:
    store = app.extensions["storage"]._store
    return sum(len(page) for page in store.list())


def deposit(client: FlaskClient, content: bytes, name: str, **typed: Any) -> TestResponse:
    data = {"codes": ["SAUV-04"], "file": (io.BytesIO(content), name), **typed}
    return client.post(f"{SHELF}/nouvelle", data=data, content_type="multipart/form-data")


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


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (files.PDF, "Essai.pdf"),
        (b"\n" + files.PDF, "essai.PDF"),
        (files.PNG, "capture.png"),
        (files.JPEG, "photo.jpeg"),
        (files.DOCX, "note.docx"),
        (files.XLSX, "liste.xlsx"),
        (files.ODT, "note.odt"),
        (files.ODS, "liste.ods"),
        ("Poste;État\r\n".encode("cp1252"), "export.csv"),
        (b"relev\xc3\xa9", "dns.txt"),
    ],
)
def test_a_file_of_each_kind_is_taken_in(at_work: FlaskClient, content: bytes, name: str) -> None:
    answer = deposit(at_work, content, name)
    found = kept()
    assert (answer.status_code, found.file_name, found.sha256) == (
        303,
        name,
        hashlib.sha256(content).hexdigest(),
    )


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "vide.pdf"),
        (b"<html><script>", "rapport.pdf"),
        (files.PDF, "rapport.png"),
        (files.PDF, "rapport.txt"),
        (files.PDF, "rapport.html"),
        (files.PDF, "rapport.svg"),
        (files.PDF, "rapport"),
        (files.PDF, "rapport.pdf.exe"),
        (files.XLSX, "rapport.docx"),
        (files.ODT, "rapport.ods"),
        (files.DOCX[:60], "rapport.docx"),
        (b"MZ\x90\x00", "rapport.csv"),
        (b"\x00\x01", "rapport.txt"),
    ],
)
def test_a_file_that_is_not_what_it_says_leaves_nothing(
    at_work: FlaskClient, app: Flask, content: bytes, name: str
) -> None:
    before = stored(app)
    answer = deposit(at_work, content, name, title="Mon titre")
    assert (answer.status_code, stored(app)) == (422, before)
    assert "Mon titre" in answer.text


def test_a_file_past_25_mb_is_refused_and_leaves_nothing(at_work: FlaskClient, app: Flask) -> None:
    before = stored(app)
    answer = deposit(at_work, files.PDF + b"\0" * 25_000_000, "gros.pdf")
    answer.request.environ["wsgi.input"].close()  # the test client spools it and forgets it
    assert (answer.status_code, stored(app)) == (413, before)


def test_a_refused_form_keeps_no_file(at_work: FlaskClient, app: Flask) -> None:
    before = stored(app)
    answer = deposit(at_work, files.PDF, "essai.pdf", valid_until="9999-01-01")
    assert (answer.status_code, stored(app)) == (422, before)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("a\u202etxt.exe.txt", "atxt.exe.txt"),
        ("n" * 300 + ".txt", "n" * 146 + ".txt"),
    ],
)
def test_the_name_is_shown_and_is_no_path(at_work: FlaskClient, name: str, shown: str) -> None:
    deposit(at_work, b"texte", name)
    found = kept()
    assert found.file_name == shown
    assert shown.encode() not in (found.file_key or "").encode()


def test_a_file_comes_back_as_an_attachment_and_nothing_else(at_work: FlaskClient) -> None:
    deposit(at_work, files.PDF, "Relevé d’été; 1.pdf")
    answer = at_work.get(f"{SHELF}/{kept().id}/fichier")
    assert answer.data == files.PDF
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="Relev_ d__t__ 1.pdf"; '
        "filename*=UTF-8''Relev%C3%A9%20d%E2%80%99%C3%A9t%C3%A9%3B%201.pdf"
    )
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Length"] == str(len(files.PDF))


def test_a_note_has_no_file_to_download(at_work: FlaskClient, owner: Actor) -> None:
    assert at_work.get(f"{SHELF}/{note(owner)}/fichier").status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://example.test/a",
        "javascript:alert(1)",
        "https://",
        "https://user:secret@example.test/",
        "https://exa mple.test/",
        "https://[::1",
        "//example.test",
        "https://example.test/" + "a" * 2000,
    ],
)
def test_only_a_plain_https_address_is_a_link(at_work: FlaskClient, url: str) -> None:
    typed = {"codes": ["SAUV-04"], "title": "Portail", "url": url}
    assert at_work.post(f"{SHELF}/nouvelle", data=typed).status_code == 422


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"body": "Note sans titre"},
        {"title": "Rien dedans"},
        {"title": "T", "body": "b", "codes": []},
        {"title": "T", "body": "b", "codes": ["NOPE-01"]},
        {"title": "T", "body": "b", "level": "offering"},
        {"title": "T", "body": "b", "level": "establishment"},
        {"title": "T", "body": "b", "level": "galaxy"},
        {"title": "T", "body": "b", "visibility": "everybody"},
        {"title": "T", "body": "b", "covers_from": "0002-01-01"},
        {"title": "T", "body": "b", "establishments": ["x"], "level": "establishment"},
        {"title": "x" * 201, "body": "b"},
    ],
)
def test_what_makes_no_proof_is_refused(at_work: FlaskClient, typed: dict[str, Any]) -> None:
    answer = at_work.post(f"{SHELF}/nouvelle", data={"codes": ["SAUV-04"], **typed})
    assert answer.status_code == 422


def test_a_proof_for_a_foreign_establishment_is_not_found(
    at_work: FlaskClient, stranger: Actor
) -> None:
    with tenant_scope(stranger.tenant_id):
        db.session.rollback()
        theirs = make.establishment()
        db.session.rollback()
    typed = {"codes": ["SAUV-04"], "title": "T", "body": "b", "level": "establishment"}
    statuses = [
        at_work.post(f"{SHELF}/nouvelle", data={**typed, "establishments": [one]}).status_code
        for one in (theirs, UNKNOWN)
    ]
    assert statuses == [404, 404]


def test_nul_characters_are_dropped(at_work: FlaskClient) -> None:
    typed = {"codes": ["SAUV-04"], "title": "Com\0pte", "body": "ren\0du"}
    answer = at_work.post(f"{SHELF}/nouvelle", data=typed)
    assert (answer.status_code, kept().title) == (303, "Compte")


def test_establishments_are_found_without_scripts_too(at_work: FlaskClient) -> None:
    home = make.establishment("Les Tilleuls")
    typed = {"search": "1", "find": "tilleul", "title": "Mon titre", "level": "establishment"}
    page = at_work.post(f"{SHELF}/nouvelle", data=typed)
    assert (page.status_code, str(home) in page.text, "Mon titre" in page.text) == (
        200,
        True,
        True,
    )


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


def test_a_director_downloads_what_is_shared_about_hers_and_nothing_else(
    at_work: FlaskClient, owner: Actor
) -> None:
    hers, other = make.establishment(), make.establishment()
    make.contract(hers, make.offering())
    addresses = []
    for seen, home in (("clients", hers), ("provider", hers), ("clients", other)):
        answer = deposit(
            at_work, files.PDF, "essai.pdf", visibility=seen, level="establishment",
            establishments=[home],
        )  # fmt: skip
        addresses.append(answer.headers["Location"])
    sign_in(at_work, make.member(Role.DIRECTOR, establishments=[hers]))
    statuses = [at_work.get(f"{address}/fichier").status_code for address in addresses]
    pages = [at_work.get(address).status_code for address in addresses]
    shelf = at_work.get(SHELF).text
    assert (statuses, pages) == ([200, 404, 404], [200, 404, 404])
    assert shelf.count("data-row") == 1
    assert "Déposer une preuve" not in shelf


def test_a_director_writes_nothing(client: FlaskClient, owner: Actor) -> None:
    home = make.establishment()
    evidence_id = note(owner, establishment_ids=[home], visibility=Visibility.CLIENTS)
    sign_in(client, make.member(Role.DIRECTOR, establishments=[home]))
    tries = [f"{SHELF}/nouvelle", *(f"{SHELF}/{evidence_id}/{act}" for act in ("lier", "retirer"))]
    assert [client.post(one).status_code for one in tries] == [403, 403, 403]
