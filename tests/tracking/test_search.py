"""Ctrl-K: a few letters find establishments, requirements and proofs, for who may open them."""

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from portal.fleet.models import Stage
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.counting import counted
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE


def found(browser: FlaskClient, asked: str, *, fragment: bool = True) -> list[str]:
    """The addresses that a search offers, in their order."""
    headers = {"HX-Request": "true"} if fragment else {}
    answer = browser.get("/acme/recherche", query_string={"q": asked}, headers=headers)
    assert answer.status_code == 200
    page = BeautifulSoup(answer.data, "html5lib")
    links = page.select("a" if fragment else ".results a")
    return [str(link["href"]) for link in links]


def test_an_establishment_is_found_by_its_name_clients_and_prospects_alike(
    pages: Pages, visit: Visit
) -> None:
    prospect = make.establishment("Les Aulnes du Lac", stage=Stage.PROSPECT)

    assert found(visit(pages.owner), "aulnes") == [
        f"/acme/etablissements/{pages.place}",
        f"/acme/etablissements/{prospect}",
    ]


@pytest.mark.parametrize("asked", [CODE, CODE.lower(), f"  {CODE}  "])
def test_a_requirement_is_found_by_its_code(pages: Pages, visit: Visit, asked: str) -> None:
    assert f"/acme/exigences/{CODE}" in found(visit(pages.owner), asked)


def test_a_proof_is_found_by_its_title(pages: Pages, visit: Visit) -> None:
    today = clock.today()
    proof = scene.prove(
        pages.owner, title="Rapport du coffre", until=scene.later(9, today), today=today
    )

    assert found(visit(pages.owner), "coffre")[-1] == f"/acme/preuves/{proof}"


def test_a_whole_page_says_the_same_as_the_fragment(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.owner)

    assert found(browser, "aulnes", fragment=False) == found(browser, "aulnes")


@pytest.mark.parametrize("asked", ["", "   ", "\0", "zzzzz", "%", "_", "<zz>", "x" * 5000, "'\"\\"])
def test_nothing_and_nonsense_find_nothing(pages: Pages, visit: Visit, asked: str) -> None:
    browser = visit(pages.owner)

    assert found(browser, asked) == []
    answer = browser.get("/acme/recherche", query_string={"q": asked})
    assert answer.status_code == 200
    assert b"<zz>" not in answer.data


def test_what_is_asked_for_is_said_back_when_it_is_not_there(pages: Pages, visit: Visit) -> None:
    answer = visit(pages.owner).get("/acme/recherche?q=<i>zzz")

    assert "Rien ne répond à « &lt;i&gt;zzz ».".replace(" »", " »") in answer.text.replace(
        "\u00a0", " "
    )


def test_nothing_asked_reads_nothing(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.owner)
    browser.get("/acme/recherche")
    with counted() as sent:
        browser.get("/acme/recherche")

    # The frame counts what is unread: whether it is settled, each subject says.
    asked = [statement for statement in sent if "FROM notice" not in statement]
    assert asked
    assert not [statement for statement in asked if "evidence" in statement]


def test_at_most_six_of_each_sort_are_shown(pages: Pages, visit: Visit) -> None:
    for number in range(8):
        make.establishment(f"Villa Zig {number}")

    assert len(found(visit(pages.owner), "villa zig")) == 6


@pytest.mark.parametrize("role", [Role.BILLING, Role.DIRECTOR])
def test_whoever_cannot_declare_is_led_to_the_guide(pages: Pages, visit: Visit, role: Role) -> None:
    listed = [] if role is Role.BILLING else [pages.place]
    browser = visit(make.member(role, establishments=listed))

    addresses = found(browser, CODE)

    assert addresses == [f"/acme/guide/exigences/{CODE}"]
    assert browser.get(addresses[0]).status_code == 200


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.MEMBER])
def test_people_of_an_establishment_find_theirs_and_its_proofs(
    pages: Pages, visit: Visit, role: Role
) -> None:
    today, until = clock.today(), scene.later(9, clock.today())
    for title, kept_from in (("Zigzag montré", "clients"), ("Zigzag gardé", "provider")):
        scene.prove(pages.owner, title=title, visibility=kept_from, until=until, today=today)
    browser = visit(make.member(role, establishments=[pages.place]))

    assert found(browser, "les aulnes") == [f"/acme/etablissements/{pages.place}"]
    assert found(browser, "les bouleaux") == []
    assert len(found(browser, "zigzag montré")) == 1
    assert found(browser, "zigzag gardé") == []


def test_another_provider_s_things_are_not_found(
    pages: Pages, visit: Visit, stranger: Actor
) -> None:
    db.session.rollback()
    with tenant_scope(stranger.tenant_id):
        today = clock.today()
        scene.client(make.offering(carries=[CODE]), name="Les Aulnes d’en face")
        scene.prove(stranger, title="Aulnes", until=scene.later(9, today), today=today)
    db.session.rollback()

    assert found(visit(pages.owner), "aulnes") == [f"/acme/etablissements/{pages.place}"]
