"""A campaign asks every client for a self-assessment by a day, and whoever is writing one too."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from portal.assessments.models import Assessment
from portal.kit import clock
from tenants.db import db
from tests.assessments.test_pages import address, answers, drafts
from tests.conftest import Visit
from tests.tracking.conftest import Pages


def test_a_campaign_asks_all_and_a_draft_that_is_under_way_joins_it_with_what_it_holds(
    pages: Pages, visit: Visit
) -> None:
    hers = visit(pages.director)
    hers.post(address(pages))
    hers.post(f"{address(pages)}/2", data={"choice": "3", "note": "Vu.", "version": "0"})
    due, provider = clock.today() + timedelta(30), visit(pages.owner)

    answer = provider.post(
        "/acme/auto-evaluations", data={"due_on": due.isoformat()}, follow_redirects=True
    )

    table = Assessment.__table__
    asked = db.session.execute(sa.select(table)).all()
    db.session.rollback()
    assert {row.establishment_id: row.due_on for row in asked} == {
        pages.place: due, pages.neighbour: due,
    }  # fmt: skip
    assert len({row.campaign_id for row in asked} - {None}) == 1
    assert [(kept.question, kept.level, kept.note) for kept in answers()] == [(2, 3, "Vu.")]
    assert "2 établissements" in answer.text
    assert "Un en écrivait déjà une" in answer.text
    assert "à rendre" in hers.get(address(pages)).text
    journal = hers.get("/acme/journal").text
    assert "a demandé l’auto-évaluation en cours pour le" in journal


def test_where_none_was_begun_its_provider_is_led_to_asking_for_one(
    pages: Pages, visit: Visit
) -> None:
    shown = BeautifulSoup(visit(pages.owner).get(address(pages)).text, "html.parser")

    assert [it["href"] for it in shown.select(".empty a")] == ["/acme/auto-evaluations"]


def test_a_later_campaign_says_the_day_again(pages: Pages, visit: Visit) -> None:
    provider, today = visit(pages.owner), clock.today()
    for days in (10, 40):
        due_on = (today + timedelta(days)).isoformat()
        assert provider.post("/acme/auto-evaluations", data={"due_on": due_on}).status_code == 303

    table = Assessment.__table__
    asked = db.session.execute(sa.select(table)).all()
    db.session.rollback()
    assert [row.due_on for row in asked] == [today + timedelta(40)] * 2
    assert len({row.campaign_id for row in asked}) == 1


@pytest.mark.parametrize("due", ["", "hier", "2020-01-01"])
def test_a_campaign_needs_a_day_to_come(pages: Pages, visit: Visit, due: str) -> None:
    answer = visit(pages.owner).post("/acme/auto-evaluations", data={"due_on": due})

    assert answer.status_code == 422
    assert drafts() == 0
