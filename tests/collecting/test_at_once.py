"""Several at the same moment, by one link or over one collection, where commits are real."""

import io
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.collecting import letter, rounds, service
from portal.collecting.models import Collector, FileRequest, RequestState
from portal.collecting.service import Asked
from portal.evidence import proposals
from portal.evidence.models import Evidence
from portal.guide import loader
from portal.kit import clock
from portal.kit.outbox import Outbox
from portal.vault import service as vault
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import live, make
from tests.collecting.turns import sets_up, states
from tests.evidence.test_deposit import stored
from tests.vault import samples

HANDS = 6


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with live.portal(f"file://{tmp_path_factory.mktemp('at-once')}") as app:
        app.extensions["limits"].forget()
        yield app


def ask(owner: Actor) -> str:
    row = service.ask(
        owner,
        loader.current(),
        Asked("Attestation", "Assureur", clock.today() + timedelta(5)),
        at=clock.now(),
        today=clock.today(),
    )
    made = service.new_link(row.id, clock.today())
    # The first file of a tenant makes its key, and has all others wait for it.
    vault.serving()
    assert made is not None
    db.session.commit()
    return "/depot/" + letter.link(made[1]).rsplit("/", 1)[1]


@pytest.fixture
def dawdling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever found the link good waits a second for the others to find it good as well."""
    found_good, propose = threading.Barrier(2), proposals.propose

    def slowly(*args: Any, **kwargs: Any) -> Evidence:
        with suppress(threading.BrokenBarrierError):
            found_good.wait(1)
        return propose(*args, **kwargs)

    monkeypatch.setattr(proposals, "propose", slowly)


def test_of_many_who_deposit_at_once_one_file_is_kept_and_the_others_leave_nothing(
    portal: Flask, dawdling: None
) -> None:
    owner = make.tenant("acme-hands")
    with tenant_scope(owner.tenant_id):
        link, before = ask(owner), stored(portal)
        db.session.remove()
    told: dict[int, int] = {}
    ready = threading.Barrier(HANDS)

    def give(hand: int) -> None:
        client = portal.test_client()
        data = {"file": (io.BytesIO(samples.PDF), f"{hand}.pdf")}
        ready.wait(20)
        told[hand] = client.post(link, data=data, content_type="multipart/form-data").status_code

    hands = [threading.Thread(target=give, args=(hand,)) for hand in range(HANDS)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(60)

    (kept,) = [hand for hand, status in told.items() if status == 303]
    assert sorted(told.values()) == [303, *[404] * (HANDS - 1)]
    with tenant_scope(owner.tenant_id):
        proof = db.session.scalars(sa.select(Evidence)).one()
        row = db.session.scalars(sa.select(FileRequest)).one()
        assert proof.file_name == f"{kept}.pdf"
        assert (row.state, row.digest, row.evidence_id) == (RequestState.DEPOSITED, None, proof.id)
        examinations = db.session.scalars(
            sa.select(Outbox.payload).where(Outbox.kind == "evidence.examine")
        ).all()
        assert [uuid.UUID(one["evidence_id"]) for one in examinations] == [proof.id]
        db.session.remove()
    assert stored(portal) == before + 1


def test_of_many_who_begin_the_day_at_once_one_opens_the_turn_and_asks(portal: Flask) -> None:
    owner = make.tenant("acme-days")
    with tenant_scope(owner.tenant_id):
        made = sets_up(
            owner, first_in=40, collector=Collector.SUPPLIER, supplier="O", to_email="o@o.example"
        )
        db.session.remove()
    ready, failed = threading.Barrier(HANDS), list[BaseException]()

    def begin() -> None:
        with portal.app_context(), tenant_scope(owner.tenant_id):
            ready.wait(20)
            try:
                rounds.follow_all(at=clock.now(), today=clock.today() + timedelta(20))
                db.session.commit()
            except BaseException as error:  # noqa: BLE001 - told to the test's own thread
                failed.append(error)
            finally:
                db.session.remove()

    hands = [threading.Thread(target=begin) for _ in range(HANDS)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(60)

    with tenant_scope(owner.tenant_id):
        assert failed == []
        assert states(made) == ["open"]
        assert len(db.session.scalars(sa.select(FileRequest)).all()) == 1
        db.session.remove()
