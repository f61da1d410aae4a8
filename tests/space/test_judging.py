"""A view on a whole question: shown beforehand, given at once, undone as one."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.contests.models import Contest
from portal.guide import loader
from portal.kit import clock
from portal.tracking.models import Status, Verdict
from tenants.db import db
from tests import make
from tests.conftest import Visit
from tests.counting import counted
from tests.tracking import scene
from tests.tracking.conftest import Pages

CODES = ("SAUV-01", "SAUV-02", "SAUV-03", "SAUV-05")


@pytest.fixture
def house(pages: Pages) -> Pages:
    """Question 2 with three points said, one of them recognised and one contested, one unknown."""
    today = clock.today()
    offering = make.offering(carries=CODES)
    make.contract(pages.place, offering)
    scene.tell(pages.place, today=today)
    for code in ("SAUV-01", "SAUV-03"):
        scene.declare(pages.owner, offering, Status.PARTIAL, code=code, today=today)
    judge(pages, "SAUV-01", Verdict.RECOGNISED)
    judge(pages, "SAUV-03", Verdict.CONTESTED)
    return pages


def judge(pages: Pages, code: str, verdict: Verdict) -> None:
    scene.judge_as(
        pages.director, pages.place, verdict, code=code, reason="Non.", when=clock.now(),
        today=clock.today(),
    )  # fmt: skip


def address(pages: Pages) -> str:
    return f"/acme/etablissements/{pages.place}/treize-questions/2/avis"


def verdicts(pages: Pages) -> dict[str, Verdict]:
    found = {code: scene.row(pages.place, code).verdict for code in CODES}
    db.session.rollback()
    return found


def form(browser: FlaskClient, pages: Pages, verdict: str, **typed: str) -> dict[str, Any]:
    page = BeautifulSoup(browser.get(f"{address(pages)}?avis={verdict}").data, "html5lib")
    read = [field["value"] for field in page.select("input[name=read]")]
    return {"verdict": verdict, "read": read, **typed}


def codes(data: dict[str, Any]) -> list[str]:
    return [value.split(":")[0] for value in data["read"]]


def give(browser: FlaskClient, pages: Pages, verdict: str, **typed: str) -> TestResponse:
    return browser.post(address(pages), data=form(browser, pages, verdict, **typed))


N, R, C = Verdict.NONE, Verdict.RECOGNISED, Verdict.CONTESTED


def test_the_preview_names_what_is_covered_and_spares_the_rest(house: Pages, visit: Visit) -> None:
    browser = visit(house.director)

    assert codes(form(browser, house, "recognised")) == ["SAUV-02"]
    assert codes(form(browser, house, "contested")) == ["SAUV-01", "SAUV-02"]
    assert list(verdicts(house).values()) == [R, N, C, N]


def test_recognising_covers_what_the_preview_said_and_no_more(house: Pages, visit: Visit) -> None:
    answer = give(visit(house.director), house, "recognised")

    assert answer.status_code == 303
    assert list(verdicts(house).values()) == [R, R, C, N]
    assert scene.row(house.place, "SAUV-02").recognised
    assert scene.card(house.place).recognised[1] > 0


def test_contesting_opens_one_exchange_for_the_whole_question(house: Pages, visit: Visit) -> None:
    give(visit(house.director), house, "contested", reason="Rien n’a été montré.")

    found = {tuple(it.codes): it.reason for it in db.session.query(Contest)}
    assert found == {
        ("SAUV-03",): "Non.",
        ("SAUV-01", "SAUV-02"): "Rien n’a été montré.",
    }
    assert scene.card(house.place).contested[1] == 3


@pytest.mark.parametrize("page", ["", "/treize-questions"])
def test_what_was_contested_at_once_is_told_at_once(house: Pages, visit: Visit, page: str) -> None:
    browser, here = visit(house.director), f"/acme/etablissements/{house.place}"
    give(browser, house, "contested", reason="Rien n’a été montré.")

    shown = BeautifulSoup(browser.get(f"{here}{page}").data, "html5lib")
    lines = [line for line in shown.select(".next > li") if "contesté" in line.text]

    reasons = ("Rien n’a été montré.", "Non.")
    assert all(said in line.text for said, line in zip(reasons, lines, strict=True))
    assert ["2 points" in " ".join(line.text.split()) for line in lines] == [True, False]
    assert [str(line.a["href"]) for line in lines if line.a] == [
        f"{here}/contestations", f"{here}/exigences/SAUV-03"
    ]  # fmt: skip


def test_undoing_gives_each_verdict_back(house: Pages, visit: Visit) -> None:
    browser, before = visit(house.director), verdicts(house)
    kept = scene.row(house.place, "SAUV-01")
    give(browser, house, "contested", reason="Trop vite.")

    answer = undo(browser, house)

    assert answer.status_code == 303
    assert verdicts(house) == before
    row = scene.row(house.place, "SAUV-01")
    assert (row.verdict_at, row.verdict_by_name) == (kept.verdict_at, kept.verdict_by_name)
    assert scene.card(house.place).contested[1] == 1


def undo(browser: FlaskClient, pages: Pages) -> TestResponse:
    page = BeautifulSoup(
        browser.get(f"/acme/etablissements/{pages.place}/treize-questions").data, "html5lib"
    )
    button = page.select_one(".flash form[action]")
    assert button is not None
    browser.undo = str(button["action"])  # type: ignore[attr-defined]  # for a second time
    return browser.post(str(button["action"]))


def test_it_is_undone_once(house: Pages, visit: Visit) -> None:
    browser = visit(house.director)
    give(browser, house, "recognised")
    undo(browser, house)

    again = browser.post(browser.undo)  # type: ignore[attr-defined]  # as kept just above

    assert again.status_code == 409


def test_undoing_leaves_what_was_thought_over_since(house: Pages, visit: Visit) -> None:
    browser = visit(house.director)
    give(browser, house, "contested", reason="Trop vite.")
    judge(house, "SAUV-02", Verdict.RECOGNISED)

    undo(browser, house)

    assert verdicts(house)["SAUV-02"] is Verdict.RECOGNISED
    assert verdicts(house)["SAUV-01"] is Verdict.RECOGNISED


def test_a_recognition_of_what_has_changed_does_not_come_back(house: Pages, visit: Visit) -> None:
    browser = visit(house.director)
    give(browser, house, "contested", reason="Trop vite.")
    scene.except_(house.owner, house.place, Status.PLANNED, code="SAUV-01", today=clock.today())

    undo(browser, house)

    assert verdicts(house)["SAUV-01"] is Verdict.NONE


def test_what_changed_since_it_was_read_is_read_again(house: Pages, visit: Visit) -> None:
    browser = visit(house.director)
    data = form(browser, house, "recognised")
    scene.declare(house.owner, house.offering, Status.PARTIAL, today=clock.today())

    answer = browser.post(address(house), data=data)

    assert answer.status_code == 409
    assert verdicts(house)["SAUV-02"] is Verdict.NONE


@pytest.mark.parametrize(
    "typed",
    [
        {"verdict": "contested", "read": ["SAUV-02:3"]},
        {"verdict": "none", "read": ["SAUV-02:3"]},
        {"verdict": "recognised", "read": ["SAUV-02"]},
        {"verdict": "recognised", "read": ["SAUV-02:x"]},
        {"verdict": "maybe"},
        {},
    ],
)
def test_nonsense_is_refused_with_a_reason(
    house: Pages, visit: Visit, typed: dict[str, Any]
) -> None:
    answer = visit(house.director).post(address(house), data=typed)

    assert answer.status_code == 422
    assert list(verdicts(house).values()) == [R, N, C, N]


def test_a_question_that_does_not_exist_is_not_there(house: Pages, visit: Visit) -> None:
    answer = visit(house.director).get(address(house).replace("/2/", "/14/"))

    assert answer.status_code == 404


def test_her_provider_never_judges_its_own_word(house: Pages, visit: Visit) -> None:
    browser = visit(house.owner)

    assert browser.get(address(house)).status_code == 403
    assert browser.post(address(house), data={"verdict": "recognised"}).status_code == 403


def test_a_whole_question_takes_no_more_statements_than_two_points(
    house: Pages, visit: Visit
) -> None:
    browser, sent = visit(house.director), []
    for number in (2, 13):
        codes = [r.code for r in loader.current().by_question[number]]
        offering = make.offering(carries=codes)
        make.contract(house.place, offering)
        scene.tell(house.place, today=clock.today())
        for code in codes[:2] if number == 2 else codes:
            scene.declare(house.owner, offering, Status.PLANNED, code=code, today=clock.today())
        here = address(house).replace("/2/", f"/{number}/")
        page = BeautifulSoup(browser.get(here).data, "html5lib")
        read = [field["value"] for field in page.select("input[name=read]")]
        with counted() as statements:
            browser.post(here, data={"verdict": "recognised", "read": read})
        sent.append((len(read), len(statements)))

    (few, fewer), (many, more) = sent
    assert many > few
    assert more <= fewer + 1 <= 18
