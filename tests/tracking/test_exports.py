"""The lists that leave as files: what the screens say, and nothing a spreadsheet would run."""

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.fleet.models import Stage
from portal.kit import clock
from portal.tracking import board
from portal.tracking.forms import board_filter
from portal.tracking.models import Status, Verdict
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.counting import counted
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE

SHARES = {
    "Déclaré, pour cent": "declared_total",
    "Prouvé, pour cent": "proven_total",
    "Reconnu, pour cent": "recognised_total",
}
COUNTS = {
    "Réponses contestées": "contested_total",
    "Réponses périmées": "lapsed_total",
    "Sans réponse": "unanswered_total",
    "Prochaine preuve à échoir": "next_lapse",
}


def table(browser: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = browser.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.data.startswith(b"\xef\xbb\xbf"), "a French spreadsheet would not see UTF-8"
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def figure(value: Any) -> str:
    """Per mille as the file says it: per cent, empty where there is none."""
    return "" if value is None or value < 0 else str(value / 10).replace(".", ",")


@pytest.mark.parametrize(
    "query", ["", "sort=name", "q=aulnes", "state=contested", "stage=prospect", "sort=nonsense"]
)
def test_the_file_of_the_board_says_what_the_board_says(
    pages: Pages, visit: Visit, query: str
) -> None:
    make.establishment("Les Dunes", stage=Stage.PROSPECT)
    scene.judge_as(pages.director, pages.place, Verdict.CONTESTED, today=clock.today())
    address = dict(part.split("=") for part in query.split("&") if part)
    expected = board.lines(board_filter(address), clock.today(), limit=100, offset=0)
    db.session.rollback()

    rows = table(visit(pages.owner), f"/acme/parc.csv?{query}")

    assert [row["Établissement"] for row in rows] == [line.name for line in expected]
    for row, line in zip(rows, expected, strict=True):
        assert row["Client ou prospect"] == line.stage.value
        for head, name in SHARES.items():
            assert row[head] == figure(getattr(line, name))
        for head, name in COUNTS.items():
            value = getattr(line, name)
            assert row[head] == ("" if value is None else str(value))
        proven = line.proven or [None] * 13
        assert [row[f"Prouvé, question {n}"] for n in range(1, 14)] == [
            figure(one) for one in proven
        ]


def test_the_file_holds_the_whole_selection_and_not_a_page(pages: Pages, visit: Visit) -> None:
    for number in range(60):
        make.establishment(f"Maison {number:02}")

    assert len(table(visit(pages.owner), "/acme/parc.csv")) == 62
    assert len(table(visit(pages.owner), "/acme/parc.csv?page=2&q=maison")) == 60


def test_a_longer_file_takes_no_more_statements(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.owner)
    sent = []
    for _ in range(2):
        with counted() as statements:
            browser.get("/acme/parc.csv")
        sent.append(len(statements))
        for number in range(20):
            make.establishment(f"Maison {number:02}")

    assert sent[0] == sent[1]


def test_people_of_an_establishment_take_away_theirs_alone(pages: Pages, visit: Visit) -> None:
    for role in (Role.DIRECTOR, Role.MEMBER):
        browser = visit(make.member(role, establishments=[pages.place]))
        assert [row["Établissement"] for row in table(browser, "/acme/parc.csv")] == ["Les Aulnes"]


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])
def test_no_cell_is_taken_for_a_formula(pages: Pages, visit: Visit, evil: str) -> None:
    make.establishment(evil)
    scene.declare(pages.owner, pages.offering, Status.PARTIAL, text=evil, today=clock.today())
    browser = visit(pages.owner)

    names = [row["Établissement"] for row in table(browser, "/acme/parc.csv")]
    texts = [row["Texte"] for row in table(browser, "/acme/exigences.csv")]

    assert f"'{evil}" in names
    assert evil not in names
    assert f"'{evil}" in texts


@pytest.mark.parametrize("odd", ['Les "Aulnes"', "Les; Aulnes", "Les\nAulnes", "Œuvre d’été"])
def test_separators_quotes_and_accents_come_through(pages: Pages, visit: Visit, odd: str) -> None:
    make.establishment(odd)

    assert odd in [row["Établissement"] for row in table(visit(pages.owner), "/acme/parc.csv")]


def test_the_file_of_the_requirements_says_what_is_declared(pages: Pages, visit: Visit) -> None:
    rows = table(visit(pages.owner), "/acme/exigences.csv")

    said = {row["Code"]: (row["État"], row["Texte"], row["Revu le"]) for row in rows}
    assert said == {
        CODE: ("en place", "Une copie chaque nuit.", clock.today().isoformat()),
        "SAUV-01": ("sans réponse", "", ""),
    }


def test_whoever_reads_english_gets_english_heads_words_and_decimals(
    pages: Pages, visit: Visit
) -> None:
    browser = visit(pages.owner)
    with browser.session_transaction() as session:
        session["locale"] = "en"

    board_row = table(browser, "/acme/parc.csv")[0]
    words = {row["State"] for row in table(browser, "/acme/exigences.csv")}

    assert board_row["Client or prospect"] == "client"
    assert "," not in board_row["Declared, per cent"]
    assert board_row["Declared, per cent"].count(".") == 1
    assert words == {"in place", "unanswered"}
