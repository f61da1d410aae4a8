"""What a brief says is what the establishment's pages say, read back from the paper itself."""

import io
import json
import re
from datetime import timedelta

import pikepdf
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.evidence.models import Visibility
from portal.guide import loader
from portal.kit import clock
from portal.tracking.models import Status, Verdict
from tests.briefs.ordering import document, plain, rows, words
from tests.conftest import Visit
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE

#: The one that the edition ties to a criterion of the HAS.
EVALUATED = "INC-06"


def page(browser: FlaskClient, pages: Pages, path: str) -> BeautifulSoup:
    answer = browser.get(f"/acme/etablissements/{pages.place}/{path}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.data, "html5lib")


def assess(browser: FlaskClient, pages: Pages, **notes: str) -> None:
    here = f"/acme/etablissements/{pages.place}/auto-evaluation"
    browser.post(here)
    for number in range(1, 14):
        said = {"choice": ("4", "unknown", "1")[number % 3], "version": "0"}
        assert browser.post(f"{here}/{number}", data=said | notes).status_code == 303
    assert browser.post(f"{here}/rendre").status_code == 303


@pytest.fixture
def hers(pages: Pages, visit: Visit) -> FlaskClient:
    """The director's browser; something is contested, something is felt, something is to do."""
    browser = visit(pages.director)
    assess(browser, pages)
    scene.declare(pages.owner, pages.offering, Status.PARTIAL, code="SAUV-01", today=clock.today())
    scene.judge_as(
        pages.director, pages.place, Verdict.CONTESTED, reason="Rien vu sur place.",
        today=clock.today(),
    )  # fmt: skip
    due = (clock.today() + timedelta(9)).isoformat()
    opened = browser.post(
        f"/acme/etablissements/{pages.place}/plan/nouvelle",
        data={"title": "Voir la salle serveur", "side": "establishment", "due_on": due},
    )
    assert opened.status_code == 303
    return browser


def test_each_of_the_thirteen_lines_says_what_the_page_says(
    pages: Pages, hers: FlaskClient
) -> None:
    paper = words(document(hers, pages.place).data)
    shown = page(hers, pages, "treize-questions")

    for number in range(1, 14):
        line = shown.select_one(f"#q{number}")
        assert line is not None
        title = line.select_one("h3")
        sentence = line.select_one(".say")
        assert title is not None
        assert sentence is not None
        told = [plain(title.text).partition(" ")[2], plain(sentence.text)]
        told += [plain(it.text) for it in line.select(".say + p")]
        assert [said for said in told if said not in paper] == []


def test_the_lead_and_the_figures_are_those_of_the_page(pages: Pages, hers: FlaskClient) -> None:
    paper = words(document(hers, pages.place).data)
    shown = page(hers, pages, "treize-questions")

    lead = shown.select_one("p.lead")
    assert lead is not None
    assert plain(lead.text) in paper
    figures = [plain(it.text) for it in shown.select("dl.figures dd")]
    assert f"{figures[1]} prouvé, {figures[0]} dit, {figures[2]} reconnu" in paper
    table = shown.select("table.data tbody tr")
    assert len(table) == 13
    for line in table:
        said, proven, kept = (plain(cell.text) for cell in line.select("td"))
        assert f"{said} dit · {proven} prouvé · {kept} reconnu" in paper


def test_what_is_felt_stands_beside_it_with_the_gap(pages: Pages, hers: FlaskClient) -> None:
    paper = words(document(hers, pages.place).data)
    (table, *_) = page(hers, pages, "auto-evaluation").select("table.data")

    for line in table.select("tbody tr"):
        felt, _, _, gap = (plain(cell.text) for cell in line.select("td"))
        assert f"{felt} {gap}" in paper


def test_what_is_contested_and_what_is_left_are_named(pages: Pages, hers: FlaskClient) -> None:
    paper = words(document(hers, pages.place).data)

    title = loader.current().requirement(CODE).title
    assert f"{title} · question 2, {CODE}" in paper
    assert "« Rien vu sur place. »" in paper
    assert "Contesté 1 point" in paper
    plan = page(hers, pages, "plan")
    left = [plain(link.text) for link in plan.select("section[aria-labelledby=reste] a.name")]
    assert "Voir la salle serveur" in left
    assert len(left) == 2
    assert [name for name in left if name not in paper] == []


def test_it_is_dated_numbered_and_says_what_it_is_made_of(pages: Pages, hers: FlaskClient) -> None:
    answer = document(hers, pages.place)
    paper, (row,) = words(answer.data), rows()

    number = f"SYN-{clock.today().year}-0001"
    assert row.number == number
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{number}.pdf"'
    assert paper.count(number) >= 3
    counts = page(hers, pages, "treize-questions").select("ol.plain > li .say + p")
    points = sum(int(plain(it.text).split(" ")[1].replace("un", "1")) for it in counts)
    assert f": {points} points de l’édition {loader.current().id} du guide" in paper
    assert "l’auto-évaluation rendue le" in paper
    digest = row.snapshot_sha256
    assert " ".join(digest[at : at + 8] for at in range(0, 64, 8)) in paper


def test_the_criterion_of_the_evaluation_is_named_with_what_proves_it(
    pages: Pages, hers: FlaskClient
) -> None:
    scene.prove(
        pages.owner, EVALUATED, title="Plan bleu numérique", today=clock.today(),
        until=scene.later(90, clock.today()), establishment_ids=[pages.place],
    )  # fmt: skip

    paper = words(document(hers, pages.place).data)

    assert "HAS critère 3.14.1" in paper
    assert "Plan bleu numérique" in paper
    assert len(set(re.findall(r"critère \d\.\d+", paper))) == 1


def test_a_proof_that_the_establishment_may_not_see_is_not_in_it(
    pages: Pages, hers: FlaskClient
) -> None:
    scene.prove(
        pages.owner, EVALUATED, title="Note interne", today=clock.today(),
        until=scene.later(90, clock.today()), visibility=Visibility.PROVIDER,
    )  # fmt: skip

    assert "Note interne" not in words(document(hers, pages.place).data)


def test_a_board_reads_french_whatever_the_language_of_who_ordered(
    pages: Pages, hers: FlaskClient
) -> None:
    with hers.session_transaction() as session:
        session["locale"] = "en"

    paper = words(document(hers, pages.place).data)

    assert "ne sait pas" in paper
    assert "sans réponse" in paper
    assert "does not know" not in paper


def test_it_is_archival_accessible_and_carries_its_data(pages: Pages, hers: FlaskClient) -> None:
    answer = document(hers, pages.place)
    (row,) = rows()

    with pikepdf.open(io.BytesIO(answer.data)) as it:
        told = it.open_metadata()
        attached = it.attachments[f"{row.number}.json"].get_file().read_bytes()
        assert (told["pdfaid:part"], told["pdfuaid:part"]) == ("3", "1")
        assert it.Root.Lang == "fr-FR"
    assert attached.decode() == row.snapshot
    assert json.loads(attached)["format"] == "treize-brief/1"
