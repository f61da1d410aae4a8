"""The board's lines and the answers, written without a template: hostile words stay words."""

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup, Tag

from portal.fleet.models import Establishment, ManagingBody, Stage
from portal.kit import clock
from tenants.db import db
from tests import make
from tests.conftest import Visit
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE

NAME = """Les "Iris"'><img src=x onerror=alert(1)> & Cie"""
CITY = "</small></td><script>alert(2)</script>"
BODY = "<svg onload='alert(3)'>&amp;"


def hostile(pages: Pages, stage: Stage) -> None:
    """An establishment whose every word is an attack."""
    today, body = clock.today(), make.managing_body(BODY)
    place = make.establishment(NAME, stage=Stage.PROSPECT, managing_body_id=body)
    if stage is Stage.CLIENT:
        place = scene.client(
            pages.offering, name=NAME, since=today, today=today, managing_body_id=body
        )
    named = sa.update(Establishment).where(Establishment.id == place)
    db.session.execute(named.values(city=CITY))
    db.session.commit()


def _line(text: str) -> Tag:
    """The one line of the board whose name is the attack."""
    board = BeautifulSoup(text, "html5lib").select_one("table.board tbody")
    assert board is not None
    (line,) = (row for row in board.select("tr") if NAME in row.text)
    assert board.find(["img", "script"]) is None
    return line


@pytest.mark.parametrize("stage", [Stage.CLIENT, Stage.PROSPECT])
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
def test_a_hostile_name_is_shown_on_the_board_as_it_was_typed(
    pages: Pages, visit: Visit, stage: Stage, fragment: bool
) -> None:
    hostile(pages, stage)
    headers = {"HX-Request": "true"} if fragment else {}

    answer = visit(pages.owner).get(f"/acme/parc?stage={stage}", headers=headers)

    line = _line(answer.text)
    name, place, box = (line.select_one(part) for part in ("a.name", ".who small", "[data-pick]"))
    assert name is not None
    assert place is not None
    assert box is not None
    assert (name.text, place.text) == (NAME, f"{CITY} · {BODY}")
    assert str(box["aria-label"]) == f"Choisir {NAME}"
    assert set(box.attrs) == {"type", "name", "value", "form", "aria-label", "data-pick"}


def test_a_hostile_managing_body_is_offered_by_the_filters_as_it_was_typed(
    pages: Pages, visit: Visit
) -> None:
    hostile(pages, Stage.CLIENT)

    page = BeautifulSoup(visit(pages.owner).get("/acme/parc").data, "html5lib")

    assert BODY in [option.text for option in page.select("option")]
    assert page.find("svg", onload=True) is None
    assert db.session.scalar(sa.select(ManagingBody.name)) == BODY


def test_hostile_words_of_a_declaration_are_shown_as_they_were_typed(
    pages: Pages, visit: Visit
) -> None:
    """Braces too: the sentence around them is put together by the portal."""
    typed = "{0} {1} {name} %s %(text)s <img src=x onerror=alert(4)>"
    scene.declare(pages.owner, pages.offering, text=typed, today=clock.today())

    answer = visit(pages.owner).get(f"/acme/etablissements/{pages.place}")

    page = BeautifulSoup(answer.data, "html5lib")
    said = page.select_one(f"#{CODE} .says")
    assert said is not None
    assert said.text.endswith(f"\u00a0: {typed}")
    assert page.find("img") is None
