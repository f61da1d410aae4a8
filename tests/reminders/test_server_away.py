"""A mail server that is away: each message leaves once it is back, once, and on no quiet day."""

import socket
import uuid
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from flask import Flask

from portal import worker
from portal.kit import clock, mail, numbering, outbox
from portal.kit.outbox import Outbox, OutboxState
from portal.reminders import planning, rules, service
from portal.reminders.drafting import Digest
from portal.reminders.models import Mail, MailState
from portal.reminders.workdays import Calendar, Zone
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tests import make
from tests.reminders import scene
from tests.smtp import Inbox, post_office, serving

office = post_office
#: Long after whoever reads has joined, with no holiday near.
FRIDAY = date(2050, 6, 10)
DAY = timedelta(days=1)


def _promised(owner: Actor) -> Outbox:
    digest = Digest(scene.recipient(owner), uuid.uuid4(), [], [])
    letter = service.Letter("Une échéance aujourd’hui", "Bonjour.\n", "<p>Bonjour.</p>")
    number, now = numbering.written(digest.mail_id), clock.now()
    # Of a day to come: it is early on none, and no planning takes it over.
    service.write(digest, letter, message_id=number, send_at=now, day=clock.today() + 7 * DAY)
    db.session.commit()
    return _row()


def _row() -> Outbox:
    db.session.rollback()
    found: Outbox = db.session.execute(
        db.select(Outbox).where(Outbox.kind == service.SEND)
    ).scalar_one()
    return found


def _state() -> MailState:
    found: MailState = db.session.scalars(db.select(Mail.state)).one()
    db.session.rollback()
    return found


def _tried(row: Outbox) -> Outbox:
    with time_machine.travel(row.run_at):
        worker.perform(str(current_tenant_id()), str(row.id), service.SEND)
    return _row()


def test_a_day_without_a_mail_server_loses_no_message_and_doubles_none(
    owner: Actor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, began, tries = _promised(owner), clock.now(), 0
    with socket.socket() as taken:  # nobody listens at this port
        taken.bind(("127.0.0.1", 0))
        nobody = mail.SmtpPost("smtp", "127.0.0.1", taken.getsockname()[1])
        monkeypatch.setitem(app.extensions, "post", nobody)
        while row.run_at < began + timedelta(days=1):
            row, tries = _tried(row), tries + 1
            assert (row.state, _state()) == (OutboxState.READY, MailState.READY)

    inbox = Inbox()
    with serving(inbox) as port:
        monkeypatch.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", port))
        row = _tried(row)

    assert tries > outbox.MAX_ATTEMPTS
    assert (row.state, _state(), len(inbox.taken)) == (OutboxState.DONE, MailState.SENT, 1)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour, 10), clock.PARIS)


def _planned(day: date) -> int:
    with time_machine.travel(_at(day, 0)):
        written = planning.plan(day, at=clock.now(), keeps_hours=True)
    db.session.commit()
    return written


def _brought(row_id: uuid.UUID, at: datetime) -> None:
    """By a worker at that moment."""
    with time_machine.travel(at):
        worker.perform(str(current_tenant_id()), str(row_id), service.SEND)


def test_a_server_that_is_back_on_a_quiet_day_is_given_what_waited_on_the_next_working_day(
    owner: Actor, office: Inbox
) -> None:
    scene.action(make.establishment(), FRIDAY)
    assert _planned(FRIDAY) == 1
    row_id = _row().id
    office.answers["RCPT"] = "451 not now"
    _brought(row_id, _at(FRIDAY, 7))
    del office.answers["RCPT"]

    _brought(row_id, _at(FRIDAY + DAY, 3))
    on_saturday = len(office.taken)
    written = [_planned(FRIDAY + after * DAY) for after in (1, 2, 3)]
    ((told_on, key),) = [(each.day, str(each.id)) for each in scene.mails(owner)]
    promised = db.select(Outbox.id).where(Outbox.dedup_key == key)
    _brought(db.session.execute(promised).scalar_one(), _at(FRIDAY + 3 * DAY, 7))

    assert on_saturday == 0
    assert written == [0, 0, 1]
    assert told_on == FRIDAY + 3 * DAY
    assert [envelope.rcpt_tos for envelope in office.taken] == [["owner@acme.example"]]


@pytest.mark.parametrize(("day", "hour", "next_one"), [(FRIDAY, 23, 3), (FRIDAY - DAY, 16, 1)])
def test_where_it_is_saturday_already_or_night_a_message_of_the_day_before_waits(
    owner: Actor, office: Inbox, day: date, hour: int, next_one: int
) -> None:
    """A server that is back in the evening in Paris: it is eight there on Saturday, or one."""
    zone = Zone.NOUVELLE_CALEDONIE
    rules.set_rule(owner, calendar=Calendar.FRANCE, zone=zone, weekly_on=None)
    scene.action(make.establishment(), day)
    assert _planned(day) == 1

    _brought(_row().id, _at(day, hour))

    assert office.taken == []
    assert _planned(day + next_one * DAY) == 1


def test_where_it_is_friday_still_a_message_of_friday_leaves(owner: Actor, office: Inbox) -> None:
    rules.set_rule(
        owner, calendar=Calendar.FRANCE, zone=Zone.POLYNESIE, opens_at=time(14), weekly_on=None
    )
    scene.action(make.establishment(), FRIDAY)
    assert _planned(FRIDAY) == 1

    _brought(_row().id, _row().run_at)

    assert clock.day_of(_row().run_at) == FRIDAY + DAY
    assert len(office.taken) == 1
