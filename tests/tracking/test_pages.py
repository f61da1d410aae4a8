"""What the board, the requirements and the counts on them say, and how much they read for it."""

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from portal.evidence import service as evidence
from portal.fleet.models import Stage
from portal.guide import loader
from portal.kit import clock
from portal.tracking import kept, queries
from portal.tracking.models import Status, Verdict
from tenants.access import Actor
from tenants.db import db
from tests import make
from tests.conftest import Visit
from tests.counting import counted
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE


def lines(answer: TestResponse) -> list[str]:
    """The names on the board, in their order."""
    page = BeautifulSoup(answer.data, "html5lib")
    return [link.text for link in page.select("table.board a.name")]


def steps(answer: TestResponse) -> list[str]:
    """What is to be done first, in its order."""
    page = BeautifulSoup(answer.data, "html5lib")
    return [" ".join(item.text.split()) for item in page.select("ol.next > li")]


def test_the_board_counts_clients_in_use_alone(pages: Pages, visit: Visit) -> None:
    today = clock.today()
    gone = scene.client(pages.offering, name="Les Chênes", since=today, today=today)
    left = scene.client(
        pages.offering, name="Les Dunes", since=scene.later(-9, today),
        until=scene.later(-1, today), today=today,
    )  # fmt: skip
    scene.stage(left, Stage.PROSPECT)
    three = kept.fleet_totals(kept.mark()).clients

    scene.archive(pages.owner, gone)

    assert (three, kept.fleet_totals(kept.mark()).clients) == (3, 2)
    assert queries.spread(make.EDITION, CODE).applies == 2
    assert queries.spreads(make.EDITION, kept.mark())[CODE].applies == 2
    head = BeautifulSoup(visit(pages.owner).get("/acme/parc").data, "html5lib").select_one("h1")
    assert head is not None
    assert head.text.startswith("2 établissements")


def test_what_was_counted_before_is_never_shown_after_a_change(pages: Pages, visit: Visit) -> None:
    """Counts over the fleet are kept between two requests: each deed is seen by the next."""
    browser, today = visit(pages.owner), clock.today()
    seen = [steps(browser.get("/acme/parc/a-faire"))]

    proof = scene.prove(pages.owner, "SAUV-01", title="Le test", until=today, today=today)
    seen.append(steps(browser.get("/acme/parc/a-faire")))
    scene.declare(pages.owner, pages.offering, code="SAUV-01", today=today)
    seen.append(steps(browser.get("/acme/parc/a-faire")))
    scene.archive(pages.owner, pages.neighbour)
    seen.append(steps(browser.get("/acme/parc/a-faire")))
    evidence.withdraw(pages.owner, proof, at=clock.now(), today=today)
    db.session.commit()
    seen.append(steps(browser.get("/acme/parc/a-faire")))

    assert [len(shown) for shown in seen] == [0, 0, 1, 1, 0]
    assert "2 établissements" in seen[2][0].replace("\u00a0", " ")
    assert "un établissement" in seen[3][0]


def test_the_spreads_follow_each_deed(pages: Pages, visit: Visit) -> None:
    browser, today = visit(pages.owner), clock.today()

    def said() -> str:
        page = BeautifulSoup(browser.get("/acme/exigences").data, "html5lib")
        found = page.select_one(f"#{CODE} .says")
        assert found is not None
        return " ".join(found.text.split())

    before = said()
    scene.except_(pages.owner, pages.place, Status.PLANNED, today=today)
    excepted = said()
    scene.judge_as(pages.director, pages.place, Verdict.CONTESTED, today=today)
    contested = said()

    assert before.startswith("S’applique à 2 établissements, 2 prouvés, 0 reconnu")
    assert "1 prouvé" in excepted
    assert "une exception" in excepted
    assert "un contesté" in contested


@pytest.mark.parametrize("number", ["0", "-3", "x", "99999999999999999999", "7"])
def test_a_page_number_that_makes_no_sense_breaks_nothing(
    pages: Pages, visit: Visit, number: str
) -> None:
    assert visit(pages.owner).get(f"/acme/parc?page={number}").status_code == 200


def test_a_long_board_is_turned_page_by_page(pages: Pages, visit: Visit) -> None:
    for number in range(60):
        make.establishment(f"Maison {number:02}")
    browser = visit(pages.owner)

    first, second = (lines(browser.get(f"/acme/parc?sort=name&page={number}")) for number in (1, 2))

    assert (len(first), len(second)) == (50, 12)
    assert not set(first) & set(second)


def test_a_fragment_is_the_table_alone_under_the_same_filters(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.owner)

    fragment = browser.get("/acme/parc?q=aulnes", headers={"HX-Request": "true"})

    assert b"<html" not in fragment.data
    assert lines(fragment) == lines(browser.get("/acme/parc?q=aulnes")) == ["Les Aulnes"]


def test_an_empty_selection_offers_a_way_out(pages: Pages, visit: Visit) -> None:
    answer = visit(pages.owner).get("/acme/parc?q=nulle-part")

    assert lines(answer) == []
    assert "Aucun établissement ne répond à ces filtres" in answer.text


def test_the_board_reads_as_much_for_many_clients_as_for_few(pages: Pages, visit: Visit) -> None:
    browser, today, sent = visit(pages.owner), clock.today(), []
    browser.get("/acme/parc")
    for _ in range(2):
        with counted() as statements:
            browser.get("/acme/parc")
        sent.append(len(statements))
        for _ in range(5):
            scene.client(pages.offering, since=today, today=today)
        browser.get("/acme/parc")

    assert sent[0] == sent[1] <= 12


def test_the_establishment_and_one_update_read_little(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.owner)
    with counted() as reading:
        browser.get(f"/acme/etablissements/{pages.place}")
    version = scene.written(pages.place)
    with counted() as writing:
        answer = browser.post(
            pages.point, data={"status": "partial", "note": "Ici.", "version": version}
        )

    assert answer.status_code == 303
    assert len(reading) <= 15
    assert len(writing) <= 15


def test_exceptions_come_a_page_at_a_time_in_the_order_of_a_dictionary(
    pages: Pages, visit: Visit
) -> None:
    make_exceptions(pages, "Zinnias", "Églantiers", *(f"Foyer {n:02}" for n in range(51)))
    browser, address = visit(pages.owner), f"/acme/exigences/{CODE}"

    first, second, beyond = (browser.get(f"{address}{page}") for page in ("", "?page=2", "?page=9"))

    assert exceptions(first)[:2] == ["Églantiers", "Foyer 00"]
    assert exceptions(second) == ["Foyer 49", "Foyer 50", "Zinnias"]
    assert exceptions(beyond) == exceptions(first)
    assert "1 à 50 sur 53" in first.text
    assert f'href="{address}?page=2#exceptions"' in first.text


def test_a_form_shown_again_leads_to_further_exceptions_by_addresses_one_can_read(
    pages: Pages, visit: Visit
) -> None:
    make_exceptions(pages, *(f"Foyer {n}" for n in range(51)))
    browser, address = visit(pages.owner), f"/acme/exigences/{CODE}"

    refused = browser.post(f"{address}/{pages.offering}", data={"status": "nonsense"})

    assert refused.status_code == 422
    assert f'href="{address}?page=2#exceptions"' in refused.text


def make_exceptions(pages: Pages, *names: str) -> None:
    today = clock.today()
    for name in names:
        place = scene.client(pages.offering, name=name, since=today, today=today)
        scene.except_(pages.owner, place, today=today)


def exceptions(answer: TestResponse) -> list[str]:
    page = BeautifulSoup(answer.data, "html5lib")
    return [link.text for link in page.select("section[aria-labelledby=exceptions] a.name")]


@pytest.mark.parametrize(
    "path",
    ["/acme/exigences", f"/acme/exigences/{CODE}", "/acme/parc", "{place}", "{point}",
     "/acme/recherche?q=sauvegarde", "{place}/qui-fait-quoi", "/acme/preuves/nouvelle"],
)  # fmt: skip
def test_an_english_page_marks_the_guide_s_french_and_writes_figures_in_english(
    pages: Pages, visit: Visit, path: str
) -> None:
    browser, place = visit(pages.owner), f"/acme/etablissements/{pages.place}"
    with browser.session_transaction() as session:
        session["locale"] = "en"

    answer = browser.get(path.format(place=place, point=pages.point))

    page = BeautifulSoup(answer.data, "html5lib").body
    assert page is not None
    guide = loader.current()
    french = {text for it in guide.requirements for text in (it.title, it.statement)}
    french |= {question.short for question in guide.questions}
    found = [text for text in page.find_all(string=True) if " ".join(text.split()) in french]
    assert [text for text in found if text.find_parent(lang="fr") is None] == []
    assert found or path == "/acme/parc"
    assert "\xa0%" not in answer.text


def test_a_legend_explains_dots_where_there_are_some_alone(pages: Pages, visit: Visit) -> None:
    """Strips have them, rings have none."""

    def explained(actor: Actor, address: str) -> bool:
        page = BeautifulSoup(visit(actor).get(address).data, "html5lib")
        assert page.select(".legend .key.word")
        return bool(page.select(".legend .key.flagged"))

    home = f"/acme/etablissements/{pages.place}"
    assert explained(pages.owner, "/acme/parc")
    assert not explained(pages.owner, home)
    assert not explained(pages.director, f"{home}/treize-questions")
