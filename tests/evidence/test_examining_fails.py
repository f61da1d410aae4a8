"""A file that cannot be examined: its page says why and until when; it is tried on one's word."""

import re

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from portal.evidence import pipeline
from portal.evidence.models import Evidence, State
from portal.kit import outbox
from portal.kit.outbox import Outbox, OutboxState
from tenants.access import Actor
from tenants.db import db
from tenants.roles import Role
from tests import away, live, make
from tests.conftest import sign_in
from tests.evidence import examined
from tests.evidence.test_deposit import SHELF, deposit, kept
from tests.vault import samples

STORE = "Le lieu où sont gardés les fichiers répond, mais n’ouvre pas au portail."
GIVEN_UP = "Ce fichier n’a pas pu être examiné, et personne n’essaie plus."
NOW = "Essayer maintenant"
SCANNER = "L’antivirus ne répond pas"


@pytest.fixture
def waiting(at_work: FlaskClient, owner: Actor) -> str:
    """The page of a file that was just deposited."""
    made = deposit(at_work, samples.PDF, "essai.pdf")
    assert made.status_code == 303
    return str(made.location)


def _tries(app: Flask, times: int) -> None:
    """As many times, due or not, while the store of files refuses."""
    with away.shut(app):
        for _ in range(times):
            _work(pipeline.EXAMINE)


def _work(kind: str) -> None:
    ids = db.session.scalars(
        sa.select(Outbox.id).where(Outbox.kind == kind, Outbox.state == OutboxState.READY)
    ).all()
    db.session.rollback()
    for one in ids:
        live.performed(str(one), kind)


def _page(client: FlaskClient, address: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(address).text).split())


def test_a_try_that_failed_is_told_with_its_cause_and_the_next(
    app: Flask, at_work: FlaskClient, waiting: str
) -> None:
    before = _page(at_work, waiting)

    _tries(app, 1)

    page = _page(at_work, waiting)
    assert STORE not in before
    assert STORE in page
    assert "Prochain essai, sans que vous ayez rien à faire, à" in page
    assert NOW in page
    part = at_work.get(f"{waiting}/etat", headers={"HX-Request": "true"}).text
    assert STORE in part
    assert "hx-get" in part


def test_one_that_was_given_up_says_so_and_is_examined_on_one_s_word(
    app: Flask, at_work: FlaskClient, waiting: str
) -> None:
    _tries(app, outbox.MAX_ATTEMPTS)
    page = _page(at_work, waiting)
    part = at_work.get(f"{waiting}/etat", headers={"HX-Request": "true"}).text

    answer = at_work.post(f"{waiting}/essayer")
    examined.all_files()

    assert GIVEN_UP in page
    assert STORE in page
    assert "hx-get" not in part
    assert answer.status_code == 303
    assert (kept().state, kept().trouble, kept().retry_at) == (State.READY, None, None)
    assert STORE not in _page(at_work, waiting)


def test_the_line_of_many_and_the_shelf_tell_what_fails_and_what_was_given_up(
    app: Flask, at_work: FlaskClient, waiting: str
) -> None:
    line = f"{waiting}/issue"
    _tries(app, 1)
    failing = at_work.get(line, headers={"HX-Request": "true"}).text
    _tries(app, outbox.MAX_ATTEMPTS - 1)
    given_up = at_work.get(line, headers={"HX-Request": "true"}).text

    assert ("en analyse" in failing, STORE in failing, "hx-get" in failing) == (True, True, True)
    assert ("en analyse" in given_up, "hx-get" in given_up) == (False, False)
    assert GIVEN_UP in given_up
    assert "pas examinée" in _page(at_work, SHELF)


def test_what_failed_last_is_told_and_not_what_failed_before(
    app: Flask, at_work: FlaskClient, waiting: str
) -> None:
    """It had waited for the antivirus, which tries again by itself; the store does not."""
    db.session.execute(sa.update(Evidence).values(reason="scanner"))
    db.session.commit()
    before = _page(at_work, waiting)

    _tries(app, outbox.MAX_ATTEMPTS)

    page = _page(at_work, waiting)
    assert SCANNER in before
    assert STORE in page
    assert SCANNER not in page


def test_asked_twice_it_is_examined_once(app: Flask, at_work: FlaskClient, waiting: str) -> None:
    _tries(app, outbox.MAX_ATTEMPTS)

    asked = [at_work.post(f"{waiting}/essayer").status_code for _ in range(2)]
    examined.all_files()

    rows = db.session.scalars(sa.select(Outbox.state).where(Outbox.kind == pipeline.EXAMINE)).all()
    db.session.rollback()
    assert asked == [303, 303]
    assert rows == [OutboxState.DONE]


def test_what_does_not_fail_is_not_begun_anew(at_work: FlaskClient, waiting: str) -> None:
    early = at_work.post(f"{waiting}/essayer").status_code
    examined.all_files()

    assert (early, at_work.post(f"{waiting}/essayer").status_code) == (409, 409)


def test_whoever_only_reads_is_told_and_has_nothing_to_press(
    app: Flask, at_work: FlaskClient, waiting: str
) -> None:
    _tries(app, outbox.MAX_ATTEMPTS)
    sign_in(at_work, make.member(Role.DIRECTOR, establishments=[make.establishment()]))

    assert at_work.post(f"{waiting}/essayer").status_code in {403, 404}


def test_the_next_one_is_offered_once_the_examination_is_over_and_first_where_it_gave_an_answer(
    app: Flask, at_work: FlaskClient, waiting: str
) -> None:
    offered = [_next_of(at_work, waiting)]
    _tries(app, outbox.MAX_ATTEMPTS)
    offered.append(_next_of(at_work, waiting))
    at_work.post(f"{waiting}/essayer")
    examined.all_files()
    offered.append(_next_of(at_work, waiting))

    assert offered == [None, ["button"], ["button", "first"]]


def _next_of(browser: FlaskClient, page: str) -> list[str] | None:
    found = BeautifulSoup(browser.get(page).data, "html5lib").select_one(
        "main a.button[href$='/remplacer']"
    )
    return None if found is None else found.get_attribute_list("class")
