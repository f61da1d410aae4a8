"""Two who press the same button make one document."""

import threading
import uuid
from contextlib import suppress

import pytest
from flask import Flask

from portal.briefs import queries, service
from portal.kit import clock
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make
from tests.briefs.ordering import rows
from tests.tracking import scene

live = alive.live


def test_two_who_order_at_the_same_instant_get_the_same_brief(
    live: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        today = clock.today()
        place = scene.client(make.offering(), since=today, today=today)
    both = threading.Barrier(2, timeout=3)
    found = queries.awaited

    def found_together(*asked: object) -> uuid.UUID | None:
        """Neither goes on before the other has looked, unless it is made to wait."""
        answer = found(*asked)  # type: ignore[arg-type]  # as it was asked
        with suppress(threading.BrokenBarrierError):
            both.wait()
        return answer

    monkeypatch.setattr(queries, "awaited", found_together)
    given: list[uuid.UUID] = []
    people = [threading.Thread(target=_order, args=(live, owner, place, given)) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join(30)

    with tenant_scope(owner.tenant_id):
        (row,) = rows()
        db.session.rollback()
    assert given == [row.id] * 2


def _order(app: Flask, actor: Actor, place: uuid.UUID, given: list[uuid.UUID]) -> None:
    with app.app_context(), tenant_scope(actor.tenant_id):
        given.append(
            service.order(
                actor, establishment_id=place, edition_id=make.EDITION, content={},
                today=clock.today(), at=clock.now(),
            )
        )  # fmt: skip
        db.session.commit()
        db.session.remove()
