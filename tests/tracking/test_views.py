"""The tracking pages by real requests: who may open what, and what never opens."""

import re
import uuid
from datetime import datetime, time
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.fleet.models import Stage
from portal.kit import clock
from portal.tracking.models import Verdict
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.tracking import scene
from tests.tracking.conftest import Pages
from tests.tracking.scene import CODE, UNKNOWN

FRAGMENT = {"HX-Request": "true"}
TOKEN = re.compile(rb'(?<=csrf_token" value=")[^"]+|(?<=csrf-token" content=")[^"]+')


def addresses(pages: Pages) -> list[str]:
    """Every page of tracking."""
    place = f"/acme/etablissements/{pages.place}"
    return [
        "/acme/parc",
        "/acme/parc.csv",
        "/acme/parc/a-faire",
        "/acme/recherche",
        "/acme/exigences",
        "/acme/exigences.csv",
        f"/acme/exigences/{CODE}",
        place,
        f"{place}/historique",
        f"{place}/historique?exigence={CODE}",
        pages.point,
    ]


OF_THE_PROVIDER = ("/acme/exigences", "/acme/exigences.csv", f"/acme/exigences/{CODE}")


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.TECHNICIAN])
@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_every_page_opens_for_the_provider(
    pages: Pages, visit: Visit, role: Role, headers: dict[str, str]
) -> None:
    browser = visit(make.member(role))

    answers = {page: browser.get(page, headers=headers).status_code for page in addresses(pages)}

    assert answers == dict.fromkeys(answers, 200)


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.MEMBER])
def test_people_of_an_establishment_open_theirs_and_not_what_is_said_for_all(
    pages: Pages, visit: Visit, role: Role
) -> None:
    browser = visit(make.member(role, establishments=[pages.place]))

    answers = {page: browser.get(page).status_code for page in addresses(pages)}

    assert answers == {page: 403 if page in OF_THE_PROVIDER else 200 for page in answers}


def test_a_neighbour_answers_as_nobody_does(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.director)
    for page in (
        "/acme/etablissements/{}",
        "/acme/etablissements/{}/historique",
        f"/acme/etablissements/{{}}/exigences/{CODE}",
    ):
        faces = {face(browser, page.format(place)) for place in (pages.neighbour, UNKNOWN)}
        assert [status for status, _ in faces] == [404], page


def face(browser: FlaskClient, address: str, **sent: Any) -> tuple[int, bytes]:
    """Status and body, but for the visitor's own token."""
    answer = browser.open(address, method="POST" if "data" in sent else "GET", **sent)
    return answer.status_code, TOKEN.sub(b"", answer.data)


def test_what_is_foreign_answers_byte_for_byte_as_what_is_unknown(
    pages: Pages, visit: Visit, stranger: Actor
) -> None:
    today = clock.today()
    db.session.rollback()
    with tenant_scope(stranger.tenant_id):
        offering = make.offering(carries=[CODE])
        place = scene.client(offering, today=today)
        act = scene.declare(stranger, offering, today=today)
    db.session.rollback()
    browser = visit(pages.owner)
    point = f"/acme/etablissements/{{}}/exigences/{CODE}"
    said = {"status": "partial", "version": "1", "reviewed_on": today.isoformat(), "text": "-"}
    tries: list[tuple[str, uuid.UUID, dict[str, Any]]] = [
        ("/acme/etablissements/{}", place, {}),
        ("/acme/etablissements/{}/historique", place, {}),
        (point, place, {}),
        (point, place, {"data": said}),
        (point, place, {"data": {}}),
        (f"{point}/retirer", place, {"data": said}),
        (f"/acme/exigences/{CODE}/{{}}", offering, {"data": said}),
        (f"/acme/exigences/{CODE}/{{}}", offering, {"data": {}}),
        ("/acme/actes/{}/annuler", act, {"data": {}}),
    ]
    for address, theirs, sent in tries:
        foreign = face(browser, address.format(theirs), **sent)
        unknown = face(browser, address.format(UNKNOWN), **sent)
        assert foreign[0] == 404, address
        assert foreign == unknown, address


@pytest.mark.parametrize("code", ["NOPE-99", "sauv-02", "%00", "..", "SAUV-02%20"])
def test_a_requirement_that_the_guide_lacks_is_not_found(
    pages: Pages, visit: Visit, code: str
) -> None:
    browser = visit(pages.owner)

    for address in (
        f"/acme/exigences/{code}",
        f"/acme/etablissements/{pages.place}/exigences/{code}",
    ):
        assert browser.get(address).status_code == 404
    assert browser.post(f"/acme/exigences/{code}/{pages.offering}", data={}).status_code == 404


def test_a_prospect_has_a_page_and_no_requirements_yet(pages: Pages, visit: Visit) -> None:
    prospect = make.establishment("Les Dunes", stage=Stage.PROSPECT)
    browser = visit(pages.owner)

    answer = browser.get(f"/acme/etablissements/{prospect}")

    assert "Pas encore de contrat" in answer.text
    point = f"/acme/etablissements/{prospect}/exigences/{CODE}"
    assert browser.get(point).status_code == 404


@pytest.mark.parametrize("asked", [CODE, "NOPE-99", "\0", "x" * 3000, "<b>"])
def test_a_history_can_be_asked_of_one_requirement_and_nonsense_shows_all(
    pages: Pages, visit: Visit, asked: str
) -> None:
    today = clock.today()
    scene.except_(pages.owner, pages.place, today=today)
    scene.except_(pages.owner, pages.place, code="SAUV-01", today=today)

    answer = visit(pages.owner).get(
        f"/acme/etablissements/{pages.place}/historique", query_string={"exigence": asked}
    )

    assert answer.status_code == 200
    codes = {node.text for node in BeautifulSoup(answer.data, "html5lib").select(".history .quiet")}
    assert codes == ({CODE} if asked == CODE else {CODE, "SAUV-01"})


def test_reading_writes_nothing(pages: Pages, visit: Visit) -> None:
    director, provider = visit(pages.director), visit(pages.owner)
    before = scene.whole()

    for page in addresses(pages):
        for browser in (provider, director):
            browser.get(page)
            browser.get(page, headers=FRAGMENT)

    assert scene.whole() == before


def test_nobody_writes_by_the_address_of_a_reading(pages: Pages, visit: Visit) -> None:
    before = scene.whole()

    answers = {
        visit(pages.owner).get(address).status_code
        for address in (
            f"{pages.point}/retirer",
            f"{pages.point}/avis",
            f"/acme/exigences/{CODE}/{pages.offering}",
            f"/acme/actes/{UNKNOWN}/annuler",
        )
    }

    assert answers <= {404, 405}
    assert scene.whole() == before


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        (Role.OWNER, [303, 303, 303, 403]),
        (Role.TECHNICIAN, [303, 303, 303, 403]),
        (Role.BILLING, [403, 403, 403, 403]),
        (Role.DIRECTOR, [403, 403, 403, 303]),
        (Role.MEMBER, [403, 403, 403, 403]),
        (Role.AUDITOR, [403, 403, 403, 403]),
    ],
)
def test_who_may_declare_except_withdraw_and_judge(
    pages: Pages, visit: Visit, role: Role, statuses: list[int]
) -> None:
    """The establishment alone judges: a provider never recognises its own word."""
    listed = [pages.place] if role in {Role.DIRECTOR, Role.MEMBER, Role.AUDITOR} else []
    browser = visit(make.member(role, establishments=listed))
    day = clock.today().isoformat()
    version = scene.written(pages.place)

    answers = [
        browser.post(
            f"/acme/exigences/SAUV-01/{pages.offering}",
            data={"status": "planned", "reviewed_on": day, "version": 0},
        ).status_code,
        browser.post(
            pages.point, data={"status": "partial", "version": version, "note": "Ici."}
        ).status_code,
        browser.post(f"{pages.point}/retirer", data={"version": version + 1}).status_code,
        browser.post(
            f"{pages.point}/avis", data={"verdict": "recognised", "version": version}
        ).status_code,
    ]

    assert answers == statuses


def test_the_buttons_offered_are_those_one_may_press(pages: Pages, visit: Visit) -> None:
    seen = {}
    for person in ("owner", "director", "auditor"):
        page = BeautifulSoup(visit(getattr(pages, person)).get(pages.point).data, "html5lib")
        seen[person] = {
            str(form["action"]).rpartition("/")[2]
            for form in page.select("main form")
            if CODE in str(form["action"])
        }

    assert seen == {"owner": {CODE}, "director": {"avis"}, "auditor": set()}


def test_an_archived_establishment_says_so(pages: Pages, visit: Visit) -> None:
    scene.archive(pages.owner, pages.place)

    answer = visit(pages.owner).get(f"/acme/etablissements/{pages.place}")

    assert "Cet établissement est archivé" in answer.text


def test_what_is_contested_stands_on_top_of_the_establishment(pages: Pages, visit: Visit) -> None:
    scene.judge_as(
        pages.director, pages.place, Verdict.CONTESTED, reason="Débranché <ici>.",
        today=clock.today(),
    )  # fmt: skip

    for person in (pages.owner, pages.director):
        answer = visit(person).get(f"/acme/etablissements/{pages.place}")
        assert "Débranché <ici>." in next_steps(answer)


def next_steps(answer: TestResponse) -> str:
    found = BeautifulSoup(answer.data, "html5lib").select_one(".next")
    return found.text if found else ""


def test_a_contest_of_the_small_hours_is_of_the_new_day_in_france(
    pages: Pages, visit: Visit
) -> None:
    """In Greenwich it is still the day before."""
    small_hours = datetime.combine(clock.today(), time(0, 30), clock.PARIS)
    scene.judge_as(
        pages.director, pages.place, Verdict.CONTESTED, when=small_hours, today=clock.today()
    )

    answer = visit(pages.owner).get(f"/acme/etablissements/{pages.place}")

    assert "aujourd’hui" in next_steps(answer)


def test_a_fleet_of_prospects_alone_is_led_to_their_contracts(owner: Actor, visit: Visit) -> None:
    browser = visit(owner)
    nobody = BeautifulSoup(browser.get("/acme/parc").data, "html.parser").main
    with tenant_scope(owner.tenant_id):
        make.establishment(stage=Stage.PROSPECT)
        make.establishment(stage=Stage.PROSPECT)
        db.session.commit()

    found = BeautifulSoup(browser.get("/acme/parc").data, "html.parser").main
    listed = BeautifulSoup(browser.get("/acme/parc?stage=prospect").data, "html.parser").main

    assert nobody is not None
    assert found is not None
    assert listed is not None
    assert nobody.select_one(".empty a[href$='/parc/import']")
    assert found.select_one(".empty a[href$='/contrats/en-nombre']")
    assert "2 prospects" in found.get_text()
    assert "0 " not in str(listed.h1)
