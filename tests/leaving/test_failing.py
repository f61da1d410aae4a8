"""Archives that cannot be packed, or read: why, and when they are tried again."""

import uuid

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from portal.kit import outbox
from portal.kit.outbox import Lease, Outbox
from portal.leaving import jobs, queries, receiving, service
from portal.leaving.models import ArchiveState
from tenants.db import db
from tests import away
from tests.conftest import Visit
from tests.leaving import archives
from tests.leaving.house import House, worked
from tests.leaving.nextdoor import Next, brought, prior, there

CAUSE = "Le lieu où sont gardés les fichiers ne répond pas."


def nearly_spent() -> None:
    most = outbox.MAX_ATTEMPTS - 1
    db.session.execute(update(Outbox).values(attempts=most, failures=most))
    db.session.commit()


def test_its_house_reads_why_it_is_not_packed_yet(house: House, visit: Visit, app: Flask) -> None:
    browser = visit(house.director)
    page = browser.post(house.url).headers["Location"]
    with away.store(app):
        worked(service.PACK)

    failing = browser.get(page).text

    assert CAUSE in failing
    assert "Prochain essai" in failing
    worked(service.PACK)
    assert "L’archive est prête" in browser.get(page).text


def test_given_up_it_says_why_and_another_may_be_asked_for(
    house: House, visit: Visit, app: Flask
) -> None:
    browser = visit(house.director)
    page = browser.post(house.url).headers["Location"]
    nearly_spent()
    with away.store(app):
        worked(service.PACK)

    given_up = browser.get(page).text

    assert CAUSE in given_up
    assert house.url in given_up
    assert browser.post(house.url).headers["Location"] != page
    states = {it.state for it in queries.archives(house.place, for_house=True)}
    assert states == {ArchiveState.FAILED, ArchiveState.ASKED}


def promised(kind: str) -> int:
    """How much work of a kind was promised, done or not."""
    rows = select(func.count()).select_from(Outbox).where(Outbox.kind == kind)
    found = db.session.scalar(rows) or 0
    db.session.rollback()
    return found


@pytest.mark.parametrize("spent", [False, True])
def test_one_that_fails_or_was_given_up_is_packed_when_somebody_says_so(
    house: House, visit: Visit, app: Flask, *, spent: bool
) -> None:
    browser = visit(house.director)
    page = browser.post(house.url).headers["Location"]
    if spent:
        nearly_spent()
    with away.store(app):
        worked(service.PACK)
    failing, said = browser.get(page).text, promised(service.TELL)

    answer = browser.post(f"{page}/relancer")
    waiting = browser.get(page).text
    worked(service.AGAIN)
    twice = {"archive_id": page.rsplit("/", 1)[1]}
    jobs.again.run(Lease(uuid.uuid4(), service.AGAIN, twice, 1, 1, recovered=False))
    db.session.commit()
    worked(service.PACK)

    assert f">{'Relancer' if spent else 'Essayer maintenant'}</button>" in failing
    assert (answer.status_code, answer.location) == (303, page)
    assert CAUSE not in waiting
    assert 'http-equiv="refresh"' in waiting
    assert "L’archive est prête" in browser.get(page).text
    assert (said, promised(service.TELL)) == (int(spent), int(spent) + 1)
    assert promised(service.PACK) == 1 + int(spent)
    assert browser.post(f"{page}/relancer").status_code == 409


def test_it_is_not_tried_beside_another_nor_by_who_may_not_take_it(
    house: House, visit: Visit, app: Flask
) -> None:
    browser = visit(house.director)
    page = browser.post(house.url).headers["Location"]
    nearly_spent()
    with away.store(app):
        worked(service.PACK)

    assert visit(house.owner).post(f"{page}/relancer").status_code == 404
    browser.post(house.url)
    beside = browser.post(f"{page}/relancer")
    assert beside.status_code == 409
    assert "Cette archive est déjà en préparation" in beside.text


def test_one_that_cannot_be_read_is_read_when_somebody_says_so(
    leaving: dict[str, bytes], after: Next, visit: Visit, app: Flask
) -> None:
    browser = visit(after.owner)
    url = brought(browser, after, archives.zipped(leaving)).headers["Location"]
    with there(after):
        nearly_spent()
        with away.store(app):
            worked(receiving.CHECK)

    given_up = browser.get(url).text
    answer = browser.post(f"{url}/relancer")

    assert "Ce travail est abandonné après plusieurs essais." in given_up
    assert CAUSE in given_up
    assert 'http-equiv="refresh"' not in given_up
    assert answer.status_code == 303
    with there(after):
        worked(receiving.CHECK, receiving.EXAMINE)
        worked(receiving.EXAMINE)
        assert prior(after).trouble is None
    assert "Ce que cette archive apporterait" in browser.get(url).text
    assert browser.post(f"{url}/relancer").status_code == 409
