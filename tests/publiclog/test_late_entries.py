"""What was kept after its turn was over is signed for all the same, within minutes."""

from datetime import timedelta

import sqlalchemy as sa
import time_machine
from redis import Redis

from portal import dispatcher
from portal.kit import clock
from portal.kit.outbox import Outbox, OutboxState
from portal.publiclog import service
from portal.publiclog.models import LogEntry
from tenants.access import Actor
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db
from tests import handing, make

valkey = handing.valkey


def _advances(actor: Actor) -> list[str]:
    with tenant_scope(actor.tenant_id):
        asked = sa.select(Outbox.dedup_key).where(
            Outbox.kind == service.ADVANCE, Outbox.state == OutboxState.READY
        )
        keys = list(db.session.scalars(asked))
        db.session.rollback()
    return keys


def _kept_after_its_turn(actor: Actor) -> None:
    """Its turn's work was done before the transaction that promised it once more was kept."""
    now = clock.now()
    with tenant_scope(actor.tenant_id):
        service.promise_advance(now)
        db.session.execute(sa.update(Outbox).values(state=OutboxState.DONE))
        db.session.commit()
        service.submit([b"late".ljust(32)])
        service.promise_advance(now)
        db.session.commit()


def test_an_entry_whose_turn_was_over_gets_a_turn_of_its_own(isolated: None, valkey: Redis) -> None:
    acme = make.tenant("acme")
    _kept_after_its_turn(acme)
    before = _advances(acme)

    with entered(NO_SCOPE), time_machine.travel(clock.now() + timedelta(minutes=2)):
        dispatcher.promise_late_entries()
        dispatcher.promise_late_entries()

    assert before == []
    assert len(_advances(acme)) == 1


def test_nothing_is_promised_while_nothing_waits_for_long(isolated: None, valkey: Redis) -> None:
    acme = make.tenant("acme")
    with tenant_scope(acme.tenant_id):
        service.submit([b"fresh".ljust(32)])
        db.session.commit()

    with entered(NO_SCOPE):
        dispatcher.promise_late_entries()

    assert _advances(acme) == []


def test_what_has_its_place_is_late_no_more(isolated: None, valkey: Redis) -> None:
    acme = make.tenant("acme")
    with tenant_scope(acme.tenant_id):
        service.submit([b"placed".ljust(32)])
        db.session.execute(sa.update(LogEntry).values(position=0))
        db.session.commit()

    with entered(NO_SCOPE), time_machine.travel(clock.now() + timedelta(minutes=2)):
        dispatcher.promise_late_entries()

    assert _advances(acme) == []
