"""What a house answered over the years: counted on its page, and taken away as a file."""

import csv
import io

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.assessments import evolution
from portal.assessments.models import Answer, Assessment, AssessmentAnswer
from portal.kit import clock
from tenants.db import db
from tests import make
from tests.conftest import Visit
from tests.tracking.conftest import Pages

FORMULA = "=HYPERLINK(1)"


def answers_of(*choices: int | Answer) -> dict[int, AssessmentAnswer]:
    return {
        number: AssessmentAnswer(question=number, answer=choice)
        if isinstance(choice, Answer)
        else AssessmentAnswer(question=number, answer=Answer.LEVEL, level=choice)
        for number, choice in enumerate(choices, 1)
    }


def year(*choices: int | Answer) -> evolution.Year:
    one = Assessment(submitted_at=clock.now())
    (found,) = evolution.years([one], {one.id: answers_of(*choices)})
    return found


def test_levels_are_counted_and_what_has_none_is_no_zero() -> None:
    found = year(0, 4, 4, 2, Answer.UNKNOWN, Answer.NOT_APPLICABLE)

    assert (found.total, found.levels, found.mean) == (10, 4, 2.5)
    assert list(found.counts) == [1, 0, 1, 0, 2]
    assert (found.unknown, found.not_applicable) == (1, 1)
    assert found.levels == sum(found.counts)


def test_a_question_s_mean_is_of_the_years_that_gave_it_a_level() -> None:
    those = [year(1, 4, Answer.UNKNOWN), year(2, Answer.UNKNOWN, Answer.UNKNOWN)]

    assert evolution.means(those) == {1: 1.5, 2: 4.0}


def handed_in(browser: FlaskClient, pages: Pages, *choices: str, note: str = "") -> None:
    here = f"/acme/etablissements/{pages.place}/auto-evaluation"
    assert browser.post(here).status_code == 303
    for number, choice in enumerate(choices, 1):
        data = {"choice": choice, "note": note, "version": "0"}
        assert browser.post(f"{here}/{number}", data=data).status_code == 303
    assert browser.post(f"{here}/rendre").status_code == 303


@pytest.fixture
def twice(pages: Pages, visit: Visit) -> FlaskClient:
    """The director's browser, once her house has handed in two of them."""
    browser = visit(pages.director)
    handed_in(browser, pages, *["2"] * 10, "4", "unknown", "unknown", note=FORMULA)
    handed_in(browser, pages, *["3"] * 12, "not_applicable", note="Vu ensemble.")
    return browser


def rows(browser: FlaskClient, pages: Pages) -> list[dict[str, str]]:
    answer = browser.get(f"/acme/etablissements/{pages.place}/auto-evaluation/export.csv")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="auto-evaluations.csv"'
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_the_page_counts_each_level_of_each_one(pages: Pages, twice: FlaskClient) -> None:
    page = twice.get(f"/acme/etablissements/{pages.place}/auto-evaluation")
    html = BeautifulSoup(page.data, "html5lib")
    (foot,) = html.select("tfoot")
    told = {
        " ".join(line.th.get_text().split()): [
            " ".join(cell.get_text().split()) for cell in line.select("td:not([colspan])")
        ]
        for line in foot.select("tr")
        if line.th
    }

    assert told["Total des niveaux"] == ["24 sur 44", "36 sur 48"]
    assert told["Questions au niveau 2"] == ["10", "0"]
    assert told["Questions au niveau 3"] == ["0", "12"]
    assert told["Questions au niveau 4"] == ["1", "0"]
    assert [told[name] for name in told if "ne sait pas" in name] == [["2", "0"]]
    assert [told[name] for name in told if "non applicable" in name] == [["0", "1"]]
    columns = len(html.select("[aria-labelledby=annees] thead th"))
    for line in html.select("[aria-labelledby=annees] tr"):
        wide = [int(str(cell.get("colspan") or "1")) for cell in line.select("th, td")]
        assert sum(wide) == columns


def test_the_file_has_a_line_an_answer_and_no_formula(pages: Pages, twice: FlaskClient) -> None:
    found = rows(twice, pages)

    assert len(found) == 26
    assert [it["Niveau"] for it in found[:13]] == [*["2"] * 10, "4", "", ""]
    assert found[11]["Réponse"] == "ne sait pas"
    assert found[25]["Réponse"] == "non applicable"
    assert {it["Remarque"] for it in found[:13]} == {f"'{FORMULA}"}
    assert {it["Réponse écrite par"] for it in found} == {pages.director.name}
    assert {it["Rendue le"] for it in found} == {clock.today().isoformat()}


def test_a_provider_s_file_is_without_what_the_house_wrote_beside(
    pages: Pages, twice: FlaskClient, visit: Visit
) -> None:
    found = rows(visit(pages.owner), pages)

    assert len(found) == 26
    assert {"Remarque", "Réponse écrite par"} & set(found[0]) == set()
    assert not any("HYPERLINK" in value for it in found for value in it.values())


def test_a_draft_is_not_in_it_and_neither_is_another_house(
    pages: Pages, twice: FlaskClient
) -> None:
    here = f"/acme/etablissements/{pages.place}/auto-evaluation"
    twice.post(here)
    twice.post(f"{here}/1", data={"choice": "0", "note": "Brouillon", "version": "0"})
    elsewhere = make.establishment("Un autre")
    db.session.commit()

    found = rows(twice, pages)

    assert len(found) == 26
    assert not any("Brouillon" in it["Remarque"] for it in found)
    other = f"/acme/etablissements/{elsewhere}/auto-evaluation/export.csv"
    assert twice.get(other).status_code == 404
    kept = db.session.scalar(sa.select(sa.func.count()).select_from(Assessment))
    db.session.rollback()
    assert kept == 3


def test_before_the_first_the_file_has_its_head_alone(pages: Pages, visit: Visit) -> None:
    assert rows(visit(pages.director), pages) == []
