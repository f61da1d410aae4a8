"""Whoever answers what a colleague has just handed in is told so, and keeps what she wrote."""

from bs4 import BeautifulSoup

from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.assessments.test_pages import address, answers, fill
from tests.conftest import Visit
from tests.tracking.conftest import Pages


def test_what_a_colleague_wrote_too_late_is_not_lost(pages: Pages, visit: Visit) -> None:
    member = make.member(Role.MEMBER, establishments=[pages.place])
    db.session.commit()
    director, late = visit(pages.director), visit(member)
    director.post(address(pages))
    fill(director, pages)
    assert director.post(f"{address(pages)}/rendre").status_code == 303
    before = answers()

    told = late.post(
        f"{address(pages)}/3", data={"choice": "4", "note": "Un essai chaque mois.", "version": "1"}
    )
    again = director.post(f"{address(pages)}/rendre")

    page = BeautifulSoup(told.text, "html5lib")
    assert (told.status_code, again.status_code) == (409, 409)
    assert "a été rendue entre-temps" in " ".join(page.text.split())
    assert page.select("textarea[readonly]")[0].text == "Un essai chaque mois."
    assert answers() == before


def test_where_there_never_was_one_there_is_nothing(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.director)
    stranger = visit(make.member(Role.DIRECTOR, establishments=[pages.neighbour]))
    data = {"choice": "4", "version": "0"}

    assert browser.post(f"{address(pages)}/3", data=data).status_code == 404
    browser.post(address(pages))
    fill(browser, pages)
    browser.post(f"{address(pages)}/rendre")
    assert stranger.post(f"{address(pages)}/3", data=data).status_code == 404
