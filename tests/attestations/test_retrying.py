"""Documents that cannot be made: the page says so, when they are tried again, and what then."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from portal import worker
from portal.attestations import making, retrying, service
from portal.attestations.models import AttestationState
from portal.kit import clock, outbox
from portal.kit.errors import NotFound, Trouble
from portal.kit.outbox import Outbox, OutboxState
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tests import away
from tests.attestations import scene
from tests.attestations.conftest import HOME

FAILING = "n’ont pas pu être faits au dernier essai"


@pytest.fixture
def store_away(app: Flask) -> Iterator[None]:
    with away.store(app):
        yield


@pytest.fixture
def store_shut(app: Flask) -> Iterator[None]:
    with away.shut(app):
        yield


def try_all() -> None:
    """What two workers do within a minute: each promise once."""
    ids = db.session.scalars(
        select(Outbox.id).where(Outbox.kind == service.COMPILE, Outbox.state == OutboxState.READY)
    ).all()
    tenant_id = str(current_tenant_id())
    for each in ids:
        worker.perform(tenant_id, str(each), service.COMPILE)


def batch_page(ids: list[uuid.UUID]) -> str:
    found = f"{HOME}/lots/{scene.one(ids[0]).batch_id}"
    db.session.rollback()
    return found


def states(ids: list[uuid.UUID]) -> set[str]:
    db.session.rollback()
    db.session.expire_all()
    return {scene.one(each).state.value for each in ids}


def test_while_every_try_fails_the_page_says_so_why_and_when_the_next_is(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID], store_away: None
) -> None:
    ids = scene.order(owner, *fleet)
    page = batch_page(ids)
    before = desk.get(page).text
    try_all()

    during = desk.get(page).text

    assert FAILING not in before
    assert f"3 documents {FAILING}" in during
    assert "Le lieu où sont gardés les fichiers ne répond pas." in during
    assert re.search(r"Prochain essai, sans que vous ayez rien à faire, à \d\d:\d\d\.", during)
    assert "Cela attend cinq jours durant" in during
    assert "Essayer maintenant" in during
    assert 'http-equiv="refresh"' in during
    assert "3 essais manqués" in desk.get(HOME).text
    assert "essai manqué, sera repris" in desk.get(HOME).text


def test_whoever_cannot_wait_has_them_made_now(
    desk: FlaskClient,
    owner: Actor,
    fleet: list[uuid.UUID],
    app: Flask,
) -> None:
    ids = scene.order(owner, *fleet)
    page = batch_page(ids)
    with away.store(app):
        try_all()
    waits = Outbox.away_since.is_not(None)
    later = db.session.scalar(select(func.min(Outbox.run_at)).where(waits))
    batch = page.rsplit("/", maxsplit=1)[1]

    answer = desk.post(f"{HOME}/relancer", data={"batch": batch})

    db.session.rollback()
    due = db.session.scalars(select(Outbox.run_at).where(Outbox.kind == service.COMPILE)).all()
    assert answer.location == page
    assert later is not None
    assert max(due) < later
    assert FAILING not in desk.get(page).text
    try_all()
    assert states(ids) == {"ready"}
    assert "Télécharger les 3 documents (ZIP)" in desk.get(page).text


def test_after_the_last_try_the_page_names_the_establishments_and_why(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID], store_shut: None
) -> None:
    ids = scene.order(owner, *fleet)
    page = batch_page(ids)
    db.session.execute(
        update(Outbox).values(attempts=outbox.MAX_ATTEMPTS - 1, failures=outbox.MAX_ATTEMPTS - 1)
    )
    db.session.commit()
    try_all()

    text = desk.get(page).text

    assert "3 documents n’ont pas pu être faits, et ne sont plus essayés." in text
    assert "Le lieu où sont gardés les fichiers répond, mais n’ouvre pas au portail." in text
    assert all(name in text for name in ("EHPAD Les Ajoncs", "IME L’Écluse", "SSIAD du Bourg"))
    assert "Relancer ces 3 documents" in text
    assert 'http-equiv="refresh"' not in text
    assert "every 1s" not in text


def test_what_killed_every_worker_is_told_and_may_be_tried_again(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID]
) -> None:
    ids = scene.order(owner, fleet[0])
    page = batch_page(ids)
    db.session.execute(
        update(Outbox).values(
            state=OutboxState.LEASED, attempts=outbox.MAX_ATTEMPTS, lease_until=clock.now()
        )
    )
    db.session.commit()
    (dead,) = db.session.scalars(select(Outbox.id)).all()
    worker.perform(str(owner.tenant_id), str(dead), service.COMPILE)

    text = desk.get(page).text
    desk.post(f"{HOME}/relancer", data={"batch": page.rsplit("/", maxsplit=1)[1]})

    assert "Chacun des processus qui l’ont essayé s’est arrêté en plein travail." in text
    try_all()
    assert states(ids) == {"ready"}
    promised = select(func.count()).where(Outbox.kind == service.COMPILE)
    assert db.session.scalar(promised) == 1


def test_a_retry_is_no_second_document(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID], store_away: None
) -> None:
    """What waits for its next try is brought forward, not promised besides."""
    ids = scene.order(owner, *fleet)
    try_all()

    again = retrying.retry(owner, ids, at=clock.now())

    assert again == 3
    promised = select(func.count()).where(Outbox.kind == service.COMPILE)
    assert db.session.scalar(promised) == 3


def test_nobody_retries_what_is_made_or_never_failed(owner: Actor, fleet: list[uuid.UUID]) -> None:
    made, waiting = scene.order(owner, *fleet[:2])
    scene.compile_now(made)

    assert retrying.retry(owner, [made, waiting], at=clock.now()) == 0


def test_another_s_document_is_nobody_s(owner: Actor, fleet: list[uuid.UUID]) -> None:
    (mine,) = scene.order(owner, fleet[0])
    retrying.give_up(mine, Trouble.SEAL)

    with pytest.raises(NotFound):
        retrying.retry(owner, [mine, uuid.uuid4()], at=clock.now())

    assert scene.one(mine).state is AttestationState.FAILED


def test_made_after_all_it_tells_of_no_trouble_any_more(
    owner: Actor, fleet: list[uuid.UUID], app: Flask
) -> None:
    (one,) = scene.order(owner, fleet[0])
    with away.store(app):
        try_all()
    failed = (scene.one(one).trouble, scene.one(one).retry_at is not None)
    db.session.execute(update(Outbox).values(run_at=clock.now()))
    db.session.commit()
    try_all()
    db.session.expire_all()

    row = scene.one(one)
    assert failed == (Trouble.STORE, True)
    assert (row.state, row.trouble, row.retry_at) == (AttestationState.READY, None, None)


def test_what_waits_too_long_for_its_next_try_is_told_as_lost(
    owner: Actor, fleet: list[uuid.UUID], store_away: None
) -> None:
    (one,) = scene.order(owner, fleet[0])
    batch_id = scene.one(one).batch_id
    assert batch_id
    try_all()
    later = clock.now() + making.STUCK + timedelta(minutes=2)

    now, then = (making.advances([batch_id], at)[batch_id] for at in (clock.now(), later))

    assert (now.failing, now.lost, now.finished) == (1, 0, False)
    assert (then.failing, then.lost, then.finished) == (0, 1, True)


def test_while_nobody_works_the_page_does_not_say_that_it_goes_on(
    desk: FlaskClient, owner: Actor, fleet: list[uuid.UUID], app: Flask
) -> None:
    page = batch_page(scene.order(owner, *fleet))
    app.extensions["valkey"].flushdb()

    alone = desk.get(page).text

    assert "Aucun processus n’est à l’œuvre en ce moment" in alone
    assert "le travail continue" not in alone
