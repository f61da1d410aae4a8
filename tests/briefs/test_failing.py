"""A brief that cannot be made: its house reads why, and when it is tried again."""

import re
import uuid
from datetime import timedelta

from flask import Flask
from sqlalchemy import select, update

from portal.briefs import jobs, queries, service
from portal.briefs.models import Brief, BriefState
from portal.kit import clock, outbox
from portal.kit.outbox import Lease, Outbox, OutboxState
from tenants.db import db
from tenants.roles import Role
from tests import away, make
from tests.briefs.ordering import made, order, rows
from tests.conftest import Visit
from tests.tracking.conftest import Pages

CAUSE = "Le lieu où sont gardés les fichiers ne répond pas."
SHUT = "Le lieu où sont gardés les fichiers répond, mais n’ouvre pas au portail."


def nearly_spent() -> None:
    most = outbox.MAX_ATTEMPTS - 1
    db.session.execute(update(Outbox).values(attempts=most, failures=most))
    db.session.commit()


def promised() -> list[tuple[OutboxState, int, bool]]:
    """The work on documents: its state, its tries so far, and whether it is due."""
    found = db.session.execute(
        select(Outbox.state, Outbox.attempts, Outbox.run_at)
        .where(Outbox.kind == service.COMPILE)
        .order_by(Outbox.id)
    ).all()
    db.session.rollback()
    return [(row[0], row[1], row[2] <= clock.now()) for row in found]


def forms(page: str) -> list[str]:
    """The words of its buttons that have the work tried again."""
    return re.findall(r"<button id=\"(?:essayer|relancer)\"[^>]*>([^<]+)<", page)


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
    nearly_spent()
    with away.shut(app):
        made()

    given_up = browser.get(page).text
    another = order(browser, pages.place)

    assert "Le document n’a pas pu être fait" in given_up
    assert SHUT in given_up
    assert another != page
    assert [row.state for row in rows()] == [BriefState.FAILED, BriefState.REQUESTED]


def test_one_that_fails_is_tried_at_once_when_its_house_says_so(
    pages: Pages, visit: Visit, app: Flask
) -> None:
    browser = visit(pages.director)
    page = order(browser, pages.place)
    with away.shut(app):
        made()
    failing, waiting = browser.get(page).text, promised()

    answer = browser.post(f"{page}/relancer")
    made(service.AGAIN)

    assert forms(failing) == ["Essayer maintenant"]
    assert waiting == [(OutboxState.READY, 1, False)]
    assert (answer.status_code, answer.location) == (303, page)
    assert SHUT not in browser.get(page).text
    assert promised() == [(OutboxState.READY, 0, True)]
    made()
    assert "Le document est prêt" in browser.get(page).text
    assert browser.post(f"{page}/relancer").status_code == 409


def test_one_that_was_given_up_is_made_again_of_what_was_frozen(
    pages: Pages, visit: Visit, app: Flask
) -> None:
    browser = visit(pages.director)
    page = order(browser, pages.place)
    frozen = rows()[0].snapshot
    nearly_spent()
    with away.shut(app):
        made()
    given_up = browser.get(page).text

    assert forms(given_up) == ["Relancer"]
    assert 'http-equiv="refresh"' not in given_up
    assert browser.post(f"{page}/relancer").status_code == 303
    assert 'http-equiv="refresh"' in browser.get(page).text
    made(service.AGAIN)
    twice = Lease(uuid.uuid4(), service.AGAIN, {"brief": str(rows()[0].id)}, 1, 1, recovered=False)
    jobs.again.run(twice)
    db.session.commit()
    made()
    jobs.again.run(twice)
    db.session.commit()

    (row,) = rows()
    assert (row.state, row.snapshot, row.trouble) == (BriefState.READY, frozen, None)
    assert row.number.startswith("SYN-")
    assert [state for state, _, _ in promised()] == [OutboxState.DONE] * 2


def test_one_that_nobody_works_on_any_more_is_taken_up_again(pages: Pages, visit: Visit) -> None:
    browser = visit(pages.director)
    page = order(browser, pages.place)
    long_ago = clock.now() - queries.STUCK - timedelta(minutes=1)
    dead = update(Outbox).where(Outbox.kind == service.COMPILE).values(state=OutboxState.DEAD)
    db.session.execute(dead)
    db.session.execute(update(Brief).values(created_at=long_ago, updated_at=long_ago))
    db.session.commit()

    lost = browser.get(page).text
    browser.post(f"{page}/relancer")
    waiting = browser.get(page).text
    made(service.AGAIN)
    made()

    assert forms(lost) == ["Relancer"]
    assert "Le document se prépare" in waiting
    assert "Le document est prêt" in browser.get(page).text


def test_what_does_not_fail_is_left_alone_and_nobody_else_has_it_tried(
    pages: Pages, visit: Visit, app: Flask
) -> None:
    browser = visit(pages.director)
    page = order(browser, pages.place)
    neighbour = visit(make.member(Role.DIRECTOR, establishments=[pages.neighbour]))

    assert browser.post(f"{page}/relancer").status_code == 409
    with away.shut(app):
        made()
    assert forms(visit(pages.owner).get(page).text) == []
    assert visit(pages.owner).post(f"{page}/relancer").status_code == 403
    assert neighbour.post(f"{page}/relancer").status_code == 404
    assert promised() == [(OutboxState.READY, 1, False)]
