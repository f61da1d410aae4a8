"""Archives that cannot be packed, or read: why, and when they are tried again."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from portal.kit import clock, outbox, retries, storage
from portal.kit.outbox import Lease, Outbox
from portal.kit.storage_faults import StoreAway
from portal.leaving import jobs, queries, receiving, service
from portal.leaving.models import ArchiveState
from tenants.db import db
from tests import away
from tests.attestations import scene as attested
from tests.conftest import Visit
from tests.leaving import archives
from tests.leaving.house import House, worked
from tests.leaving.nextdoor import Next, brought, prior, there
from tests.vault import clamd_server

CAUSE = "Le lieu où sont gardés les fichiers ne répond pas."
SHUT = "Le lieu où sont gardés les fichiers répond, mais n’ouvre pas au portail."


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
    with away.shut(app):
        worked(service.PACK)

    given_up = browser.get(page).text

    assert SHUT in given_up
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
    with away.shut(app):
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
    assert SHUT not in waiting
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
    with away.shut(app):
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
        with away.shut(app):
            worked(receiving.CHECK)

    given_up = browser.get(url).text
    answer = browser.post(f"{url}/relancer")

    assert "Ce travail est abandonné après plusieurs essais." in given_up
    assert SHUT in given_up
    assert 'http-equiv="refresh"' not in given_up
    assert answer.status_code == 303
    with there(after):
        worked(receiving.CHECK, receiving.EXAMINE)
        worked(receiving.EXAMINE)
        assert prior(after).trouble is None
    assert "Ce que cette archive apporterait" in browser.get(url).text
    assert browser.post(f"{url}/relancer").status_code == 409


def test_a_store_that_is_away_at_the_last_try_is_waited_for(
    house: House, visit: Visit, app: Flask
) -> None:
    """And after five days whoever asked is told by message too, as of any other failure."""
    browser = visit(house.director)
    page = browser.post(house.url).headers["Location"]
    nearly_spent()
    with away.store(app):
        worked(service.PACK)
        waiting, said = browser.get(page).text, promised(service.TELL)
        long_ago = clock.now() - retries.PATIENCE - timedelta(hours=1)
        db.session.execute(update(Outbox).values(away_since=long_ago))
        db.session.commit()
        worked(service.PACK)

    assert CAUSE in waiting
    assert "Cela attend cinq jours durant" in waiting
    assert said == 0
    assert "L’archive n’a pas pu être faite." in browser.get(page).text
    assert promised(service.TELL) == 1


def test_a_document_that_cannot_be_read_for_now_is_not_told_as_lost(
    house: House, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    attested.made(house.owner, house.place)
    browser = visit(house.director)
    page = browser.post(house.url).headers["Location"]

    def silent(*_: object) -> bytes:
        raise StoreAway

    with monkeypatch.context() as patch:
        patch.setattr(storage.current(), "read", silent)
        worked(service.PACK)
    waiting = browser.get(page).text
    worked(service.PACK)

    assert CAUSE in waiting
    (row,) = queries.archives(house.place, for_house=True)
    assert (row.state, row.lost) == (ArchiveState.READY, 0)


def test_files_that_were_brought_wait_for_the_antivirus(
    leaving: dict[str, bytes],
    after: Next,
    visit: Visit,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, browser = app.config["SETTINGS"], visit(after.owner)
    url = brought(browser, after, archives.zipped(leaving)).headers["Location"]
    with there(after):
        worked(receiving.CHECK)
        nearly_spent()
        silent = replace(plain, clamav_url="tcp://127.0.0.1:1")
        monkeypatch.setitem(app.config, "SETTINGS", silent)
        worked(receiving.EXAMINE)
    waiting = browser.get(url).text
    with there(after), clamd_server.served() as address:
        monkeypatch.setitem(app.config, "SETTINGS", replace(plain, clamav_url=address))
        worked(receiving.EXAMINE)

    assert "L’antivirus ne répond pas." in waiting
    assert "Cela attend cinq jours durant" in waiting
    assert "Ce que cette archive apporterait" in browser.get(url).text
