"""An establishment proves what it bears itself: examined as any file, shown to whom it concerns."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from portal.contracts.models import Bearer
from portal.evidence.models import State, Visibility
from portal.guide import loader
from portal.kit import clock
from portal.vault.models import TenantKey
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.counting import counted
from tests.evidence import examined
from tests.evidence.test_deposit import stored
from tests.space.depositing import OURS, address, bear, deposit, deposited, of, proof
from tests.space.test_ours import answer, row
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE
from tests.vault import samples

NUMBER = b"nom;nir\nX;185057800608491\n"


@pytest.fixture
def hers(pages: Pages, visit: Visit) -> FlaskClient:
    return visit(pages.director)


def test_it_waits_for_its_examination_then_proves_what_she_answered(
    pages: Pages, hers: FlaskClient
) -> None:
    answer(hers, pages)
    assert deposit(hers, pages).status_code == 303
    waiting = proof()
    early = row(pages).proven
    db.session.rollback()
    shown = hers.get(f"/acme/etablissements/{pages.place}/treize-questions/reponses/{OURS}").text
    shut = hers.get(f"/acme/preuves/{waiting.id}/fichier").status_code

    examined.all_files()

    assert (waiting.state, early, shut) == (State.QUARANTINE, False, 404)
    assert "en cours d’examen" in shown
    assert proof().state is State.READY
    assert row(pages).proven
    back = hers.get(f"/acme/preuves/{waiting.id}/fichier", follow_redirects=True)
    assert back.data == samples.PDF
    assert "attachment" in back.headers["Content-Disposition"]


def test_what_she_bears_alone_her_provider_knows_of_and_does_not_open(
    pages: Pages, hers: FlaskClient, visit: Visit
) -> None:
    found = deposited(hers, pages)
    provider = visit(pages.owner)

    page = provider.get(f"/acme/preuves/{found.id}")

    assert found.visibility is Visibility.HOUSE
    assert (page.status_code, found.title in page.text) == (200, True)
    assert "Charte signée.pdf" not in page.text
    assert provider.get(f"/acme/preuves/{found.id}/fichier").status_code == 404


def test_what_is_shared_her_provider_opens(pages: Pages, hers: FlaskClient, visit: Visit) -> None:
    bear(pages, Bearer.SHARED, CODE)
    found = deposited(hers, pages, CODE)

    opened = visit(pages.owner).get(f"/acme/preuves/{found.id}/fichier", follow_redirects=True)

    assert found.visibility is Visibility.CLIENTS
    assert opened.data == samples.PDF


def test_she_may_show_what_is_hers_alone(pages: Pages, hers: FlaskClient, visit: Visit) -> None:
    found = deposited(hers, pages, shared="1")

    opened = visit(pages.owner).get(f"/acme/preuves/{found.id}/fichier", follow_redirects=True)

    assert opened.status_code == 200


@pytest.mark.parametrize("code", [OURS, CODE])
def test_no_other_establishment_knows_of_it(
    pages: Pages, hers: FlaskClient, visit: Visit, code: str
) -> None:
    bear(pages, Bearer.SHARED, CODE)
    found = deposited(hers, pages, code)
    browser = visit(make.member(Role.DIRECTOR, establishments=[pages.neighbour]))

    asked = [f"/acme/preuves/{found.id}", f"/acme/preuves/{found.id}/fichier", address(pages)]

    assert [browser.get(url).status_code for url in asked] == [404, 404, 404]
    for deed in ("confirmer", "retirer", "retablir"):
        assert browser.post(of(pages, found.id, deed)).status_code == 404
    assert found.title not in browser.get("/acme/preuves").text
    assert deposit(browser, pages).status_code == 404


def test_her_provider_changes_nothing_of_it(pages: Pages, hers: FlaskClient, visit: Visit) -> None:
    found, provider = deposited(hers, pages), visit(pages.owner)
    url = f"/acme/preuves/{found.id}"
    elsewhere = {"codes": [OURS], "level": "tenant"}
    there = {**elsewhere, "level": "establishment", "establishments": str(pages.place)}
    said = {"title": "À nous", "valid_until": "2027-01-01", "version": found.version}

    answers = [
        provider.get(f"{url}/modifier"),
        provider.post(f"{url}/modifier", data=said),
        provider.post(f"{url}/lier", data=elsewhere),
        provider.post(f"{url}/delier", data=there),
        provider.get(f"{url}/retirer"),
        provider.post(f"{url}/retirer"),
        provider.get(f"{url}/remplacer"),
        provider.post(of(pages, found.id, "retirer")),
    ]

    assert [it.status_code for it in answers] == [409, 409, 409, 409, 409, 409, 409, 403]
    assert "Modifier" not in provider.get(url).text
    assert proof() == found


def test_withdrawn_it_proves_nothing_and_undone_it_proves_again(
    pages: Pages, hers: FlaskClient
) -> None:
    answer(hers, pages)
    found = deposited(hers, pages)
    proven = [row(pages).proven]
    db.session.rollback()
    for deed in ("retirer", "retablir"):
        assert hers.post(of(pages, found.id, deed)).status_code == 303
        examined.all_files()
        proven.append(row(pages).proven)
        db.session.rollback()

    assert proven == [True, False, True]


def test_what_may_hold_a_person_s_data_waits_for_whoever_deposited_it(
    pages: Pages, hers: FlaskClient, visit: Visit
) -> None:
    answer(hers, pages)
    found = deposited(hers, pages, content=NUMBER, name="liste.csv")
    colleague = visit(make.member(Role.MEMBER, establishments=[pages.place]))
    yes = {"sure": "1"}

    others = colleague.post(of(pages, found.id, "confirmer"), data=yes).status_code
    asked = hers.get(f"/acme/preuves/{found.id}")
    unsure = hers.post(of(pages, found.id, "confirmer"), data={})
    held = proof()
    sure = hers.post(of(pages, found.id, "confirmer"), data=yes)
    examined.all_files()

    assert held.state is State.HELD
    assert of(pages, found.id, "confirmer") in asked.text
    assert (others, unsure.status_code, sure.status_code) == (404, 303, 303)
    assert proof().state is State.READY
    assert row(pages).proven


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ\x90\x00", "outil.exe"),
        (samples.PNG, "photo.pdf"),
        (b"", "vide.pdf"),
    ],
)
def test_what_is_told_from_its_beginning_is_refused_at_once(
    app: Flask, pages: Pages, hers: FlaskClient, content: bytes, name: str
) -> None:
    before = stored(app)

    answered = deposit(hers, pages, content=content, name=name, title="Mon titre")

    assert answered.status_code == 422
    assert "Mon titre" in answered.text
    assert stored(app) == before


def test_a_hostile_file_is_refused_in_words(pages: Pages, hers: FlaskClient) -> None:
    macro = samples.zipped({**samples.docx_parts(), "word/vbaProject.bin": b"x"})
    found = deposited(hers, pages, content=macro, name="a.docx")

    assert found.state is State.REJECTED
    assert "contient des macros" in hers.get(f"/acme/preuves/{found.id}").text
    here = f"/acme/etablissements/{pages.place}/treize-questions/reponses/{OURS}"
    assert "refusée" in hers.get(here).text


@pytest.mark.parametrize(
    "typed",
    [
        {"valid_until": "hier"},
        {"valid_until": "1999-01-01"},
        {"valid_until": "2999-01-01"},
        {"covers_from": "2026-02-02", "covers_until": "2026-01-01"},
        {"title": "x" * 201},
    ],
)
def test_what_cannot_be_is_refused_with_what_was_typed(
    app: Flask, pages: Pages, hers: FlaskClient, typed: dict[str, Any]
) -> None:
    before = stored(app)

    answered = deposit(hers, pages, **typed)

    assert answered.status_code == 422
    assert 'role="alert"' in answered.text
    assert stored(app) == before


def test_without_a_file_there_is_nothing_to_deposit(pages: Pages, hers: FlaskClient) -> None:
    assert hers.post(address(pages), data={"title": "Rien"}).status_code == 422


def test_what_her_provider_bears_is_not_hers_to_prove(
    app: Flask, pages: Pages, hers: FlaskClient
) -> None:
    bear(pages, Bearer.PROVIDER, CODE)
    before = stored(app)

    assert deposit(hers, pages, CODE).status_code == 422
    assert deposit(hers, pages, "RIEN-99").status_code == 404
    assert stored(app) == before
    assert "C’est à votre prestataire" in hers.get(address(pages, CODE)).text


@pytest.mark.parametrize("who", ["owner", "auditor"])
def test_nobody_deposits_in_her_place(pages: Pages, visit: Visit, who: str) -> None:
    assert deposit(visit(getattr(pages, who)), pages).status_code == 403


def test_the_first_file_of_a_provider_may_be_an_establishment_s(
    pages: Pages, hers: FlaskClient
) -> None:
    keys = sa.select(sa.func.count()).select_from(TenantKey)
    before = db.session.scalar(keys)
    db.session.rollback()

    deposited(hers, pages)

    assert before == 0
    assert db.session.scalar(keys) == 1


def test_its_validity_is_the_usual_one_when_none_is_given(pages: Pages, hers: FlaskClient) -> None:
    found = deposited(hers, pages)

    usual = loader.current().requirement(OURS).valid_until(clock.today())
    assert found.valid_until == usual
    assert found.title == "Charte signée"


def test_she_reads_in_the_journal_what_became_of_it(pages: Pages, hers: FlaskClient) -> None:
    deposited(hers, pages)

    journal = hers.get("/acme/journal").text

    assert "a déposé la preuve" in journal
    assert "a examiné le fichier, et l’a admis" in journal


def test_as_many_reads_for_one_client_as_for_thirty(pages: Pages, visit: Visit) -> None:
    browser, sent = visit(pages.director), []
    deposited(browser, pages)
    here = f"/acme/etablissements/{pages.place}"
    ours = "treize-questions/reponses"
    paths = (
        "treize-questions", ours, f"{ours}/{OURS}", f"{ours}/{OURS}/preuve", "auto-evaluation",
        "contestations", "plan", "syntheses", "treize-questions/2/avis",
    )  # fmt: skip
    for fleet in (0, 28):
        for _ in range(fleet):
            scene.client(pages.offering, since=clock.today() - timedelta(1), today=clock.today())
        with counted() as statements:
            for path in paths:
                assert browser.get(f"{here}/{path}").status_code == 200
        sent.append(len(statements))

    assert sent[0] == sent[1]
