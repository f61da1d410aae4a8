"""Archives that cannot be packed, or read: why, and when they are tried again."""

from flask import Flask
from sqlalchemy import update

from portal.kit import outbox
from portal.kit.outbox import Outbox
from portal.leaving import queries, receiving, service
from portal.leaving.models import ArchiveState
from tenants.db import db
from tests import away
from tests.leaving import archives
from tests.leaving.conftest import Visit
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
