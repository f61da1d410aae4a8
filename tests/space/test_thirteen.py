"""« Votre sécurité en 13 questions », read by the house and by whoever works for it."""

from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from portal.guide import loader
from portal.kit import clock
from portal.tracking.models import Status, Verdict
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.counting import counted
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE


def address(pages: Pages) -> str:
    return f"/acme/etablissements/{pages.place}/treize-questions"


def question(answer: TestResponse, number: int) -> str:
    page = BeautifulSoup(answer.data, "html5lib")
    found = page.select_one(f"#q{number}")
    assert found is not None
    return " ".join(found.text.split())


def sentences(answer: TestResponse) -> list[str]:
    page = BeautifulSoup(answer.data, "html5lib")
    return [said(found.text) for found in page.select("ol.plain .say, ol.plain .points li > div")]


def said(words: str) -> str:
    """As ``question`` gives it: every space the same."""
    return " ".join(words.split())


def test_the_director_lands_on_her_thirteen_questions(pages: Pages, visit: Visit) -> None:
    answer = visit(pages.director).get("/acme/")

    assert answer.location == address(pages)


def test_she_reads_the_guide_s_words_and_what_nobody_answered_is_no_zero(
    pages: Pages, visit: Visit
) -> None:
    answer = visit(pages.director).get(address(pages))

    words = loader.current().requirement(CODE).words
    second = question(answer, 2)
    assert said(words.done) in second
    assert said(words.declared) not in second
    assert "1 prouvé" in second
    assert "sans réponse" in second
    assert "0 %" not in second


def test_a_changed_word_changes_the_sentence(pages: Pages, visit: Visit) -> None:
    scene.declare(pages.owner, pages.offering, Status.PARTIAL, today=clock.today())

    second = question(visit(pages.director).get(address(pages)), 2)

    words = loader.current().requirement(CODE).words
    assert said(words.partial) in second
    assert said(words.done) not in second


def test_her_provider_reads_the_same_and_knows_that_it_is_hers(pages: Pages, visit: Visit) -> None:
    theirs, hers = (visit(who).get(address(pages)) for who in (pages.owner, pages.director))

    assert sentences(theirs) == sentences(hers)
    assert "Voici la page que lit la direction" in theirs.text
    assert "Voici la page que lit la direction" not in hers.text


def test_what_is_contested_comes_first(pages: Pages, visit: Visit) -> None:
    scene.judge_as(
        pages.director, pages.place, Verdict.CONTESTED, reason="Rien vu.", today=clock.today()
    )

    answer = visit(pages.director).get(address(pages))

    first = BeautifulSoup(answer.data, "html5lib").select_one("ol.next > li")
    assert first is not None
    assert "Rien vu." in first.text
    assert "1 contesté" in question(answer, 2)


def test_whoever_gives_no_view_is_not_asked_for_one(pages: Pages, visit: Visit) -> None:
    member = make.member(Role.MEMBER, establishments=[pages.place])
    asked = {
        who: "attend votre avis" in visit(actor).get(address(pages)).text
        for who, actor in (("director", pages.director), ("member", member), ("owner", pages.owner))
    }

    assert asked == {"director": True, "member": False, "owner": True}


def test_another_house_s_questions_are_not_there(pages: Pages, visit: Visit) -> None:
    answer = visit(pages.director).get(f"/acme/etablissements/{pages.neighbour}/treize-questions")

    assert answer.status_code == 404


def test_without_a_contract_the_page_says_what_it_is_for(pages: Pages, visit: Visit) -> None:
    prospect = make.establishment("Les Cèdres")

    answer = visit(pages.owner).get(f"/acme/etablissements/{prospect}/treize-questions")

    assert answer.status_code == 200
    assert "pas encore de contrat" in answer.text


def test_the_page_reads_little(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.director)
    browser.get(address(pages))

    with counted() as statements:
        browser.get(address(pages))

    assert len(statements) <= 15


def test_what_is_planned_and_what_is_done_in_part_are_told_apart(
    pages: Pages, visit: Visit
) -> None:
    words, browser = loader.current().requirement(CODE).words, visit(pages.director)
    told = {}
    for status in (Status.PLANNED, Status.PARTIAL):
        scene.declare(pages.owner, pages.offering, status, today=clock.today())
        told[status] = question(browser.get(address(pages)), 2)

    assert said(f"C’est prévu, pas encore fait. {words.missing}") in told[Status.PLANNED]
    assert said(words.partial) not in told[Status.PLANNED]
    assert said(f"C’est fait en partie. {words.partial}") in told[Status.PARTIAL]
