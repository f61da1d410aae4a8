"""Writing on the tracking pages: previews, refusals that keep what was typed, undo."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.kit import clock
from portal.tracking.models import Status, Verdict
from tenants.db import db
from tests.conftest import Visit
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE

MINE = "Mes deux phrases, <écrites> avec soin."


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html5lib")


def one(answer: TestResponse, selector: str) -> Tag:
    found = soup(answer).select_one(selector)
    assert found is not None, selector
    return found


def declaration(**typed: Any) -> dict[str, Any]:
    day = clock.today().isoformat()
    return {"status": "partial", "text": MINE, "reviewed_on": day, "version": 1, **typed}


def declare(browser: FlaskClient, pages: Pages, **typed: Any) -> TestResponse:
    return browser.post(f"/acme/exigences/{CODE}/{pages.offering}", data=declaration(**typed))


def except_(browser: FlaskClient, pages: Pages, **typed: Any) -> TestResponse:
    version = scene.written(pages.place)
    return browser.post(
        pages.point, data={"status": "partial", "note": MINE, "version": version, **typed}
    )


def judge(browser: FlaskClient, pages: Pages, **typed: Any) -> TestResponse:
    version = scene.written(pages.place)
    return browser.post(f"{pages.point}/avis", data={"version": version, **typed})


def test_a_preview_says_what_will_move_and_writes_nothing(pages: Pages, visit: Visit) -> None:
    before = scene.whole()

    answer = declare(visit(pages.owner), pages, preview="1")

    assert answer.status_code == 200
    said = [cell.text for cell in soup(answer).select("#apercu-bloc tbody th")]
    assert said == ["Les Aulnes", "Les Bouleaux"]
    assert one(answer, "textarea[name=text]").text == MINE
    assert scene.whole() == before


def test_the_form_of_a_preview_declares_when_it_is_sent_again(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.owner)
    form = one(declare(browser, pages, preview="1"), f"form[action*='{pages.offering}']")
    sent = {
        "status": form.select_one("option[selected]")["value"],  # type: ignore[index]  # there or fails
        "text": form.select_one("textarea").text,  # type: ignore[union-attr]
        **{str(field["name"]): str(field["value"]) for field in form.select("input[value]")},
    }

    answer = browser.post(str(form["action"]).partition("#")[0], data=sent)

    assert answer.status_code == 303
    assert scene.row(pages.place).status == "partial"


def test_declaring_leads_back_with_a_way_to_undo(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.owner)
    before = scene.totals(pages.place, pages.neighbour)

    answer = declare(browser, pages)
    declared = scene.totals(pages.place, pages.neighbour)
    undo = one(browser.get(answer.location), "form[action*='/actes/']")["action"]
    undone = browser.post(str(undo))
    again = browser.post(str(undo))

    assert answer.status_code == undone.status_code == 303
    assert declared != before == scene.totals(pages.place, pages.neighbour)
    assert again.status_code == 409


def test_how_many_follow_is_said(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.owner)

    page = browser.get(declare(browser, pages).location)

    assert "Déclaré : 2 établissements suivent." in page.text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"status": "wonderful"}, "status"),
        ({"status": ""}, "status"),
        ({"text": "x" * 4001}, "text"),
        ({"status": "not_applicable", "text": "  "}, "text"),
        ({"reviewed_on": "31/02/2026"}, "reviewed_on"),
        ({"reviewed_on": "2999-01-01"}, "reviewed_on"),
        ({"reviewed_on": ""}, "reviewed_on"),
        ({"version": "-1"}, "version"),
        ({"version": "x"}, "version"),
    ],
)
def test_a_declaration_refused_says_where_and_keeps_what_was_typed(
    pages: Pages, visit: Visit, typed: dict[str, str], field: str
) -> None:
    before = scene.whole()

    answer = declare(visit(pages.owner), pages, **typed)

    assert answer.status_code == 422
    links = [str(link["href"]) for link in soup(answer).select(".summary a")]
    assert [link.startswith(f"#{field}") for link in links] == [True]
    if field != "version":
        assert soup(answer).select_one(links[0]) is not None, "the link leads nowhere"
    kept = one(answer, "details[open] textarea[name=text]").text
    assert kept == declaration(**typed)["text"]
    assert scene.whole() == before


def test_a_declaration_beaten_by_another_keeps_both_words(pages: Pages, visit: Visit) -> None:
    scene.declare(
        pages.owner, pages.offering, Status.PLANNED, text="Au printemps.", today=clock.today()
    )
    before = scene.whole()
    browser = visit(pages.owner)

    answer = declare(browser, pages)

    assert answer.status_code == 409
    assert "Au printemps." in one(answer, ".note.wrong").text
    assert one(answer, "textarea[name=text]").text == MINE
    assert scene.whole() == before
    version = one(answer, f"form[action*='{pages.offering}'] input[name=version]")["value"]
    assert declare(browser, pages, version=version).status_code == 303


def test_an_exception_is_written_and_withdrawn(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.owner)

    written = except_(browser, pages)
    during = scene.row(pages.place)
    withdrawn = browser.post(f"{pages.point}/retirer", data={"version": during.version})

    back = f"/acme/etablissements/{pages.place}#{CODE}"
    assert (written.status_code, written.location) == (303, back)
    assert (withdrawn.status_code, withdrawn.location) == (303, back)
    assert (during.status, during.note, during.reviewed_on) == ("partial", MINE, clock.today())
    assert scene.row(pages.place).origin == "statement"


@pytest.mark.parametrize("typed", [{"status": "?"}, {"note": "x" * 4001}, {"version": ""}])
@pytest.mark.parametrize("fragment", [True, False])
def test_an_exception_refused_keeps_what_was_typed(
    pages: Pages, visit: Visit, typed: dict[str, str], *, fragment: bool
) -> None:
    before = scene.whole()
    data = {"status": "partial", "note": MINE, "version": "3", **typed}

    answer = visit(pages.owner).post(
        pages.point, data=data, headers={"HX-Request": "true"} if fragment else {}
    )

    assert answer.status_code == 422
    assert (b"<html" in answer.data) is not fragment
    assert one(answer, "textarea[name=note]").text == data["note"]
    assert scene.whole() == before


def test_an_exception_without_its_reason_points_at_the_note(pages: Pages, visit: Visit) -> None:
    answer = except_(visit(pages.owner), pages, status="not_applicable", note="")

    assert answer.status_code == 422
    assert soup(answer).select_one(str(one(answer, ".summary a")["href"])) is not None
    assert one(answer, "select[name=status] option[selected]")["value"] == "not_applicable"


def test_an_exception_beaten_by_another_shows_both_and_can_be_sent_again(
    pages: Pages, visit: Visit
) -> None:
    browser, read = visit(pages.owner), scene.written(pages.place)
    scene.except_(pages.owner, pages.place, Status.PLANNED, today=clock.today())

    answer = except_(browser, pages, version=read)

    assert answer.status_code == 409
    assert str(scene.row(pages.place).note) in one(answer, ".note.wrong").text
    assert scene.row(pages.place).note not in {"", MINE}
    assert one(answer, "textarea[name=note]").text == MINE
    assert scene.row(pages.place).status == "planned"
    version = one(answer, "input[name=version]")["value"]
    assert except_(browser, pages, version=version).status_code == 303


def test_withdrawing_what_was_changed_meanwhile_is_refused(pages: Pages, visit: Visit) -> None:
    scene.except_(pages.owner, pages.place, today=clock.today())
    read = scene.written(pages.place)
    scene.except_(pages.owner, pages.place, Status.PLANNED, today=clock.today())
    browser = visit(pages.owner)

    beaten = browser.post(f"{pages.point}/retirer", data={"version": read})
    wrong = browser.post(f"{pages.point}/retirer", data={"version": ""})

    assert (beaten.status_code, wrong.status_code) == (409, 422)
    assert scene.row(pages.place).status == "planned"


def test_a_director_recognises_contests_and_takes_it_back(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.director)
    seen = []
    for verdict, reason in (("recognised", ""), ("contested", MINE), ("none", "")):
        answer = judge(browser, pages, verdict=verdict, reason=reason)
        seen.append((answer.status_code, scene.row(pages.place).verdict))

    assert seen == [(303, Verdict.RECOGNISED), (303, Verdict.CONTESTED), (303, Verdict.NONE)]


def test_a_verdict_taken_back_is_no_longer_shown_with_its_reason(
    pages: Pages, visit: Visit
) -> None:
    browser = visit(pages.director)
    judge(browser, pages, verdict="recognised", reason="Vu sur place.")
    scene.declare(pages.owner, pages.offering, Status.PARTIAL, today=clock.today())

    facts = one(browser.get(pages.point), ".facts").text

    assert "Vu sur place." not in facts


@pytest.mark.parametrize(
    "typed",
    [
        {"verdict": "contested", "reason": "  "},
        {"verdict": "maybe", "reason": MINE},
        {"verdict": "recognised", "reason": "x" * 4001},
    ],
)
def test_a_verdict_refused_keeps_what_was_typed(
    pages: Pages, visit: Visit, typed: dict[str, str]
) -> None:
    answer = judge(visit(pages.director), pages, **typed)

    assert answer.status_code == 422
    assert one(answer, "textarea[name=reason]").text == typed["reason"]
    assert soup(answer).select_one(str(one(answer, ".summary a")["href"])) is not None
    assert scene.row(pages.place).verdict == "none"


def test_a_director_whose_provider_wrote_meanwhile_reads_again(pages: Pages, visit: Visit) -> None:
    read = scene.written(pages.place)
    scene.declare(pages.owner, pages.offering, Status.PLANNED, today=clock.today())

    answer = judge(visit(pages.director), pages, verdict="contested", reason=MINE, version=read)

    assert answer.status_code == 409
    assert one(answer, "textarea[name=reason]").text == MINE
    assert scene.row(pages.place).verdict == "none"


def test_a_nul_character_is_left_out(pages: Pages, visit: Visit) -> None:
    answer = declare(visit(pages.owner), pages, text="Une\0 copie.")

    assert answer.status_code == 303
    statement = db.metadata.tables["statement"]
    assert db.session.scalar(sa.select(statement.c.text)) == "Une copie."


def test_what_people_write_is_text_and_nothing_else(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.owner)
    evil = "<script>alert(1)</script>"
    declare(browser, pages, text=evil)
    except_(browser, pages, note=evil)

    for page in (f"/acme/exigences/{CODE}", pages.point, f"/acme/etablissements/{pages.place}"):
        assert not re.search(r"<script>alert", browser.get(page).text), page
