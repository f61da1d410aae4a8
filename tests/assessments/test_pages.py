"""A house answers the thirteen questions itself: together, in drafts, then handed in and dated."""

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.assessments.models import Assessment, AssessmentAnswer
from portal.audit.models import AuditEvent
from portal.kit import clock
from tenants.db import AnyRow, db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.counting import counted
from tests.tracking import scene
from tests.tracking.conftest import Pages


def address(pages: Pages) -> str:
    return f"/acme/etablissements/{pages.place}/auto-evaluation"


def answers() -> list[AnyRow]:
    table = AssessmentAnswer.__table__
    found = db.session.execute(sa.select(table).order_by(table.c.question)).all()
    db.session.rollback()
    return list(found)


def drafts() -> int:
    count = sa.select(sa.func.count()).select_from(Assessment.__table__)
    found = db.session.scalar(count.where(Assessment.__table__.c.submitted_at.is_(None)))
    db.session.rollback()
    return found or 0


@pytest.fixture
def hers(pages: Pages, visit: Visit) -> FlaskClient:
    """The director's browser, a draft begun."""
    browser = visit(pages.director)
    assert browser.post(address(pages)).status_code == 303
    return browser


def fill(browser: FlaskClient, pages: Pages, choice: str = "2") -> None:
    for number in range(1, 14):
        data = {"choice": choice, "version": "0"}
        assert browser.post(f"{address(pages)}/{number}", data=data).status_code == 303


def test_an_answer_is_kept_by_itself_and_read_again(pages: Pages, hers: FlaskClient) -> None:
    hers.post(f"{address(pages)}/2", data={"choice": "3", "note": "Vu.", "version": "0"})

    page = BeautifulSoup(hers.get(address(pages)).data, "html5lib")
    (chosen,) = page.select("input[name=choice][checked]")
    assert chosen["value"] == "3"
    assert "1 réponse sur 13" in " ".join(page.text.split())
    (kept,) = answers()
    assert (kept.question, kept.level, kept.note, kept.version) == (2, 3, "Vu.", 1)


def test_of_two_people_the_second_is_told_and_loses_nothing(
    pages: Pages, hers: FlaskClient, visit: Visit
) -> None:
    colleague = make.member(Role.MEMBER, establishments=[pages.place])
    visit(colleague).post(f"{address(pages)}/2", data={"choice": "1", "version": "0"})

    answer = hers.post(
        f"{address(pages)}/2", data={"choice": "4", "note": "Mes mots.", "version": "0"}
    )

    assert answer.status_code == 409
    assert "Mes mots." in answer.text
    assert colleague.name in answer.text
    assert [kept.level for kept in answers()] == [1]
    page = BeautifulSoup(answer.data, "html5lib")
    form = page.select_one("#q2 form")
    assert form is not None
    again = {field["name"]: field["value"] for field in form.select("input[name=version]")}
    chosen = form.select_one("input[checked]")
    assert chosen is not None
    hers.post(f"{address(pages)}/2", data={**again, "choice": chosen["value"]})
    assert [kept.level for kept in answers()] == [4]


@pytest.mark.parametrize(
    "typed",
    [
        {"choice": "5", "version": "0"},
        {"choice": "-1", "version": "0"},
        {"choice": "not_applicable", "version": "0"},
        {"version": "0"},
        {"choice": "2"},
        {"choice": "2", "note": "x" * 2001, "version": "0"},
    ],
)
def test_nonsense_is_refused(pages: Pages, hers: FlaskClient, typed: dict[str, str]) -> None:
    assert hers.post(f"{address(pages)}/2", data=typed).status_code == 422
    assert answers() == []


@pytest.mark.parametrize("number", [0, 14])
def test_there_are_thirteen_questions(pages: Pages, hers: FlaskClient, number: int) -> None:
    answer = hers.post(f"{address(pages)}/{number}", data={"choice": "2", "version": "0"})

    assert answer.status_code == 404


def test_it_is_handed_in_whole_or_not(pages: Pages, hers: FlaskClient) -> None:
    early = hers.post(f"{address(pages)}/rendre")
    fill(hers, pages, "unknown")
    late = hers.post(f"{address(pages)}/rendre")

    assert (early.status_code, late.status_code) == (422, 303)
    assert drafts() == 0


def test_what_is_handed_in_changes_no_more(pages: Pages, hers: FlaskClient) -> None:
    fill(hers, pages)
    hers.post(f"{address(pages)}/rendre")

    answer = hers.post(f"{address(pages)}/2", data={"choice": "4", "version": "1"})

    assert answer.status_code == 409
    assert {kept.level for kept in answers()} == {2}


def test_the_gap_is_told_in_words_and_years_stand_side_by_side(
    pages: Pages, hers: FlaskClient
) -> None:
    for choice in ("1", "4"):
        fill(hers, pages, choice)
        hers.post(f"{address(pages)}/rendre")
        hers.post(address(pages))

    page = BeautifulSoup(hers.get(address(pages)).data, "html5lib")

    table, years = page.select("table.data")
    assert "mieux protégés" in table.text
    first = [cell.text for cell in years.select("tbody tr")[0].select("td")]
    assert first == ["1 sur 4", "4 sur 4", "3 niveaux de plus", "2,5 sur 4"]


def test_the_provider_reads_the_same_in_words_said_to_it(
    pages: Pages, hers: FlaskClient, visit: Visit
) -> None:
    fill(hers, pages, "4")
    hers.post(f"{address(pages)}/rendre")
    hers.post(address(pages))
    hers.post(f"{address(pages)}/2", data={"choice": "3", "version": "0"})

    page = BeautifulSoup(visit(pages.owner).get(address(pages)).data, "html5lib")

    main = page.select_one("main")
    assert main
    assert "Son brouillon\N{NO-BREAK SPACE}: 1 réponse sur 13" in main.text
    assert "mieux protégé que ce que vous déclarez" in main.text
    assert "otre prestataire" not in main.text
    assert main.select("details, form") == []


def test_the_figure_of_the_years_draws_what_its_table_says(pages: Pages, hers: FlaskClient) -> None:
    for choices in (("1", "unknown"), ("4", "2"), ("unknown", "unknown")):
        for number in range(1, 14):
            data = {"choice": choices[number % 2], "version": "0"}
            hers.post(f"{address(pages)}/{number}", data=data)
        hers.post(f"{address(pages)}/rendre")
        hers.post(address(pages))

    page = BeautifulSoup(hers.get(address(pages)).data, "html5lib")

    years = page.select("table.data")[1]
    rows = [[cell.text for cell in line.select("td")] for line in years.select("tfoot tr")]
    assert rows[:2] == [["6 sur 24", "38 sur 52", "–", ""], ["1 sur 4", "2,9 sur 4", "–", ""]]
    assert rows[-2:] == [["7", "0", "13", ""], ["0", "0", "0", ""]]
    bars = page.select("svg.bars rect.cell-proof")
    drawn = [round(float(str(bar["height"])) / 18, 1) for bar in bars]
    assert drawn == [1.0, 2.9, 0.0]
    assert [text.text for text in page.select("svg.bars text.value")] == ["1", "2,9", "–"]
    levels = [line.select("td")[2].text for line in years.select("tbody tr")]
    assert set(levels) == {"ne sait pas"}
    assert "Depuis la première" not in years.text


def test_a_second_draft_is_not_begun(pages: Pages, hers: FlaskClient) -> None:
    assert hers.post(address(pages)).status_code == 409
    assert drafts() == 1


def test_nobody_answers_in_the_house_s_place(pages: Pages, hers: FlaskClient, visit: Visit) -> None:
    for who, reads in ((pages.owner, 200), (pages.auditor, 403)):
        browser = visit(who)
        data = {"choice": "2", "version": "0"}
        assert browser.post(f"{address(pages)}/2", data=data).status_code == 403
        assert browser.post(f"{address(pages)}/rendre").status_code == 403
        assert browser.get(address(pages)).status_code == reads
    assert answers() == []


def test_a_member_writes_and_the_director_hands_in(pages: Pages, visit: Visit) -> None:
    browser = visit(make.member(Role.MEMBER, establishments=[pages.place]))
    browser.post(address(pages))
    fill(browser, pages)

    assert browser.post(f"{address(pages)}/rendre").status_code == 403
    assert visit(pages.director).post(f"{address(pages)}/rendre").status_code == 303


def test_the_fleet_shows_how_far_each_is_with_the_same_few_reads(
    pages: Pages, hers: FlaskClient, visit: Visit
) -> None:
    hers.post(f"{address(pages)}/2", data={"choice": "3", "version": "0"})
    browser, sent, page = visit(pages.owner), [], ""
    for _ in range(2):
        with counted() as statements:
            page = browser.get("/acme/auto-evaluations").text
        sent.append(len(statements))
        scene.client(pages.offering, since=clock.today(), today=clock.today())

    assert "1 sur 13" in page
    assert sent[0] == sent[1] <= 12


def test_a_director_sees_her_own_line_alone(pages: Pages, visit: Visit) -> None:
    page = BeautifulSoup(visit(pages.director).get("/acme/auto-evaluations").data, "html5lib")

    assert [link.text for link in page.select("a.name")] == ["Les Aulnes"]
    assert visit(pages.director).post("/acme/auto-evaluations").status_code == 403


def test_each_answer_is_a_deed_without_its_words(
    pages: Pages, hers: FlaskClient, visit: Visit
) -> None:
    """Colleagues write over one another: who did, and what stood there, is in the journal."""
    colleague = make.member(Role.MEMBER, establishments=[pages.place])
    hers.post(f"{address(pages)}/2", data={"choice": "3", "note": "Vu.", "version": "0"})
    visit(colleague).post(
        f"{address(pages)}/2", data={"choice": "unknown", "note": "Jeanne doute.", "version": "1"}
    )

    first, second = (deed for deed in _deeds() if deed.action.startswith("assessment.answer"))
    assert (first.action, first.actor_name) == ("assessment.answered", pages.director.name)
    assert first.details == {"question": 2, "before": None, "after": "level 3"}
    assert (second.action, second.actor_name) == ("assessment.answer_changed", colleague.name)
    assert second.details == {"question": 2, "before": "level 3", "after": "unknown"}
    assert {first.establishment_id, second.establishment_id} == {pages.place}


def test_an_answer_refused_is_no_deed(pages: Pages, hers: FlaskClient) -> None:
    before = [deed.id for deed in _deeds()]

    stale = hers.post(f"{address(pages)}/2", data={"choice": "1", "version": "7"})

    assert stale.status_code == 409
    assert [deed.id for deed in _deeds()] == before


def test_handing_in_is_a_deed(pages: Pages, hers: FlaskClient) -> None:
    fill(hers, pages)
    hers.post(f"{address(pages)}/rendre")

    assert [deed.action for deed in _deeds()][-1] == "assessment.submitted"


def _deeds() -> list[AuditEvent]:
    found = list(db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.at)))
    db.session.expunge_all()
    db.session.rollback()
    return found
