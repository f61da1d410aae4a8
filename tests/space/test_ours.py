"""An establishment answers what it bears itself; its word counts, is told as its own, is undone."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.contracts.models import Bearer
from portal.evidence.models import Visibility
from portal.kit import clock, outbox
from portal.kit.outbox import Outbox
from portal.tracking import jobs, service
from portal.tracking.answering import PROVE
from portal.tracking.models import HouseAnswer, Origin, Status, TrackedRequirement
from portal.tracking.service import HouseWord
from tenants.db import AnyRow, db
from tenants.roles import Role
from tests import make
from tests.conftest import Visit
from tests.tracking import scene
from tests.tracking.conftest import Pages

#: Borne by the establishment here: no offering says anything of it.
OURS = "PARC-01"


def base(pages: Pages) -> str:
    return f"/acme/etablissements/{pages.place}"


def answer(browser: FlaskClient, pages: Pages, code: str = OURS, **typed: Any) -> TestResponse:
    address = f"{base(pages)}/treize-questions/reponses/{code}"
    page = BeautifulSoup(browser.get(address).data, "html5lib")
    version = page.select_one("input[name=version]")
    read = version["value"] if version else "1"
    said = {"status": "implemented", "note": "Tenu à jour par Léa.", "version": read, **typed}
    return browser.post(address, data=said)


def row(pages: Pages, code: str = OURS) -> AnyRow:
    return scene.row(pages.place, code)


def bear(pages: Pages, bearer: Bearer, code: str) -> None:
    db.session.execute(
        TrackedRequirement.__table__.update()
        .where(TrackedRequirement.establishment_id == pages.place)
        .where(TrackedRequirement.requirement_code == code)
        .values(bearer=bearer)
    )
    db.session.commit()


def test_her_answer_moves_the_score_and_is_marked_as_the_house_s(
    pages: Pages, visit: Visit
) -> None:
    question = row(pages).question - 1
    before = scene.card(pages.place).declared[question]

    assert answer(visit(pages.director), pages).status_code == 303

    found = row(pages)
    assert (found.status, found.origin) == (Status.IMPLEMENTED, Origin.OWN)
    assert found.house_by_name == pages.director.name
    assert scene.card(pages.place).declared[question] > before
    provider = visit(pages.owner).get(f"{base(pages)}/exigences/{OURS}").text
    assert f"mot de l’établissement, par {pages.director.name}" in provider
    assert "Tenu à jour par Léa." in provider
    assert "Dit par l’établissement\N{NO-BREAK SPACE}:" in visit(pages.owner).get(base(pages)).text


def test_several_people_share_the_answers_and_each_says_who(pages: Pages, visit: Visit) -> None:
    member = make.member(Role.MEMBER, establishments=[pages.place])
    db.session.rollback()
    answer(visit(pages.director), pages)
    answer(visit(member), pages, status="partial", note="Il manque l’annexe.")

    page = visit(pages.director).get(f"{base(pages)}/treize-questions/reponses/{OURS}").text

    assert row(pages).house_by_name == member.name
    assert pages.director.name in page
    assert member.name in page
    assert "Il manque l’annexe." in page


def test_the_provider_reads_them_and_is_not_taken_for_the_house(pages: Pages, visit: Visit) -> None:
    address = f"{base(pages)}/treize-questions/reponses"
    hers, theirs = (visit(who).get(address).text for who in (pages.director, pages.owner))

    assert ("Vos réponses" in hers, "Vos réponses" in theirs) == (True, False)
    assert ("otre prestataire" in hers, "otre prestataire" in theirs) == (True, False)


def test_of_two_who_answer_at_once_the_second_is_told(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.director)
    read = row(pages).version
    db.session.rollback()
    answer(browser, pages)

    again = answer(browser, pages, version=read, note="Autre chose.")

    assert again.status_code == 409
    assert "Autre chose." in again.text


def undo(browser: FlaskClient, pages: Pages) -> TestResponse:
    page = BeautifulSoup(browser.get(f"{base(pages)}/treize-questions/reponses").data, "html5lib")
    button = page.select_one(".flash form[action]")
    assert button is not None
    browser.last = str(button["action"])  # type: ignore[attr-defined]  # for a second time
    return browser.post(str(button["action"]))


def test_it_is_undone_once_and_what_stood_before_comes_back(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.director)
    answer(browser, pages)
    answer(browser, pages, status="planned", note="Au printemps.")

    assert undo(browser, pages).status_code == 303

    assert (row(pages).status, row(pages).note) == (Status.IMPLEMENTED, "Tenu à jour par Léa.")
    again = browser.post(browser.last)  # type: ignore[attr-defined]  # as kept just above
    assert again.status_code == 409


def test_undoing_a_first_answer_leaves_the_point_without_one(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.director)
    before = list(scene.card(pages.place).declared)
    db.session.rollback()
    answer(browser, pages)
    undo(browser, pages)

    found = row(pages)
    assert (found.status, found.origin, found.house_by_name) == (
        Status.UNKNOWN, Origin.NONE, None,
    )  # fmt: skip
    assert list(scene.card(pages.place).declared) == before


def test_a_neighbour_s_answer_is_not_there(pages: Pages, visit: Visit) -> None:
    answer(visit(pages.director), pages)
    other = make.member(Role.DIRECTOR, establishments=[pages.neighbour])
    act = db.session.query(HouseAnswer).one().id
    db.session.rollback()
    browser = visit(other)

    assert browser.get(f"{base(pages)}/treize-questions/reponses").status_code == 404
    for place in (pages.place, pages.neighbour):
        address = f"/acme/etablissements/{place}/reponses/{act}/annuler"
        assert browser.post(address).status_code == 404
    assert row(pages).status is Status.IMPLEMENTED


def test_what_the_provider_bears_is_not_hers_to_answer(pages: Pages, visit: Visit) -> None:
    bear(pages, Bearer.PROVIDER, scene.CODE)

    answered = answer(
        visit(pages.director), pages, code=scene.CODE, version=row(pages, scene.CODE).version
    )

    assert answered.status_code == 422
    assert row(pages, scene.CODE).origin is Origin.STATEMENT


def test_of_what_is_shared_she_cannot_say_more_than_her_provider(
    pages: Pages, visit: Visit
) -> None:
    bear(pages, Bearer.SHARED, scene.CODE)
    scene.declare(pages.owner, pages.offering, Status.PARTIAL, today=clock.today())
    browser = visit(pages.director)

    assert answer(browser, pages, code=scene.CODE).status_code == 422
    assert answer(browser, pages, code=scene.CODE, status="not_applicable").status_code == 422
    assert row(pages, scene.CODE).origin is Origin.STATEMENT
    assert answer(browser, pages, code=scene.CODE, status="planned").status_code == 303
    taken_back = answer(browser, pages, code=scene.CODE, status="unknown", note="")
    assert taken_back.status_code == 303
    assert (row(pages, scene.CODE).origin, row(pages, scene.CODE).status) == (
        Origin.STATEMENT, Status.PARTIAL,
    )  # fmt: skip


def test_the_provider_cannot_write_over_it(pages: Pages, visit: Visit) -> None:
    answer(visit(pages.director), pages)
    version = row(pages).version
    db.session.rollback()
    said = {"status": "planned", "note": "Non.", "version": version}

    assert visit(pages.owner).post(f"{base(pages)}/exigences/{OURS}", data=said).status_code == 422

    assert row(pages).status is Status.IMPLEMENTED
    with pytest.raises(HouseWord):
        service.withdraw_exception(
            pages.owner, establishment_id=pages.place, edition_id=make.EDITION, code=OURS,
            version=version, today=clock.today(),
        )  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    [
        {"status": "not_applicable", "note": ""},
        {"status": "verified"},
        {"reviewed_on": "2999-01-01"},
        {"reviewed_on": "demain"},
        {"note": "x" * 4001},
    ],
)
def test_what_cannot_be_is_refused_with_what_was_typed(
    pages: Pages, visit: Visit, typed: dict[str, str]
) -> None:
    answered = answer(visit(pages.director), pages, **typed)

    assert answered.status_code == 422
    assert 'role="alert"' in answered.text
    assert row(pages).status is Status.UNKNOWN


def test_neither_provider_nor_auditor_answers_for_the_house(pages: Pages, visit: Visit) -> None:
    address = f"{base(pages)}/treize-questions/reponses/{OURS}"
    for person in (pages.owner, pages.auditor):
        answered = visit(person).post(address, data={"status": "implemented", "version": 1})
        assert answered.status_code in {403, 404}
    assert row(pages).status is Status.UNKNOWN


def test_a_proof_she_may_not_see_counts_once_the_promised_look_is_done(
    pages: Pages, visit: Visit
) -> None:
    scene.prove(
        pages.owner,
        OURS,
        until=scene.later(200, clock.today()),
        today=clock.today(),
        establishment_ids=[pages.place],
        visibility=Visibility.PROVIDER,
    )
    answer(visit(pages.director), pages)
    assert not row(pages).proven
    promised = db.session.query(Outbox).filter_by(kind=PROVE).one()
    jobs.prove.run(outbox.Lease(promised.id, PROVE, promised.payload, 1, 1, recovered=False))
    db.session.commit()

    assert row(pages).proven
