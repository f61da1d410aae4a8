"""Many messages due at once leave in order of urgency, behind whatever a person waits for."""

from datetime import timedelta

import pytest
from flask import Flask

from portal import dispatcher
from portal.contests.models import Side
from portal.kit import clock, mail, outbox
from portal.kit.outbox import Outbox, OutboxState, Queue
from portal.reminders import planning, rules
from portal.reminders.workdays import Calendar
from portal.worker import queues
from tenants.access import Actor
from tenants.context import NO_SCOPE, entered, tenant_scope
from tenants.db import db
from tenants.roles import Role
from tests import live as alive
from tests import make
from tests.reminders import scene
from tests.smtp import Inbox, serving

live = alive.live
#: Days left, in the order in which their readers come by name: of each a director.
DUE = (5, 0, 7, 3, 1, 6, 0, 2, 4, 7, 1, 3, 0, 5)


@pytest.fixture
def acme(live: Flask) -> Actor:
    owner = make.tenant("acme")
    with tenant_scope(owner.tenant_id):
        rules.set_rule(owner, calendar=Calendar.NONE, weekly_on=None)
        for number, left in enumerate(DUE):
            place = make.establishment()
            make.member(
                Role.DIRECTOR, establishments=[place], email=f"{left}.{number}@people.example"
            )
            scene.action(place, clock.today() + timedelta(days=left), side=Side.ESTABLISHMENT)
        assert planning.plan(clock.today(), at=clock.now(), keeps_hours=False) == len(DUE)
        db.session.commit()
    return owner


def _due(actor: Actor) -> int:
    with tenant_scope(actor.tenant_id):
        left: int = db.session.scalar(
            db.select(db.func.count()).where(Outbox.state == OutboxState.READY)
        )
        db.session.rollback()
    return left


def _hand() -> None:
    with entered(NO_SCOPE):
        dispatcher.hand_over()
        db.session.rollback()


def test_the_most_urgent_leaves_first(
    live: Flask, acme: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        monkeypatch.setitem(live.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", port))
        while _due(acme):
            _hand()
            alive.work(live)

    to = [envelope.rcpt_tos[0] for envelope in inbox.taken]
    assert [int(address.partition(".")[0]) for address in to] == sorted(DUE)
    assert len(set(to)) == len(DUE)


def test_whoever_waits_before_a_screen_goes_before_all_of_them(live: Flask, acme: Actor) -> None:
    with tenant_scope(acme.tenant_id):
        promised = db.session.scalars(db.select(Outbox.queue).distinct()).all()
        outbox.promise("fleet.preview_import", key="hers", payload={}, run_at=clock.now())
        db.session.commit()

    _hand()

    assert promised == [Queue.BULK]
    waiting = [job.args[2] for queue in queues(live.extensions["valkey"])
               for job in queue.get_jobs()]  # fmt: skip
    assert waiting == ["fleet.preview_import", *["reminders.send"] * dispatcher.BULK]
