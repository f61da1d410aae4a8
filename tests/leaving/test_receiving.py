"""A record leaves one provider and is taken over by another: a history there, nobody's word."""

import json
import re
from collections import Counter
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.audit.models import AuditEvent
from portal.evidence import pipeline
from portal.evidence.models import Evidence
from portal.kit import storage
from portal.leaving import queries
from portal.leaving.models import PriorFile, PriorState
from portal.leaving.record import Record
from portal.tracking.models import Scorecard, TrackedRequirement
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.leaving import archives
from tests.leaving import house as houses
from tests.leaving.house import FINESS, House, digest, taken, told, worked
from tests.leaving.nextdoor import Next, brought, looked_at, prior, there
from tests.tracking.scene import CODE


def test_what_left_is_read_at_the_next_provider_s_to_the_word(
    leaving: dict[str, bytes], after: Next, visit: Visit
) -> None:
    browser = visit(after.owner)
    url = looked_at(browser, after, archives.zipped(leaving))
    preview = browser.get(url).text
    assert browser.post(f"{url}/reprendre").status_code == 303

    with there(after):
        (kept,) = queries.kept(after.place)
        assert Record.from_json((kept.record or "").encode()) == Record.from_json(
            leaving["record.json"]
        )
        files = {it.place: it.id for it in queries.files(kept.id)}
        record, prior_id = Record.from_json((kept.record or "").encode()), kept.id
    assert "Acme" in preview
    assert "1 attestation" not in preview
    assert "Une attestation est reconnue" in preview
    page = browser.get(f"/globex/dossiers-anterieurs/{prior_id}").text
    assert f"Chaque nuit, {CODE}." in page
    assert "Un seul essai." in page
    assert "Changer l’onduleur" in page
    for place in (*record.chapters[0].files(), record.chapters[0].journal or ""):
        if place not in files:
            assert leaving[place] == houses.PROOF  # no PDF at all: the examination refuses it
            continue
        address = f"/globex/dossiers-anterieurs/{prior_id}/fichiers/{files[place]}"
        answer = browser.get(address, follow_redirects=True)
        assert (place, digest(answer.data)) == (place, digest(leaving[place]))
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert address in page
    assert len(files) >= 5


def test_nothing_of_it_is_the_next_provider_s_word(
    leaving: dict[str, bytes], after: Next, visit: Visit
) -> None:
    def said() -> list[Any]:
        with there(after):
            tracked = sa.select(TrackedRequirement.__table__).order_by(sa.text("requirement_code"))
            return [
                db.session.execute(tracked).all(),
                db.session.execute(sa.select(Scorecard.__table__)).all(),
                db.session.execute(sa.select(Evidence.__table__)).all(),
            ]

    before = said()
    browser = visit(after.owner)
    url = looked_at(browser, after, archives.zipped(leaving))
    meanwhile = said()
    browser.post(f"{url}/reprendre")

    assert before == meanwhile == said()


def test_until_it_is_agreed_to_the_house_reads_nothing_then_everything(
    leaving: dict[str, bytes], after: Next, visit: Visit
) -> None:
    browser, director = visit(after.owner), visit(after.director)
    url = looked_at(browser, after, archives.zipped(leaving))
    prior_id = url.rsplit("/", 1)[1]
    page = f"/globex/dossiers-anterieurs/{prior_id}"
    before = (director.get(page).status_code, browser.get(page).status_code)

    browser.post(f"{url}/reprendre")

    assert before == (404, 404)
    assert director.get(page).status_code == 200
    assert "Acme" in director.get(f"{after.url}/dossiers-anterieurs").text
    assert director.get(url).status_code == 403
    with there(after):
        beside = make.member(Role.DIRECTOR, establishments=[after.other])
    assert visit(beside).get(page).status_code == 404


def test_undone_nothing_is_left_and_it_can_be_brought_again(
    leaving: dict[str, bytes], after: Next, visit: Visit
) -> None:
    browser = visit(after.owner)
    url = looked_at(browser, after, archives.zipped(leaving))
    browser.post(f"{url}/reprendre")
    with there(after):
        keys = [it.file_key for it in db.session.scalars(sa.select(PriorFile))]
        archive = prior(after).file_key

    assert browser.post(f"{url}/annuler").status_code == 303
    assert browser.post(f"{url}/annuler").status_code == 409

    with there(after):
        worked(pipeline.DISCARD)
        found = prior(after)
        assert (found.state, found.record, found.plan) == (PriorState.UNDONE, None, [])
        assert db.session.scalar(sa.select(sa.func.count()).select_from(PriorFile)) == 0
        for key in (*keys, archive):
            with pytest.raises(Exception, match="nothing here"):
                storage.current().size(key)
    assert "a été annulée" in browser.get(url).text
    again = looked_at(browser, after, archives.zipped(leaving))
    assert browser.post(f"{again}/reprendre").status_code == 303


def test_the_same_archive_is_taken_over_once(
    leaving: dict[str, bytes], after: Next, visit: Visit
) -> None:
    browser, archive = visit(after.owner), archives.zipped(leaving)
    first, second = (looked_at(browser, after, archive) for _ in range(2))
    assert browser.post(f"{first}/reprendre").status_code == 303

    assert browser.post(f"{second}/reprendre").status_code == 409
    assert browser.post(f"{first}/reprendre").status_code == 409
    third = looked_at(browser, after, archive)
    assert "a déjà été reprise" in browser.get(third).text


def test_given_up_nothing_stays(leaving: dict[str, bytes], after: Next, visit: Visit) -> None:
    browser = visit(after.owner)
    url = looked_at(browser, after, archives.zipped(leaving))
    with there(after):
        found = prior(after)
        keys = [found.file_key, *(it["key"] for it in found.plan)]

    browser.post(f"{url}/abandonner")

    with there(after):
        worked(pipeline.DISCARD)
        for key in keys:
            with pytest.raises(Exception, match="nothing here"):
                storage.current().size(key)
    assert browser.post(f"{url}/reprendre").status_code == 409


def test_a_file_that_speaks_of_people_waits_for_somebody_s_word(
    house: House, after: Next, visit: Visit
) -> None:
    personal = b"nom;nir\nX;185057800608491\n"
    houses.filed(house.owner, personal, "liste.csv", establishment_ids=[house.place])
    leaving = archives.zipped(taken(visit(house.director), house.url))
    browser = visit(after.owner)
    for vouched in ({}, {"vouched": "1"}):
        url = looked_at(browser, after, leaving)
        assert "liste.csv" in browser.get(url).text
        browser.post(f"{url}/reprendre", data=vouched)
        with there(after):
            (kept,) = queries.kept(after.place)
            names = {it.name for it in queries.files(kept.id)}
        assert ("liste.csv" in names) is bool(vouched)
        browser.post(f"{url}/annuler")


def test_it_goes_along_when_the_record_leaves_again(
    leaving: dict[str, bytes], after: Next, visit: Visit
) -> None:
    browser = visit(after.owner)
    browser.post(f"{looked_at(browser, after, archives.zipped(leaving))}/reprendre")

    with there(after):
        again = taken(browser, f"{after.url}/emporter")

    here, before = told(again)["chapters"]
    (original,) = told(leaving)["chapters"]
    assert (here["provider"]["name"], before["provider"]["name"]) == ("Globex", "Acme")
    for name in ("requirements", "contests", "assessments", "actions", "totals", "questions"):
        assert before[name] == original[name]
    assert before["attestations"] == original["attestations"]
    for it in before["attestations"]:
        assert again[it["file"]] == leaving[it["file"]]
    Record.from_json(again["record.json"])


def test_two_chapters_of_one_page_are_told_apart_by_their_addresses(
    leaving: dict[str, bytes], after: Next, visit: Visit
) -> None:
    browser = visit(after.owner)
    browser.post(f"{looked_at(browser, after, archives.zipped(leaving))}/reprendre")

    with there(after):
        page = BeautifulSoup(taken(browser, f"{after.url}/emporter")["index.html"], "html.parser")

    ids = Counter(str(tag["id"]) for tag in page.find_all(id=True))
    assert [name for name, times in ids.items() if times > 1] == []
    for chapter in page.select("section.chapter"):
        questions = {str(link["href"])[1:] for link in chapter.select("a[href^='#']")}
        assert questions == {str(tag["id"]) for tag in chapter.select("details.question")}
        assert len(questions) == 13


def test_a_whole_register_gives_each_place_its_record(
    house: House, after: Next, visit: Visit
) -> None:
    register = taken(visit(house.owner), "/acme/emporter")
    browser = visit(after.owner)
    url = looked_at(browser, after, archives.zipped(register))
    browser.post(f"{url}/reprendre")

    with there(after):
        (kept,) = queries.kept(after.place)
        assert json.loads(kept.record or "") == told(
            register, f"establishments/{FINESS}/record.json"
        )


def test_each_deed_is_in_the_journal_of_its_house(
    leaving: dict[str, bytes], after: Next, visit: Visit
) -> None:
    browser = visit(after.owner)
    url = looked_at(browser, after, archives.zipped(leaving))
    browser.post(f"{url}/reprendre")
    browser.post(f"{url}/annuler")

    with there(after):
        rows = db.session.execute(
            sa.select(AuditEvent.action, AuditEvent.establishment_id)
            .where(AuditEvent.subject_type == "record")
            .order_by(AuditEvent.at)
        ).all()
    assert [row.action for row in rows] == [
        "record.brought", "record.checked", "record.received", "record.receipt_undone",
    ]  # fmt: skip
    assert {row.establishment_id for row in rows} == {after.place}


def test_links_that_run_something_are_never_links(house: House, after: Next, visit: Visit) -> None:
    entries = taken(visit(house.director), house.url)
    record = json.loads(entries["record.json"])
    record["chapters"][0]["evidence"][0].update(
        kind="link", url="javascript:alert(1)", title="<script>alert(1)</script>", file=None,
        file_name=None,
    )  # fmt: skip
    forged = archives.resigned(archives.rewritten(entries, "record.json", **record))
    browser = visit(after.owner)
    url = looked_at(browser, after, archives.zipped(forged))
    kept = browser.post(f"{url}/reprendre").headers["Location"]

    page = browser.get(kept).text
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"href=\"javascript:", page)


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.BILLING, Role.DIRECTOR, Role.MEMBER])
def test_owners_and_managers_alone_take_over(after: Next, visit: Visit, role: Role) -> None:
    with there(after):
        listed = [after.place] if role in {Role.DIRECTOR, Role.MEMBER} else []
        browser = visit(make.member(role, establishments=listed))

    assert browser.get(f"{after.url}/dossiers-anterieurs/reprendre").status_code == 403
    assert brought(browser, after, b"PK\x03\x04").status_code == 403
    assert "Reprendre un dossier" not in browser.get(f"{after.url}/dossiers-anterieurs").text
