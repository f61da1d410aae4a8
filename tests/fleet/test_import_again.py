"""An import whose work fails: it says so, is tried again, is let go, and never half written."""

import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from portal import worker
from portal.fleet import import_again, import_queries, importing, undoing
from portal.fleet.models import Establishment, ImportRun, ImportState
from portal.kit import clock, outbox
from portal.kit.errors import Trouble
from portal.kit.outbox import Outbox, OutboxState
from tenants.access import Actor
from tenants.db import db
from tests import away
from tests.conftest import sign_in
from tests.fleet.importer.samples import EHPAD
from tests.fleet.runs import applied, previewed, table, taken_in

FILE = table([f"{EHPAD};EHPAD;Valbrume"])


def tried(actor: Actor, kind: str, *, last: bool = False) -> None:
    """A worker takes its turn, the last one perhaps."""
    if last:
        most = outbox.MAX_ATTEMPTS - 1
        db.session.execute(
            update(Outbox).where(Outbox.kind == kind).values(attempts=most, failures=most)
        )
    db.session.commit()
    found = db.session.scalars(
        select(Outbox.id).where(Outbox.kind == kind, Outbox.state == OutboxState.READY)
    ).one()
    worker.perform(str(actor.tenant_id), str(found), kind)
    db.session.expire_all()


def shown(client: FlaskClient, run_id: uuid.UUID) -> str:
    db.session.rollback()
    return client.get(f"/acme/parc/import/{run_id}").text


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Establishment)) or 0


@pytest.fixture
def desk(client: FlaskClient, owner: Actor) -> FlaskClient:
    sign_in(client, owner)
    return client


def test_while_its_reading_fails_the_page_says_so_and_when_it_is_tried_again(
    desk: FlaskClient, owner: Actor, app: Flask
) -> None:
    run_id = taken_in(owner, FILE)
    with away.store(app):
        tried(owner, importing.PREVIEW)

    page = shown(desk, run_id)

    assert "Le dernier essai a échoué. Rien n’a été écrit." in page
    assert "Le lieu où sont gardés les fichiers ne répond pas." in page
    assert "Prochain essai" in page
    assert 'http-equiv="refresh"' in page


def _confirmed(owner: Actor) -> uuid.UUID:
    run_id = previewed(owner, FILE).id
    importing.confirm(owner, run_id=run_id, at=clock.now())
    db.session.commit()
    return run_id


def test_its_writing_given_up_says_that_nothing_was_written_and_may_be_tried_again(
    desk: FlaskClient, owner: Actor, app: Flask
) -> None:
    run_id = _confirmed(owner)
    with away.shut(app):
        tried(owner, importing.APPLY, last=True)
    page = shown(desk, run_id)
    before = count()

    answer = desk.post(f"/acme/parc/import/{run_id}/relancer")

    assert "abandonnée après plusieurs essais" in page
    assert "un import s’écrit en entier ou pas du tout" in page
    assert 'http-equiv="refresh"' not in page
    assert (before, answer.status_code) == (0, 303)
    tried(owner, importing.APPLY)
    assert (import_queries.run(run_id).state, count()) == (ImportState.APPLIED, 1)
    assert import_queries.run(run_id).trouble is None


def test_let_go_it_leaves_room_for_the_next(desk: FlaskClient, owner: Actor, app: Flask) -> None:
    """One that is being written keeps any other from being written."""
    run_id = _confirmed(owner)
    with away.shut(app):
        tried(owner, importing.APPLY, last=True)
    db.session.rollback()

    answer = desk.post(f"/acme/parc/import/{run_id}/abandonner")

    assert answer.status_code == 303
    assert import_queries.run(run_id).state is ImportState.CANCELLED
    assert applied(owner, FILE).state is ImportState.APPLIED


def test_an_undoing_let_go_leaves_the_import_as_it_was(desk: FlaskClient, owner: Actor) -> None:
    run_id = applied(owner, FILE).id
    undoing.confirm(owner, run_id=run_id, at=clock.now())
    _given_up(run_id)

    page = shown(desk, run_id)
    desk.post(f"/acme/parc/import/{run_id}/abandonner")

    assert "Renoncer à la remise en état" in page
    assert import_queries.run(run_id).state is ImportState.APPLIED
    assert count() == 1


def _given_up(run_id: uuid.UUID) -> None:
    db.session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id)
        .values(trouble=Trouble.DEADLY, retry_at=None)
    )
    db.session.commit()
    db.session.expire_all()


def test_a_worker_that_comes_back_after_it_was_let_go_writes_nothing(owner: Actor) -> None:
    """An operator revived its work, and somebody let it go while that went on."""
    run_id = _confirmed(owner)
    _given_up(run_id)
    walk = importing._walk

    with pytest.MonkeyPatch.context() as patch:

        def meanwhile(run: ImportRun, *args: object, **kwargs: object) -> dict[str, object]:
            outcome = walk(run, *args, **kwargs)  # type: ignore[arg-type]  # passed on as given
            import_again.let_go(owner, run_id=run_id)
            return outcome

        patch.setattr(importing, "_walk", meanwhile)
        tried(owner, importing.APPLY)

    assert count() == 0


@pytest.mark.parametrize("state", [ImportState.PREVIEWED, ImportState.APPLYING])
def test_what_goes_on_or_is_done_is_neither_retried_nor_let_go(
    owner: Actor, state: ImportState
) -> None:
    run_id = previewed(owner, FILE).id if state is ImportState.PREVIEWED else _confirmed(owner)

    with pytest.raises(import_again.NotFailing):
        import_again.retry(owner, run_id=run_id, at=clock.now())
    with pytest.raises(import_again.NotFailing):
        import_again.let_go(owner, run_id=run_id)
