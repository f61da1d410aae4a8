"""The team is told of an invitation that has not left, and whether the mail server is away."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal import worker
from portal.kit import clock, mail
from portal.kit.outbox import Outbox, OutboxState
from portal.people import service
from tenants.access import Actor
from tenants.context import tenant_scope
from tenants.db import db
from tests.conftest import sign_in
from tests.people.post import deliver, invite
from tests.smtp import Inbox, post_office

office = post_office


def _tried(owner: Actor) -> None:
    db.session.rollback()
    with tenant_scope(owner.tenant_id):
        outbox_id = db.session.scalars(
            sa.select(Outbox.id).where(
                Outbox.kind == service.SEND, Outbox.state == OutboxState.READY
            )
        ).one()
        db.session.rollback()
    worker.perform(str(owner.tenant_id), str(outbox_id), service.SEND)


def test_a_server_that_is_away_is_told_to_the_team_until_it_is_there(
    app: Flask,
    client: FlaskClient,
    owner: Actor,
    office: Inbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sign_in(client, owner)
    invite(client, "manager", "ann@people.example")
    pages = [client.get("/acme/equipe").text]
    with monkeypatch.context() as gone:
        gone.setitem(app.extensions, "post", mail.SmtpPost("smtp", "127.0.0.1", 1))
        _tried(owner)
    pages.append(client.get("/acme/equipe").text)
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        deliver(owner)
    pages.append(client.get("/acme/equipe").text)

    assert ["est injoignable depuis" in page for page in pages] == [False, True, False]
    assert ["pas encore parti" in page for page in pages] == [False, True, False]
    assert ["part à l’instant" in page for page in pages] == [True, False, False]
    assert len(office.taken) == 1
