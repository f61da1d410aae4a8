"""Two who deposit by one link at the same moment, in a database whose commits are real."""

import io
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.collecting import letter, service
from portal.collecting.models import FileRequest, RequestState
from portal.collecting.service import Asked
from portal.evidence.models import Evidence
from portal.guide import loader
from portal.kit import clock
from portal.kit.outbox import Outbox
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import live, make
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
    assert made is not None
    db.session.commit()
    return "/depot/" + letter.link(made[1]).rsplit("/", 1)[1]


@pytest.mark.parametrize("attempt", range(3))
def test_of_many_who_deposit_at_once_one_file_is_kept_and_the_others_leave_nothing(
    portal: Flask, attempt: int
) -> None:
    owner = make.tenant(f"acme{attempt}")
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
