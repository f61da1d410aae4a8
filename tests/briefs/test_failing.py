"""A brief that cannot be made: its house reads why, and when it is tried again."""

from flask import Flask
from sqlalchemy import update

from portal.briefs.models import BriefState
from portal.kit import outbox
from portal.kit.outbox import Outbox
from tenants.db import db
from tests import away
from tests.briefs.ordering import made, order, rows
from tests.tracking.conftest import Pages, Visit

CAUSE = "Le lieu où sont gardés les fichiers ne répond pas."


def test_her_page_says_that_it_fails_and_is_tried_again(
    pages: Pages, visit: Visit, app: Flask
) -> None:
    browser = visit(pages.director)
    page = order(browser, pages.place)
    with away.store(app):
        made()

    failing = browser.get(page).text
    made()

    assert CAUSE in failing
    assert "Prochain essai" in failing
    assert 'http-equiv="refresh"' in failing
    assert CAUSE not in browser.get(page).text
    assert "Le document est prêt" in browser.get(page).text


def test_after_the_last_try_it_says_why_and_another_may_be_ordered(
    pages: Pages, visit: Visit, app: Flask
) -> None:
    browser = visit(pages.director)
    page = order(browser, pages.place)
    most = outbox.MAX_ATTEMPTS - 1
    db.session.execute(update(Outbox).values(attempts=most, failures=most))
    db.session.commit()
    with away.store(app):
        made()

    given_up = browser.get(page).text
    another = order(browser, pages.place)

    assert "Le document n’a pas pu être fait" in given_up
    assert CAUSE in given_up
    assert another != page
    assert [row.state for row in rows()] == [BriefState.FAILED, BriefState.REQUESTED]
