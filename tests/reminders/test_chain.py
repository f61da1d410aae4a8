"""From the dispatcher's round to a message delivered, with real servers and committed data."""

import threading
from datetime import timedelta

from flask import Flask

from portal import dispatcher
from portal.kit import clock
from portal.kit.outbox import Outbox, OutboxState
from portal.reminders import planning
from portal.reminders.models import Mail, MailState, Reminder
from portal.tracking import service
from portal.tracking.effective import Area
from portal.tracking.models import Status
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests import live as alive
from tests import make
from tests.reminders import scene

live = alive.live


def _lapsing_in(days: int, *, slug: str = "acme") -> Actor:
    """A tenant whose only proof holds for so many days from today."""
    actor, today = make.tenant(slug), clock.today()
    with tenant_scope(actor.tenant_id):
        scene.remind_on_any_day(actor)
        offering = make.offering(carries=[scene.CODE])
        scene.client(offering, "EHPAD Exemple", today=today)
        service.declare(
            actor,
            edition_id=make.EDITION,
            offering_id=offering,
            code=scene.CODE,
            status=Status.IMPLEMENTED,
            text="",
            reviewed_on=today,
            version=0,
            today=today,
        )
        scene.prove(actor, until=today + timedelta(days=days), offering_id=offering)
        service.refresh(Area(make.EDITION), today)
        db.session.commit()
    db.session.remove()
    return actor


def test_a_day_goes_from_the_dispatcher_to_the_mailbox(live: Flask) -> None:
    acme, globex = _lapsing_in(30), _lapsing_in(12, slug="globex")

    for _ in ("sweep", "plan", "send", "nothing"):
        dispatcher.rounds()
        alive.work(live)

    for actor, subject in ((acme, "dans 30 jours"), (globex, "dans 12 jours")):
        with tenant_scope(actor.tenant_id):
            mail = db.session.execute(db.select(Mail)).scalar_one()
            assert (mail.state, mail.user_id) == (MailState.SENT, actor.user_id)
            assert subject in mail.subject
            told = db.select(Outbox.kind, Outbox.state)
            states = [
                row
                for row in db.session.execute(told)
                if not row.kind.startswith(("publiclog.", "collecting."))
            ]
            assert sorted(tuple(row) for row in states) == [
                ("reminders.plan", OutboxState.DONE),
                ("reminders.send", OutboxState.DONE),
                ("tracking.sweep", OutboxState.DONE),
            ]
            db.session.remove()


def test_two_workers_that_plan_the_same_day_at_once_tell_it_once(live: Flask) -> None:
    acme = _lapsing_in(7)
    start = threading.Barrier(4)
    written: list[int] = []

    def plan() -> None:
        with live.app_context(), tenant_scope(acme.tenant_id):
            start.wait()
            count = planning.plan(clock.today(), at=clock.now(), keeps_hours=False)
            db.session.commit()
            written.append(count)
            db.session.remove()

    threads = [threading.Thread(target=plan) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(written) == [0, 0, 0, 1]
    with tenant_scope(acme.tenant_id):
        assert db.session.scalar(db.select(db.func.count()).select_from(Mail)) == 1
        assert db.session.scalar(db.select(db.func.count()).select_from(Reminder)) == 1
        db.session.remove()


def test_the_command_plans_a_day_and_says_how_many(live: Flask) -> None:
    _lapsing_in(12)
    run = live.test_cli_runner().invoke
    tomorrow = (clock.today() + timedelta(days=5)).isoformat()

    results = [
        run(args=["remind", "acme"]),
        run(args=["remind", "acme"]),
        run(args=["remind", "acme", "--on", tomorrow]),
    ]

    assert [result.exit_code for result in results] == [0, 0, 0]
    assert [result.output[0] for result in results] == ["1", "0", "1"]


def test_the_command_says_that_a_tenant_is_unknown(live: Flask) -> None:
    result = live.test_cli_runner().invoke(args=["remind", "nobody"])

    assert result.exit_code == 1
    assert "nobody" in result.output
