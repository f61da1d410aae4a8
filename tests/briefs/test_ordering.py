"""Who orders a brief, what becomes of it, and what it says of its own seal."""

import io
import re
from contextlib import suppress
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import ProgrammingError

from portal.briefs import jobs, report, service
from portal.briefs.models import BriefState
from portal.kit import clock, outbox, storage
from portal.kit.canonical import sha256_hex
from portal.kit.outbox import Outbox
from tenants.context import Reach, Scope, entered
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.briefs.ordering import address, document, made, order, rows, words
from tests.conftest import Visit
from tests.counting import counted
from tests.tracking import scene
from tests.tracking.conftest import Pages

PAGE = re.compile(r"page \d+ sur \d+")
CODE = re.compile(r"donnez le code ((?:[A-Z2-7]{4}[- ]*){4})")
_ORDERED = (
    "establishment_id, edition_id, as_of, snapshot, snapshot_sha256, requested_by,"
    " requested_by_name"
)
NUMBERED = (
    f"INSERT INTO brief (tenant_id, id, state, number, {_ORDERED})"  # noqa: S608 - our own names
    f" SELECT tenant_id, gen_random_uuid(), 'requested', 'SYN-1', {_ORDERED} FROM brief"
)


def test_it_is_made_by_the_worker_and_the_page_says_how_far_it_is(
    pages: Pages, visit: Visit
) -> None:
    browser = visit(pages.director)
    page = order(browser, pages.place)

    waiting = browser.get(page)
    early = browser.get(f"{page}.pdf", follow_redirects=True)
    made()
    done = browser.get(page, headers={"HX-Request": "true"})

    assert "Le document se prépare" in waiting.text
    assert 'http-equiv="refresh"' in waiting.text
    assert early.status_code == 409
    assert "Le document est prêt" in done.text
    assert "hx-get" not in done.text
    (row,) = rows()
    assert row.state is BriefState.READY
    assert sha256_hex(browser.get(f"{page}.pdf", follow_redirects=True).data) == row.pdf_sha256


def test_ordered_twice_while_it_is_made_it_is_one(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.director)

    assert order(browser, pages.place) == order(browser, pages.place)

    made()
    assert order(browser, pages.place).rsplit("/", 1)[1] != str(rows()[0].id)


def test_numbers_follow_one_another_whoever_orders(pages: Pages, visit: Visit) -> None:
    neighbour = make.member(Role.MEMBER, establishments=[pages.neighbour])
    document(visit(pages.director), pages.place)
    document(visit(neighbour), pages.neighbour)
    document(visit(pages.director), pages.place)

    year = clock.today().year
    assert [row.number for row in rows()] == [f"SYN-{year}-{n:04}" for n in (1, 2, 3)]


def test_of_two_workers_the_second_finds_it_made(pages: Pages, visit: Visit) -> None:
    order(visit(pages.director), pages.place)
    made()
    promised = db.session.scalars(sa.select(Outbox).where(Outbox.kind == service.COMPILE)).one()
    lease = outbox.Lease(promised.id, service.COMPILE, promised.payload, 9, 1, recovered=True)
    before = rows()

    jobs.compile_brief.run(lease)
    db.session.commit()

    assert rows() == before


def test_what_was_frozen_and_changed_is_not_printed(
    pages: Pages, visit: Visit, superuser: sa.Connection
) -> None:
    browser = visit(pages.director)
    page = order(browser, pages.place)
    db.session.execute(sa.text("UPDATE brief SET snapshot = '{}'"))
    db.session.commit()

    made()

    assert rows()[0].state is BriefState.FAILED
    assert "n’a pas pu être fait" in browser.get(page).text
    assert "n’a pas pu être faite" in browser.get(address(pages.place)).text
    assert order(browser, pages.place) != page


def test_a_document_that_changed_on_the_disk_is_not_handed_out(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.director)
    page = order(browser, pages.place)
    made()
    key = rows()[0].pdf_key
    storage.current().delete(key)
    storage.current().put(key, b"%PDF-1.7 other", limit=100)

    assert browser.get(f"{page}.pdf", follow_redirects=True).status_code == 409


def test_whoever_is_given_one_may_check_it(pages: Pages, visit: Visit, client: FlaskClient) -> None:
    """By its file, by the code that it shows, and told as altered when it is."""
    answer = document(visit(pages.director), pages.place)
    number, code = rows()[0].number, CODE.search(words(answer.data))
    assert code is not None

    whole = client.get(f"/verifier?sha256={sha256_hex(answer.data)}").text
    named = client.get(f"/verifier?code={code[1]}").text
    changed = answer.data[:-1] + b" "
    sent = client.post("/verifier", data={"file": (io.BytesIO(changed), "a.pdf")})
    altered = client.get(sent.location).text

    for page in (whole, named, altered):
        assert number in page
        assert "Synthèse de sécurité" in page
        assert "Période" not in page
    assert ">Valide<" in whole
    assert ">Code connu<" in named
    assert ">Altéré<" in altered


def test_under_a_seal_of_trial_each_page_says_so(pages: Pages, visit: Visit) -> None:
    answer = document(visit(pages.director), pages.place)

    paper = words(answer.data)
    assert paper.count("SCEAU D’ESSAI") == len(PAGE.findall(paper))
    assert "il ne prouve rien à un tiers" in paper
    assert b"/ByteRange" in answer.data


def test_without_a_seal_each_page_says_so(
    app: Flask, pages: Pages, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(app.config["SETTINGS"], environment="production", development_seal=False)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    order(visit(pages.director), pages.place)
    made()
    (row,) = rows()
    content = storage.current().read(row.pdf_key)

    paper = words(content)
    assert row.seal is None
    assert b"/ByteRange" not in content
    assert paper.count("NON SCELLÉ") == len(PAGE.findall(paper))
    assert "Document non scellé" in paper


def test_the_same_snapshot_gives_the_same_bytes(pages: Pages, visit: Visit) -> None:
    order(visit(pages.director), pages.place)
    source, at = rows()[0].snapshot.encode(), clock.now()

    def printed() -> bytes:
        address = "https://treize.example/verifier?code=K7QD2M5X4TRAP3HW"
        return report.render(source, "SYN-2026-0001", verify_url=address, seal=None, at=at)

    assert printed() == printed()


def test_her_provider_reads_it_and_orders_none(pages: Pages, visit: Visit) -> None:
    page = order(visit(pages.director), pages.place)
    made()
    browser = visit(pages.owner)

    assert browser.get(f"{page}.pdf", follow_redirects=True).status_code == 200
    assert browser.post(address(pages.place)).status_code == 403
    assert "Préparer la synthèse" not in browser.get(address(pages.place)).text


def test_who_orders_one_is_told_that_her_provider_reads_it_with_her_remarks(
    pages: Pages, visit: Visit
) -> None:
    address = f"/acme/etablissements/{pages.place}/syntheses"
    told = "Vos remarques d’auto-évaluation y figurent, et votre prestataire peut la lire."

    assert told in visit(pages.director).get(address).text
    assert told not in visit(pages.owner).get(address).text


def test_a_neighbour_finds_none_of_it(pages: Pages, visit: Visit) -> None:
    page = order(visit(pages.director), pages.place)
    made()
    brief = page.rsplit("/", 1)[1]
    browser = visit(make.member(Role.DIRECTOR, establishments=[pages.neighbour]))

    asked = [page, f"{page}.pdf", address(pages.place), f"{address(pages.neighbour)}/{brief}.pdf"]

    assert [browser.get(url).status_code for url in asked] == [404] * 4
    assert browser.post(address(pages.place)).status_code == 404


def test_without_a_contract_there_is_nothing_to_tell(pages: Pages, visit: Visit) -> None:
    prospect = make.establishment("Les Cèdres")
    director = make.member(Role.DIRECTOR, establishments=[prospect])

    answer = visit(director).post(address(prospect))

    assert answer.status_code == 422
    assert rows() == []


@pytest.mark.parametrize(
    "deed",
    ["UPDATE brief SET snapshot = '{}'", "DELETE FROM brief", NUMBERED],
)
def test_a_house_changes_none_and_numbers_none_whatever_the_portal_asks(
    pages: Pages, visit: Visit, deed: str
) -> None:
    order(visit(pages.director), pages.place)
    made()
    before = rows()

    with entered(scene.listed(pages.director)), suppress(ProgrammingError):
        db.session.execute(sa.text(deed))
        db.session.commit()
    db.session.rollback()

    assert rows() == before


def test_an_auditor_sees_none(pages: Pages, visit: Visit) -> None:
    order(visit(pages.director), pages.place)
    member = scene.listed(pages.auditor)

    with entered(Scope(member.tenant_id, Reach.LISTED, member.membership_id, member.user_id)):
        found = db.session.scalar(sa.text("SELECT count(*) FROM brief"))
        db.session.rollback()

    assert found == 0
    assert visit(pages.auditor).get(address(pages.place)).status_code == 403


def test_as_many_reads_for_one_client_as_for_thirty(pages: Pages, visit: Visit) -> None:
    browser, sent = visit(pages.director), []
    for fleet in (0, 28):
        for _ in range(fleet):
            scene.client(pages.offering, since=clock.today(), today=clock.today())
        page = order(browser, pages.place)
        made()
        with counted() as statements:
            browser.get(address(pages.place))
            browser.get(page)
            browser.post(address(pages.place))
        sent.append(len(statements))
        made()

    assert sent[0] == sent[1]
