"""What proves a point is listed as proving it: neither what is to come, nor what proves another."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup

from portal.contracts.models import Bearer
from portal.evidence import service
from portal.evidence.facts import Content, Facts
from portal.evidence.linking import Aim
from portal.evidence.models import Kind, Visibility
from portal.guide import loader
from portal.kit import clock
from portal.tracking.models import Status
from tenants.db import db
from tests.briefs.ordering import document, words
from tests.briefs.test_saying import EVALUATED
from tests.conftest import Visit
from tests.space.depositing import bear
from tests.tracking import scene
from tests.tracking.conftest import Pages

TODAY = clock.today()


def _add(pages: Pages, title: str, aim: Aim, **facts: Any) -> None:
    said = Facts(title, Visibility.CLIENTS, valid_until=TODAY + timedelta(300), **facts)
    service.add(
        pages.owner, loader.current(), content=Content(Kind.NOTE, body="Vu."), facts=said,
        aim=aim, today=TODAY,
    )  # fmt: skip


@pytest.fixture
def excepted(pages: Pages) -> Pages:
    """An exception there, which nothing proves today."""
    days = {"covers_from": TODAY + timedelta(60), "covers_until": TODAY + timedelta(90)}
    _add(pages, "L’exercice à venir", Aim([EVALUATED], establishment_ids=[pages.place]), **days)
    _add(pages, "L’exercice des autres", Aim([EVALUATED]))
    db.session.commit()
    scene.except_(pages.owner, pages.place, Status.IMPLEMENTED, code=EVALUATED, today=TODAY)
    return pages


def test_a_brief_lists_what_proves_and_nothing_else(excepted: Pages, visit: Visit) -> None:
    own = Aim([EVALUATED], establishment_ids=[excepted.place])
    before = words(document(visit(excepted.director), excepted.place).data)
    _add(excepted, "L’exercice de mars", own)
    db.session.commit()

    after = words(document(visit(excepted.director), excepted.place).data)

    assert "L’exercice" not in before
    assert "L’exercice de mars" in after
    assert "L’exercice à venir" not in after
    assert "L’exercice des autres" not in after


def test_the_pages_say_that_it_is_to_come(excepted: Pages, visit: Visit) -> None:
    bear(excepted, Bearer.SHARED, EVALUATED)
    place = f"/acme/etablissements/{excepted.place}"
    answer = f"{place}/treize-questions/reponses/{EVALUATED}"
    told = {
        who: BeautifulSoup(visit(person).get(url).text, "html5lib")
        for who, person, url in (
            ("house", excepted.director, answer),
            ("point", excepted.owner, f"{place}/exigences/{EVALUATED}"),
            ("sheet", excepted.owner, place),
        )
    }

    for page in told.values():
        chips = [it.text for it in page.select("a.chip") if "L’exercice" in it.text]
        assert chips == ["L’exercice à venir · à venir"]
    row = told["sheet"].select_one(f"#{EVALUATED}")
    assert row is not None
    assert "sans preuve" in row.text
