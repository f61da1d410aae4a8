"""Depositing proofs and getting them back, by real requests."""

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

from portal.evidence.models import Evidence, State
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import sign_in
from tests.evidence import examined
from tests.vault import samples as files

UNKNOWN = uuid.UUID(int=7)
SHELF = "/acme/preuves"


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
    assert (answer.status_code, kept().sha256) == (303, hashlib.sha256(content).hexdigest())
    assert examined.all_files()
    assert (kept().state, kept().file_name) == (State.READY, name)


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
        (b"MZ\x90\x00", "rapport.csv"),
    ],
)
def test_a_file_that_is_not_what_it_says_leaves_nothing(
    at_work: FlaskClient, app: Flask, content: bytes, name: str
) -> None:
    before = stored(app)
    answer = deposit(at_work, content, name, title="Mon titre")
    assert (answer.status_code, stored(app)) == (422, before)
    assert "Mon titre" in answer.text


def test_a_file_past_10_mb_is_refused_and_leaves_nothing(at_work: FlaskClient, app: Flask) -> None:
    before = stored(app)
    answer = deposit(at_work, files.PDF + b"\0" * 10_000_000, "gros.pdf")
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
    examined.all_files()
    answer = at_work.get(f"{SHELF}/{kept().id}/fichier", follow_redirects=True)
    assert answer.data == files.PDF
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="Relev_ d__t__ 1.pdf"; '
        "filename*=UTF-8''Relev%C3%A9%20d%E2%80%99%C3%A9t%C3%A9%3B%201.pdf"
    )
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Length"] == str(len(files.PDF))


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
    examined.all_files()
    sign_in(at_work, make.member(Role.DIRECTOR, establishments=[hers]))
    statuses = [
        at_work.get(f"{address}/fichier", follow_redirects=True).status_code
        for address in addresses
    ]
    pages = [at_work.get(address).status_code for address in addresses]
    shelf = at_work.get(SHELF).text
    assert (statuses, pages) == ([200, 404, 404], [200, 404, 404])
    assert shelf.count("data-row") == 1
    assert "Déposer une preuve" not in shelf


def _days(**ahead: int) -> dict[str, str]:
    return {name: (clock.today() + timedelta(days)).isoformat() for name, days in ahead.items()}


@pytest.mark.parametrize(
    ("said", "proves"),
    [
        ({"valid_until": 0}, True),
        ({"valid_until": -1}, False),
        ({"covers_from": 1, "covers_until": 30, "valid_until": 90}, False),
    ],
)
def test_a_page_that_waits_is_told_that_a_file_proves_where_it_does(
    at_work: FlaskClient, said: dict[str, int], proves: bool
) -> None:
    made = deposit(at_work, files.PDF, "essai.pdf", **_days(**said)).location
    examined.all_files()

    part = at_work.get(f"{made}/etat", headers={"HX-Request": "true"}).text

    assert "Fichier examiné" in part
    assert ("il prouve désormais" in part) is proves
