"""The guide's pages, outside a tenant and inside one."""

import csv
import io
import re

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from portal.guide import loader
from tenants.access import Actor
from tests.conftest import sign_in

FRENCH = {"Accept-Language": "fr"}


def page(client: FlaskClient, address: str, **headers: str) -> BeautifulSoup:
    response = client.get(address, headers={**FRENCH, **headers})
    assert response.status_code == 200
    return BeautifulSoup(response.text, "html5lib")


def codes_shown(soup: BeautifulSoup) -> list[str]:
    return [str(row["id"]) for row in soup.select("li.req")]


def test_the_guide_opens_on_its_thirteen_questions(client: FlaskClient) -> None:
    soup = page(client, "/guide")

    links = [a["href"] for a in soup.select("ol.plain h3 a")]
    assert links == [f"/guide/questions/{number}" for number in range(1, 14)]
    assert soup.get_text().count("libellé à vérifier") == 13


@pytest.mark.parametrize("number", range(1, 14))
def test_a_question_shows_its_levels_and_its_requirements(client: FlaskClient, number: int) -> None:
    edition = loader.current()
    question = edition.question(number)

    soup = page(client, f"/guide/questions/{number}")

    text = soup.get_text()
    assert codes_shown(soup) == [r.code for r in edition.by_question[number]]
    assert [level for level in question.levels if level not in text] == []
    assert question.lead in text
    assert question.best_practice in text
    assert "libellé à vérifier" in text


def test_a_requirement_says_who_bears_it_how_it_is_proven_and_where_it_comes_from(
    client: FlaskClient,
) -> None:
    text = " ".join(page(client, "/guide/exigences/SAUV-04").get_text().split())

    requirement = loader.current().requirement("SAUV-04")
    for expected in (
        requirement.statement,
        requirement.proof.kinds[0],
        requirement.words.missing,
        requirement.words.ask,
        "prestataire",
        "socle",
        "valable 1 an",
        "RGPD, articles",
        "libellé à vérifier",
    ):
        assert " ".join(expected.split()) in text


def test_every_requirement_has_its_page(client: FlaskClient) -> None:
    answers = {
        r.code: client.get(f"/guide/exigences/{r.code}").status_code
        for r in loader.current().requirements
    }

    assert set(answers.values()) == {200}
    assert len(answers) == 79


@pytest.mark.parametrize(
    "address",
    [
        "/guide/questions/0",
        "/guide/questions/14",
        "/guide/questions/-1",
        "/guide/questions/99999999999999999999",
        "/guide/questions/un",
        "/guide/exigences/ZZZ-01",
        "/guide/exigences/sauv-03",
        "/guide/exigences/%00",
        "/guide/exigences.xlsx",
    ],
)
def test_what_is_not_in_the_guide_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_search_lists_what_it_found_and_keeps_the_words(client: FlaskClient) -> None:
    soup = page(client, "/guide?q=sauvegarde&bearer=provider")

    assert "SAUV-03" in codes_shown(soup)
    assert soup.select_one("input#q")["value"] == "sauvegarde"  # type: ignore[index]  # present
    assert [o["value"] for o in soup.select("#bearer option[selected]")] == ["provider"]


def test_filters_the_page_does_not_know_are_ignored(client: FlaskClient) -> None:
    soup = page(client, "/guide?question=99&bearer=nobody&tier=%27&condition=always%00")

    assert len(soup.select("ol.plain > li")) == 13


def test_a_hostile_search_is_shown_as_text(client: FlaskClient) -> None:
    response = client.get("/guide", query_string={"q": '"><script>alert(1)</script>%(x)s{{7*7}}'})

    assert response.status_code == 200
    assert "<script>alert" not in response.text


def test_a_search_without_result_says_so_and_offers_the_way_back(client: FlaskClient) -> None:
    soup = page(client, "/guide?q=zzzz")

    assert "Rien ne correspond" in soup.get_text()
    assert soup.select_one('.empty a[href="/guide"]')
    assert soup.select('a[href*="exigences.csv"]') == []


def test_htmx_receives_the_results_alone(client: FlaskClient) -> None:
    response = client.get("/guide?q=SAUV-03", headers={**FRENCH, "HX-Request": "true"})

    assert "<html" not in response.text
    assert re.findall(r'id="([A-Z]+-\d\d)"', response.text) == ["SAUV-03"]
    assert "HX-Request" in response.headers["Vary"]


@pytest.mark.parametrize(
    "query", ["", "q=sauvegarde", "tier=reinforced&question=13", "bearer=establishment", "q=hds"]
)
def test_exports_hold_what_the_page_shows(client: FlaskClient, query: str) -> None:
    soup = page(client, f"/guide?{query}")
    links = {
        kind: str(soup.select_one(f'a[href*="exigences.{kind}"]')["href"])  # type: ignore[index]  # present
        for kind in ("csv", "json")
    }

    table = list(csv.reader(io.StringIO(client.get(links["csv"]).text), delimiter=";"))
    data = client.get(links["json"]).get_json()

    expected = codes_shown(soup) or [r.code for r in loader.current().requirements]
    assert [line[0] for line in table[1:]] == expected
    assert [each["code"] for each in data["requirements"]] == expected
    assert {len(line) for line in table} == {14}


def test_an_export_is_a_file_that_a_spreadsheet_opens_in_columns(client: FlaskClient) -> None:
    response = client.get("/guide/exigences.csv")

    assert response.data.startswith("\ufeff".encode())
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert not [line for line in response.text.splitlines() if line[:1] in "=+-@"]


def test_inside_a_tenant_the_guide_keeps_the_rail_and_its_links(
    client: FlaskClient, owner: Actor
) -> None:
    sign_in(client, owner)

    index = page(client, "/acme/guide?q=SAUV-03")
    requirement = page(client, "/acme/guide/exigences/SAUV-03")

    assert index.select_one('nav a[aria-current="page"][href="/acme/guide"]')
    assert index.select_one('li.req a[href="/acme/guide/exigences/SAUV-03"]')
    assert requirement.select_one('a[href="/acme/guide/questions/2"]')


def test_inside_a_tenant_a_stranger_finds_no_guide(
    client: FlaskClient, owner: Actor, stranger: Actor
) -> None:
    sign_in(client, stranger)

    assert client.get("/acme/guide").status_code == 404


def test_the_open_guide_asks_the_database_nothing(client: FlaskClient) -> None:
    asked: list[str] = []

    def count(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", count)
    try:
        for address in ("/guide?q=sauvegarde", "/guide/questions/2", "/guide/exigences/SAUV-03"):
            client.get(address)
    finally:
        event.remove(Engine, "before_cursor_execute", count)

    assert asked == []
