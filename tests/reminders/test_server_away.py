"""A mail server that is away for a day: each message leaves once it is back, once."""

import socket
import uuid
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from portal import worker
from portal.kit import clock, mail, numbering, outbox
from portal.kit.outbox import Outbox, OutboxState
from portal.reminders import service
from portal.reminders.drafting import Digest
from portal.reminders.models import Mail, MailState
from tenants.access import Actor
from tenants.context import current_tenant_id
from tenants.db import db
from tests.reminders import scene
from tests.smtp import Inbox, serving


def _promised(owner: Actor) -> Outbox:
    digest = Digest(scene.recipient(owner), uuid.uuid4(), [], [])
    letter = service.Letter("Une échéance aujourd’hui", "Bonjour.\n", "<p>Bonjour.</p>")
    service.write(digest, letter, message_id=numbering.written(digest.mail_id), send_at=clock.now())
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
